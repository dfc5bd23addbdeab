// Several things went wrong, each of which a person should hear of; and what is said of each, in kubectl's words.

import { UserError } from '../../shared/base/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';

/** What a command could not do while it did the rest. */
export class Failures extends Error {
  override readonly name = 'Failures';
  readonly failures: readonly unknown[];

  constructor(failures: readonly unknown[]) {
    super('several things failed');
    this.failures = failures;
  }

  /** Throws what was gathered, if anything was: one failure as it is. */
  static throwIfAny(failures: readonly unknown[]): void {
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new Failures(failures);
  }
}

/** The command has said what there is to say: only the exit code is left. */
export class ExitCode extends Error {
  override readonly name = 'ExitCode';
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.code = code;
  }
}

/** An API error of something that a file asked for: `error when creating "web.yaml": …`. */
export function withSource(error: unknown, doing: string, source: string): unknown {
  const prefix = `error when ${doing} ${JSON.stringify(source)}: `;
  if (error instanceof ApiError) return new ApiError(error.reason, prefix + error.message, error.details);
  if (error instanceof UserError) return new UserError(prefix + error.message, { cause: error });
  return error;
}

/** The text for stderr, with its final newline. */
export function failureText(error: unknown): string {
  if (error instanceof Failures) return error.failures.map(oneOfSeveral).join('');
  if (error instanceof ApiError)
    return error.reason === 'Invalid' ? invalidText(error) : `${apiText(error)}\n`;
  if (error instanceof UserError)
    return /^error: /.test(error.message) ? `${error.message}\n` : `error: ${error.message}\n`;
  return `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

/** Among others a failure has one line, also one of validation, and what is no answer of the server has no prefix. */
function oneOfSeveral(error: unknown): string {
  if (error instanceof ApiError) return `${apiText(error)}\n`;
  return error instanceof UserError ? `${error.message}\n` : failureText(error);
}

function apiText(error: ApiError): string {
  return error.reason === 'Unauthorized'
    ? `error: You must be logged in to the server (${error.message})`
    : `Error from server (${error.reason}): ${error.message}`;
}

/** One line a fault, as kubectl does for what validation found. */
function invalidText({ message, details }: ApiError): string {
  const causes = [
    ...new Set((details?.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`)),
  ];
  const named = Boolean(details?.kind || details?.name);
  const subject = named
    ? `The ${details?.kind ?? ''} ${JSON.stringify(details?.name ?? '')} is invalid`
    : 'The request is invalid';
  if (causes.length === 1) return `${subject}: ${causes[0]}\n`;
  if (causes.length > 1) return `${subject}: \n${causes.map((cause) => `* ${cause}\n`).join('')}`;
  return named || !message ? `${subject}\n` : `${subject}: ${message}\n`;
}
