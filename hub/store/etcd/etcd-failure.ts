// What went wrong between us and etcd, sorted by what it says about the request: was it carried out?

export type FailureKind =
  /** It never reached etcd, or etcd was too busy to take it: not carried out. */
  | 'unsent'
  /** The connection or the time ended before the answer: carried out, or not, or yet to be. */
  | 'unknown'
  /** etcd refuses it as it is; again would be no better. */
  | 'refused'
  /** A value or a transaction is beyond etcd's limits. */
  | 'too-large'
  /** The lease that it names has expired. */
  | 'no-lease'
  /** The revision that it names is no longer there. */
  | 'compacted';

export class EtcdFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EtcdFailure';
    this.kind = kind;
  }
}

/** In this order: the first that the message has. All else is 'unknown'. */
const signs: readonly [FailureKind, RegExp][] = [
  ['unsent', /No connection established|Name resolution failed|Channel closed before call|too many requests/],
  ['too-large', /request is too large|larger than max|too many operations/],
  ['no-lease', /requested lease not found/],
  ['compacted', /required revision has been compacted/],
  [
    'refused',
    /INVALID_ARGUMENT|PERMISSION_DENIED|UNAUTHENTICATED|FAILED_PRECONDITION|RESOURCE_EXHAUSTED|NOT_FOUND/,
  ],
];

/** e.g. `14 UNAVAILABLE: read ECONNRESET`; etcd's client keeps the code in the message alone. */
export function etcdFailure(endpoint: string, cause: unknown): EtcdFailure {
  if (cause instanceof EtcdFailure) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const kind = signs.find(([, sign]) => sign.test(message))?.[0] ?? 'unknown';
  return new EtcdFailure(kind, `etcd at ${endpoint}: ${readable(message)}`, { cause });
}

function readable(message: string): string {
  return message
    .replace(/^.*?\d+ [A-Z_]+: /, '')
    .replace(/ ?Resolution note: ?$/, '')
    .replace(/ Last error: null\.$/, '')
    .replace(/,time to current attempt start.*$/, '');
}
