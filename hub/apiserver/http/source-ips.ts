// From where a request comes: by its own word what stood before, and by the connection who is nearest (util/net SourceIPs).

import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';

/** What a proxy says of whom it speaks for comes first: anybody can say it. */
export function sourceIps({ headersDistinct, socket }: IncomingMessage): string[] {
  const [forwarded = ''] = headersDistinct['x-forwarded-for'] ?? [];
  const found = forwarded
    .split(',')
    .map((each) => each.trim())
    .filter((each) => isIP(each) > 0);
  const [real = ''] = headersDistinct['x-real-ip'] ?? [];
  if (isIP(real) > 0 && !found.includes(real)) found.push(real);
  const remote = remoteAddress(socket);
  if (remote && found.at(-1) !== remote) found.push(remote);
  return found;
}

/** An IPv4 address also where the socket speaks IPv6; empty: it is closed. */
export function remoteAddress({ remoteAddress: address = '' }: Pick<Socket, 'remoteAddress'>): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '');
}
