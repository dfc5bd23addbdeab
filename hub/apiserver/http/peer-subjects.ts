// Whose certificate a connection showed. Read once for each connection: asking TLS takes longer than many a request.

import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../request.ts';

type Subject = NonNullable<Credentials['certificate']>;

export class PeerSubjects {
  private readonly known = new WeakMap<TLSSocket, Subject>();

  /** Undefined: no certificate, or none of our CA's. */
  of(socket: TLSSocket): Subject | undefined {
    if (!socket.authorized) return undefined;
    const known = this.known.get(socket);
    if (known) return known;
    const subject = subjectOf(socket);
    this.known.set(socket, subject);
    return subject;
  }
}

function subjectOf(socket: TLSSocket): Subject {
  const { subject } = socket.getPeerCertificate();
  const organizations: string | string[] | undefined = subject?.O;
  const commonName: string | string[] | undefined = subject?.CN;
  return { commonName: [commonName ?? ''].flat()[0] ?? '', organizations: [organizations ?? []].flat() };
}
