// The process that network-dialers.ts puts into a network namespace: it connects where it is told to, to the loopback of that
// network, and hands the socket to the agent. It ends with the agent.

import { connect, type Socket } from 'node:net';
import { type DialAnswer, type DialRequest, dialTimeoutMs } from './dial-messages.ts';

process.on('message', (request: DialRequest) => {
  dial(request).catch((error: Error & { code?: string }) => {
    answer({ id: request.id, fault: error.code === 'ECONNREFUSED' ? 'connection refused' : error.message });
  });
});

/** As the kubelet: IPv4 first, then IPv6. */
async function dial({ id, port }: DialRequest): Promise<void> {
  const socket = await connected('127.0.0.1', port).catch((error) =>
    connected('::1', port).catch(() => {
      throw error;
    }),
  );
  answer({ id }, socket);
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, timeout: dialTimeoutMs });
    // What the other side says at once is for the agent to read.
    socket.pause();
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

function answer(message: DialAnswer, socket?: Socket): void {
  // Without a receiver it ends anyway.
  process.send?.(message, socket, {}, () => {});
}
