// What a command finds in a container that ends at that moment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { wayInto } from '../../../edge-agent/runtime/process/way-into.ts';
import { RuntimeFailure } from '../../../edge-agent/runtime/runtime.ts';

describe('the way into a container', () => {
  const meta = {
    ...{
      id: 'i',
      podUid: 'u',
      podNamespace: 'n',
      podName: 'p',
      name: 'c',
      attempt: 0,
      specHash: '',
      createdAt: 0,
    },
    ...{ image: 'x', imageId: 'x', logPath: '', workingDir: '/', rights: {}, ownMounts: true, overlay: true },
    ...{ root: '/root', mountPoints: [], createdPaths: [] },
  };
  const entering = { meta, env: {}, tools: {}, cgroup: undefined, command: ['/nosuch'] };

  it('of one that has ended: it does not run, whatever its files had', async () => {
    const child = spawn('true');
    const { pid = 0 } = child;
    await once(child, 'exit');
    expect(() => wayInto({ ...entering, main: { pid, startTime: '1' } })).to.throw(
      RuntimeFailure,
      'failed to exec in container: container is not running',
    );
  });
});
