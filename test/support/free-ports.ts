// Ports for programs that a test starts more than once.

import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that the kernel gives to whoever asks for any, also to each connection that goes out: what was stopped finds
 * its port free again.
 */
const lowest = 10_000;
const beyond = 32_000;

/** The first of so many in a row that nobody listens at on loopback. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * (beyond - lowest - count));
    const ports = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
