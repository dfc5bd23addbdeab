// What is wrong with a link, in the words of Go's network, as other runtimes say it.

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'server misbehaving',
  ETIMEDOUT: 'i/o timeout',
  ENETUNREACH: 'network is unreachable',
  EHOSTUNREACH: 'no route to host',
};

/** Of `host` (and port). Errors that have nothing to do with the link are answered as they are. */
export function linkFailure(host: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  // Node's word for an answer that ends before its end.
  const word = error.message === 'aborted' ? 'unexpected EOF' : words[error.code];
  return word === undefined ? error : new Error(`${host}: ${word}`, { cause: error });
}
