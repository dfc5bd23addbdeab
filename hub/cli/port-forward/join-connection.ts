// One local connection joined with one of the pod: v4.channel.k8s.io, channel 0 its bytes, channel 1 what went wrong.

import type { Socket } from 'node:net';
import { UserError } from '../../../shared/base/index.ts';
import { writeTo } from '../../../shared/bus/index.ts';
import type { Access } from '../kubeconfig.ts';
import { bytesOf, openWebSocket, sendOn } from '../streams/open-web-socket.ts';

const protocol = 'v4.channel.k8s.io';

/** Resolves when both have ended. Throws what went wrong. */
export async function joinConnection(
  local: Socket,
  path: string,
  access: Access,
  signal: AbortSignal,
): Promise<void> {
  // Whatever happens to it, 'close' follows.
  local.on('error', () => local.destroy());
  try {
    const socket = await openWebSocket(access, path, protocol);
    let failure = '';
    const begun = new Set<number>();
    socket.on('message', (data) => {
      const message = bytesOf(data);
      const channel = message[0] ?? -1;
      // Each channel begins with the number of its port.
      const bytes = message.subarray(begun.has(channel) ? 1 : 3);
      begun.add(channel);
      if (channel === 1) failure += bytes.toString();
      if (channel !== 0 || bytes.length === 0) return;
      socket.pause();
      writeTo(local, bytes)
        .catch(() => socket.terminate())
        .finally(() => socket.resume());
    });
    const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const abort = () => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    local.once('close', abort);
    socket.resume();
    void say(local, (bytes) => sendOn(socket, bytes));
    await over;
    signal.removeEventListener('abort', abort);
    local.end();
    if (failure) throw new UserError(failure);
  } catch (error) {
    local.destroy();
    throw error;
  }
}

/** The end of what is said locally cannot be passed on: the protocol has no word for it. */
async function say(local: Socket, send: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of local.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      await send(Buffer.concat([Buffer.of(0), chunk]));
    }
  } catch {
    // The other side has gone.
  }
}
