// Why podman could not make or start a container, in the words and reasons of Kubernetes. Pure.

import { RuntimeFailure } from '../runtime.ts';
import type { PodmanError } from './podman-api.ts';

/** What the OCI runtime answers when the command itself is at fault; everything else is the board's or the spec's. */
const ofTheRuntime =
  /unable to start container process|executable file .* not found|OCI runtime (attempted|error)|OCI permission denied|runc create failed|crun:/;

export function createFailure(error: PodmanError): RuntimeFailure {
  return new RuntimeFailure('CreateContainerError', error.message, { cause: error });
}

/** RunContainerError: the container is there, and ended before it began. `program`: what it was to run. */
export function startFailure(error: PodmanError, program: string): RuntimeFailure {
  const { message } = error;
  if (!ofTheRuntime.test(message)) return createFailure(error);
  const why = message.replace(/: OCI (runtime|permission)[^:]*$/, '').replace(/^(runc|crun): /, '');
  return new RuntimeFailure(
    'RunContainerError',
    `failed to create container: OCI runtime create failed: ${inWords(why, program)}`,
    {
      cause: error,
    },
  );
}

/** crun says the same as runc in its own words, and leaves some out. */
export function inWords(why: string, program: string): string {
  return why
    .replace(
      /^(?:.*: )?executable file [`']([^`']*)[`'] not found in \$PATH.*$/,
      'exec: "$1": executable file not found in $PATH',
    )
    .replace(
      /^open executable: (?:Permission denied|Operation not permitted)$/,
      `exec: ${JSON.stringify(program)}: permission denied`,
    );
}
