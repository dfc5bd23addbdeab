// How a command in a container ended, as an exit code and in kubectl's words.

import { UserError } from '../../../shared/base/index.ts';
import type { Status } from '../../../shared/machinery/index.ts';
import { ExitCode } from '../failures.ts';

/** Nothing for success. Throws ExitCode after saying so, or UserError for a command that could not be run. */
export function passOn(status: Status, tell: (line: string) => void): void {
  if (status.status === 'Success') return;
  const code = exitCodeOf(status);
  if (code === undefined) throw new UserError(status.message ?? 'the command failed');
  tell(`command terminated with exit code ${code}`);
  throw new ExitCode(code);
}

/** Undefined: it was not the command that failed. */
export function exitCodeOf({ status, reason, details }: Status): number | undefined {
  if (status === 'Success') return 0;
  if (reason !== 'NonZeroExitCode') return undefined;
  const cause = details?.causes?.find((each) => each.reason === 'ExitCode');
  const code = Number(cause?.message);
  return Number.isInteger(code) ? code : undefined;
}
