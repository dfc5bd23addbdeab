// Joins what a container of podman says from now on, and tells it something.

import { PassThrough } from 'node:stream';
import { type AttachedContainer, RuntimeFailure } from '../runtime.ts';
import { splitFrames } from './output-frames.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';

interface Asked {
  api: PodmanApi;
  id: string;
  stdin: boolean;
  tty: boolean;
}

/** Throws RuntimeFailure(AttachError). */
export async function attachContainer({ api, id, stdin, tty }: Asked): Promise<AttachedContainer> {
  const path = `/libpod/containers/${id}`;
  const socket = await api
    .hijack({
      method: 'POST',
      path: `${path}/attach`,
      query: { stream: true, stdin, stdout: true, stderr: true },
    })
    .catch((error) => {
      if (!(error instanceof PodmanError)) throw error;
      throw new RuntimeFailure('AttachError', `failed to attach to container: ${error.message}`, {
        cause: error,
      });
    });
  socket.on('error', () => socket.destroy());
  return {
    output: tty ? socket : joined(splitFrames(socket)),
    stdin: stdin ? socket : undefined,
    resize: (columns, rows) => {
      if (!tty) return;
      api.call({ method: 'POST', path: `${path}/resize`, query: { w: columns, h: rows } }).catch(() => {}); // it has ended
    },
    detach: () => socket.destroy(),
  };
}

function joined({ stdout, stderr }: ReturnType<typeof splitFrames>): PassThrough {
  const both = new PassThrough();
  let open = 2;
  for (const output of [stdout, stderr]) {
    output.pipe(both, { end: false });
    output.once('end', () => {
      open--;
      if (open === 0) both.end();
    });
  }
  return both;
}
