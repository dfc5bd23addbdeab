// The commands that set up what a container sees of files, as they are run.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { planReadOnly } from '../../../edge-agent/runtime/process/plan-mounts.ts';
import { isRoot } from '../../support/volume-world.ts';

describe('keeping mounts from being written to', () => {
  let folder: string;
  beforeEach(function () {
    if (!isRoot) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'kelp-plan-'));
  });
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** In a mount namespace of its own; answers what it prints. */
  function inside(before: string, target: string, after: string, tools = {}): string {
    const [words = []] = planReadOnly(tools, [target]);
    const script = `${before}\n"$@" 2>&1 || { echo failed; exit 0; }\n${after}`;
    return execFileSync('unshare', ['--mount', '/bin/sh', '-c', script, 'sh', ...words], {
      encoding: 'utf8',
    });
  }

  it('does so', () => {
    const write = `touch ${folder}/x 2>/dev/null || echo read-only`;
    expect(inside(`mount -t tmpfs none ${folder}`, folder, write)).to.equal('read-only\n');
  });

  it('passes over what has been unmounted meanwhile, or is gone', () => {
    expect(inside('', folder, 'echo went on')).to.match(/went on\n$/);
    expect(inside('', join(folder, 'gone'), 'echo went on')).to.match(/went on\n$/);
  });

  it('fails where a mount could be written to all the same', () => {
    const tools = { mount: '/bin/false' };
    expect(inside(`mount -t tmpfs none ${folder}`, folder, 'echo went on', tools)).to.equal('failed\n');
  });
});
