// Which paths are mount points of the board: those of all processes that see the board's files.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { mountPointsInUse } from '../../../edge-agent/runtime/process/mount-table.ts';
import { isRoot } from '../../support/volume-world.ts';

describe('the mount points of a board', () => {
  let folder: string;
  let child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  beforeEach(function () {
    if (!isRoot || !existsSync('/bin/busybox')) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'kelp-points-'));
  });
  afterEach(async () => {
    if (child && child.exitCode === null) {
      child.stdin.end();
      await once(child, 'exit');
    }
    child = undefined;
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** In a mount namespace of its own, until stdin ends; answers its mount points as it sees them. */
  async function mounted(script: string): Promise<string> {
    child = spawn('unshare', ['--mount', 'sh', '-ec', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return readFileSync(`/proc/${child.pid}/mountinfo`, 'utf8');
  }

  it('are those of another mount namespace, too', async () => {
    const point = join(folder, 'point');
    mkdirSync(point);
    await mounted(`mount -t tmpfs none ${point}; echo; exec cat`);
    expect(mountPointsInUse()).to.include(point);
  });

  it('are none of a process with files of its own, whatever it has at that path', async () => {
    const point = basename(folder);
    mkdirSync(join(folder, point));
    copyFileSync('/bin/busybox', join(folder, 'busybox'));
    const mount = `mount --bind ${folder} ${folder}; mount -t tmpfs none ${folder}/${point}`;
    const seen = await mounted(`${mount}; exec chroot ${folder} /busybox sh -c 'echo; exec /busybox cat'`);
    expect(seen).to.contain(` /${point} `);
    expect(mountPointsInUse()).to.not.include(`/${point}`);
  });
});
