// A plain HTTP answer on a connection that asked to be upgraded and is not.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Writes the answer and closes the connection. `text` is JSON. */
export function refuseOnSocket(
  socket: Duplex,
  code: number,
  text: string,
  contentType = 'application/json',
): void {
  if (socket.destroyed) return;
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Unknown'}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
