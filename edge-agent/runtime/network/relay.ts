// The process that network-dialers.ts puts into a network namespace where the board has no perl: it connects to the port of
// that network's loopback that it is told, says so by one byte on its descriptor 3, and copies between both until their ends.

import { connect, Socket } from 'node:net';

const port = Number(process.argv[2]);
const agent = new Socket({ fd: 3, readable: true, writable: true, allowHalfOpen: true });
agent.pause();
agent.once('error', () => process.exit());

/** As the kubelet: IPv4 first, then IPv6. */
function connected(host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

try {
  const socket = await connected('127.0.0.1').catch((error) =>
    connected('::1').catch(() => {
      throw error;
    }),
  );
  socket.once('error', () => process.exit());
  agent.write('+');
  agent.pipe(socket).pipe(agent);
} catch (error) {
  const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  process.stderr.write(refused ? 'connection refused' : String(error));
  process.exit(1);
}
