// How probes and hooks get to what listens in a pod: at its address; where it has none that the board reaches, inside of the
// network that its runtime alone enters.

import type { Duplex } from 'node:stream';
import type { Runtime } from '../../runtime/index.ts';

export interface Reach {
  /** Where it listens, if the probe does not say. */
  host: string;
  /** A connection to its own loopback; undefined: that is the board's. Absent: `host` is reached. */
  inside?(port: number): Promise<Duplex | undefined>;
}

interface Reached {
  uid: string;
  /** Where it has none of its own, those of the node. */
  podIps: readonly string[];
}

export function reachOf({ uid, podIps }: Reached, nodeIps: readonly string[], runtime: Runtime): Reach {
  const own = podIps.find((ip) => !nodeIps.includes(ip));
  if (own !== undefined) return { host: own };
  return {
    host: nodeIps[0] ?? '127.0.0.1',
    inside: async (port) => runtime.connect?.(uid, port),
  };
}

/**
 * A process may have to be started in that network first: the board's time, which is not the container's. A loopback answers at
 * once or never.
 */
const patienceMs = 10_000;

/** Undefined: it is to be dialled by its host. Rejects as net.connect does; what comes too late is closed. */
export async function connectInside(
  { inside }: Pick<Reach, 'inside'>,
  port: number,
  timeoutMs = patienceMs,
): Promise<Duplex | undefined> {
  if (!inside) return undefined;
  const connecting = inside(port);
  let limit: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => {
      connecting.then((socket) => socket?.destroy()).catch(() => {}); // nobody waits for it any more
      reject(coded('ETIMEDOUT', 'timed out'));
    }, timeoutMs);
  });
  try {
    return await Promise.race([connecting, tooLate]);
  } catch (error) {
    if (error instanceof Error && error.message === 'connection refused')
      throw coded('ECONNREFUSED', error.message);
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });
