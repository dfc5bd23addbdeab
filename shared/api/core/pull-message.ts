// How far the pull of a container's image is, as the message of its waiting state.

/** `howFar`: e.g. `43 % of 120.0 MB`. */
export function pullMessage(image: string, howFar: string): string {
  return `Pulling image "${image}": ${howFar}`;
}

/** Undefined: the message says something else. */
export function howFarOf(message = ''): string | undefined {
  return /^Pulling image "[^"]*": (.+)$/.exec(message)?.[1];
}
