// A join token: a bootstrap token (id and secret, as kubeadm's) and the fingerprint of the CA that the board must find
// at the other end: `abcdef.0123456789abcdef@sha256:9f86d0…`. With it a board needs to trust nothing else.

export interface JoinToken {
  /** Six characters, public: names the Secret `bootstrap-token-<id>`. */
  id: string;
  /** Sixteen characters, secret. */
  secret: string;
  /** SHA-256 of the CA certificate's DER, lower-case hex. */
  caFingerprint: string;
}

const joinForm = /^([a-z0-9]{6})\.([a-z0-9]{16})@sha256:([0-9a-f]{64})$/;
const bearerForm = /^([a-z0-9]{6})\.([a-z0-9]{16})(@sha256:[0-9a-f]{64})?$/;

export function formatJoinToken({ id, secret, caFingerprint }: JoinToken): string {
  return `${id}.${secret}@sha256:${caFingerprint}`;
}

/** Undefined: this is no join token. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const [, id, secret, caFingerprint] = joinForm.exec(text.trim()) ?? [];
  return id && secret && caFingerprint ? { id, secret, caFingerprint } : undefined;
}

/** The bootstrap token in a bearer token, with or without the fingerprint. */
export function parseBootstrapToken(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = bearerForm.exec(text.trim()) ?? [];
  return id && secret ? { id, secret } : undefined;
}
