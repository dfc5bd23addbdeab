// Joins what a container of podman says from now on, and tells it something.

import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { deferred } from '../../../shared/base/index.ts';
import { logLines } from '../log-files.ts';
import { filterLines } from '../log-lines.ts';
import { type AttachedContainer, RuntimeFailure } from '../runtime.ts';
import { splitFrames } from './output-frames.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';
import type { PodmanContainer } from './podman-container.ts';

/** Throws RuntimeFailure(AttachError). */
export async function attachContainer(
  api: PodmanApi,
  container: PodmanContainer,
): Promise<AttachedContainer> {
  const { stdin, stdinOnce, tty } = container.facts;
  // conmon ends a container's stdin with whoever was attached to it, unless there is a terminal.
  return stdin && !stdinOnce && !tty ? besidePodman(container) : throughPodman(api, container);
}

async function throughPodman(api: PodmanApi, { id, facts }: PodmanContainer): Promise<AttachedContainer> {
  const { stdin, tty } = facts;
  const path = `/libpod/containers/${id}`;
  const query = { stream: true, stdin, stdout: true, stderr: true };
  const socket = await api.hijack({ method: 'POST', path: `${path}/attach`, query }).catch((error) => {
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
      const query = { w: columns, h: rows };
      api.call({ method: 'POST', path: `${path}/resize`, query }).catch(() => {}); // it has ended
    },
    detach: () => socket.destroy(),
  };
}

/** Reads what it says from its log, and writes into the pipe that it reads: conmon holds that open for the next one. */
async function besidePodman(container: PodmanContainer): Promise<AttachedContainer> {
  const end = new AbortController();
  const atTheEnd = deferred();
  // Asked for the first time when the end of the log is found: what is said from then on is heard.
  const stillRuns = async () => {
    atTheEnd.resolve();
    return container.running;
  };
  const lines = logLines(container.facts.logPath, 0, stillRuns, end.signal);
  const output = Readable.from(filterLines(lines, {}), { objectMode: false });
  output.on('error', atTheEnd.reject);
  output.read(0);
  await atTheEnd.promise;
  const stdin = container.pid === undefined ? undefined : stdinOf(container.pid);
  return {
    output,
    stdin,
    resize() {},
    detach() {
      end.abort();
      stdin?.destroy();
      output.destroy();
    },
  };
}

function stdinOf(pid: number): Socket {
  const fd = openSync(`/proc/${pid}/fd/0`, constants.O_WRONLY | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: false, writable: true });
  pipe.on('error', () => pipe.destroy()); // it has ended
  return pipe;
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
