// What Node cannot read as HTTP, and who did not finish in time: a Status too, on a connection that ends with it.

import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError, type Status } from '../../../shared/machinery/index.ts';
import { noSuchMethod } from '../rest-path.ts';
import { refuseOnSocket } from './upgrade/index.ts';

/** A request line with a method that Node does not know: any token is one (RFC 9110, 5.6.2). */
const anyMethod = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?\n/;

/**
 * What came is no request, or the rest of one is not what it began as. `error` is that of the server's `clientError`,
 * `response` the last answer on the connection.
 */
export function refuseUnreadable(error: Error, socket: Duplex, response: ServerResponse | undefined): void {
  // It follows a request that was read whole, which is not answered by what is wrong with another: with its own answer it ends.
  if (response?.req.complete && !response.headersSent) {
    response.setHeader('connection', 'close');
    return;
  }
  // In the midst of an answer nothing else can be said.
  if (response?.headersSent && !response.writableFinished) socket.destroy();
  if (socket.destroyed || !socket.writable) return;
  const status = refusalOf(error);
  refuseOnSocket(socket, status.code ?? 400, JSON.stringify(status));
}

/** As Go: who speaks HTTP without TLS can be told so. `connections`: those below TLS. */
export function refusePlainHttp(error: Error, failed: Socket, connections: Iterable<Duplex>): void {
  const { remoteAddress, remotePort } = failed;
  if (codeOf(error) !== 'ERR_SSL_HTTP_REQUEST' || remotePort === undefined) return;
  for (const socket of connections)
    if (
      socket instanceof Socket &&
      socket.remotePort === remotePort &&
      socket.remoteAddress === remoteAddress
    )
      socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
}

/** CONNECT is asked of proxies: Node has it answered apart from all else, or ends the connection without a word. */
export function refuseConnect(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  refuseOnSocket(socket, 405, JSON.stringify(noSuchMethod().toStatus()));
}

function refusalOf(error: Error): Status {
  switch (codeOf(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return status(431, 'Request Header Fields Too Large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return status(408, 'the request was not sent in time');
    case 'HPE_INVALID_VERSION':
    case 'HPE_PAUSED_H2_UPGRADE':
      return status(505, 'HTTP Version Not Supported: this server speaks HTTP/1.1');
    case 'HPE_INVALID_METHOD':
      if (anyMethod.test(beginningOf(error))) return noSuchMethod().toStatus();
  }
  const why = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
  return new ApiError('BadRequest', `the request is not HTTP: ${why}`).toStatus();
}

/** The API has no reason for these. */
function status(code: number, message: string): Status {
  const { reason: _, ...rest } = new ApiError('BadRequest', message).toStatus();
  return { ...rest, code };
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

/** Of what was sent, as far as Node has kept it. */
function beginningOf(error: Error): string {
  const sent = 'rawPacket' in error ? error.rawPacket : undefined;
  return Buffer.isBuffer(sent) ? sent.subarray(0, 8192).toString('latin1') : '';
}
