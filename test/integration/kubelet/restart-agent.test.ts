// The agent goes and comes; workloads stay.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { processesWith } from '../../support/container-spec.ts';
import { until } from '../../support/until.ts';
import { firstContainer, isReady, KubeletWorld } from './kubelet-world.ts';

describe('a kubelet that starts again', () => {
  let world: KubeletWorld;

  beforeEach(async () => {
    world = new KubeletWorld();
    await world.start();
  });
  afterEach(() => world.end());

  it('finds its pods running: same process, no restart, still ready', async () => {
    const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1 };
    const pod = world.run(world.shell('exec sleep 60', { readinessProbe }));
    const ready = await world.untilReady(pod);
    const before = firstContainer(ready);
    const pids = processesWith(world.folder);
    await world.restart(() => {
      world.hub.statuses.length = 0;
    });
    const after = await world.untilStatus(pod, 'a status', () => true);
    expect(firstContainer(after)).to.deep.equal(before);
    expect(isReady(after)).to.equal(true);
    expect(after, 'nothing at all seems to have happened').to.deep.equal(ready);
    expect(processesWith(world.folder)).to.include.members(pids.slice(0, 2));
  });

  it('clears away the logs of a pod that it was killed in the middle of clearing away', async () => {
    await world.restart(() => {
      mkdirSync(join(world.folder, 'logs/default_gone_uid-1/c'), { recursive: true });
      writeFileSync(join(world.folder, 'logs/default_gone_uid-1/c/0.log'), 'of nobody');
    });
    expect(world.filesIn('logs')).to.deep.equal([]);
  });

  it('keeps the restart count and the last end', async () => {
    const pod = world.run(
      world.shell(`[ -e ${world.folder}/once ] || { touch ${world.folder}/once; exit 9; }; exec sleep 60`),
    );
    await world.untilStatus(
      pod,
      'a restart',
      (seen) => seen.containerStatuses?.[0]?.restartCount === 1 && isReady(seen),
    );
    await world.restart(() => {
      world.hub.statuses.length = 0;
    });
    const after = await world.untilReady(pod);
    expect(firstContainer(after)).to.include({ restartCount: 1 });
    expect(firstContainer(after).lastState?.terminated).to.include({ exitCode: 9 });
  });

  it('restarts what ended meanwhile', async () => {
    const pod = world.run(
      world.shell(
        `[ -e ${world.folder}/go ] && exec sleep 60; touch ${world.folder}/begun; ` +
          `while [ ! -e ${world.folder}/go ]; do sleep 0.05; done; exit 2`,
      ),
    );
    await world.untilReady(pod);
    await until('its script to begin', () => existsSync(`${world.folder}/begun`));
    await world.restart(async () => {
      writeFileSync(`${world.folder}/go`, '');
      await until('its end', () => processesWith(world.folder).length === 0);
    });
    const after = await world.untilStatus(
      pod,
      'a restart',
      (seen) => seen.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(firstContainer(after).lastState?.terminated).to.include({ exitCode: 2 });
  });

  it('starts pods that were wanted while it was away, and ends those that were deleted', async () => {
    const old = world.run(world.shell('exec sleep 60'), { name: 'old' });
    const forced = world.run(world.shell('exec sleep 60'), { name: 'forced' });
    await world.untilReady(old);
    await world.untilReady(forced);
    let fresh = old;
    await world.restart(() => {
      world.hub.markDeleted(old.metadata.uid);
      world.hub.remove(forced.metadata.uid);
      fresh = world.run(world.shell('exec sleep 60'), { name: 'fresh' });
    });
    await world.untilTerminated(old);
    await world.untilReady(fresh);
    await until('one container to be left', () => world.filesIn('process/containers').length === 1);
  });

  it('says again that a pod is down when the hub still asks', async () => {
    const pod = world.run(world.shell('exec sleep 60'));
    await world.untilReady(pod);
    world.hub.markDeleted(pod.metadata.uid);
    await world.untilTerminated(pod);
    await world.restart(() => {
      world.hub.terminated.length = 0;
    });
    await world.untilTerminated(pod);
  });

  it('runs init containers again after a start of the board, and what was running', async () => {
    const file = `${world.folder}/runs`;
    const pod = world.run({
      initContainers: [world.shell(`echo init >>${file}`, { name: 'i' })],
      containers: [world.shell(`echo main >>${file}; exec sleep 60`)],
    });
    await until('its main container', () => world.read('runs') === 'init\nmain\n');
    await world.reboot();
    await until('all of it again', () => world.read('runs') === 'init\nmain\ninit\nmain\n');
    expect(world.eventsOf(pod)).to.include(
      'Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.',
    );
    await world.restart();
    const after = await world.untilStatus(
      pod,
      'one restart',
      (seen) => isReady(seen) && seen.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(after.initContainerStatuses?.[0]).to.include({ restartCount: 1, ready: true });
    expect(world.read('runs')).to.equal('init\nmain\ninit\nmain\n');
  });

  it('does not run a completed pod again', async () => {
    const file = `${world.folder}/runs`;
    const pod = world.run({ restartPolicy: 'Never', containers: [world.shell(`echo run >>${file}`)] });
    await world.untilPhase(pod, 'Succeeded');
    await world.restart();
    const other = world.run(world.shell('exec sleep 60'), { name: 'other' });
    await world.untilReady(other);
    expect(world.read('runs')).to.equal('run\n');
  });

  it('stops its workloads when it is told to, and starts them next time', async () => {
    const script = `trap "echo bye >>${world.folder}/said; exit 0" TERM; touch ${world.folder}/up; while :; do sleep 0.05; done`;
    const volumeMounts = [{ name: 'about', mountPath: `${world.folder}/about` }];
    const items = [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }];
    const pod = world.run({
      volumes: [{ name: 'about', downwardAPI: { items } }],
      containers: [world.shell(script, { volumeMounts })],
    });
    await world.untilReady(pod);
    await until('its trap to be set', () => world.filesIn('').includes('up'));
    await world.stop({ stopPods: true });
    expect(world.read('said')).to.equal('bye\n');
    expect(processesWith(world.folder)).to.deep.equal([]);
    expect(readFileSync('/proc/self/mounts', 'utf8'), 'its folder can be removed').to.not.contain(
      world.folder,
    );
    await world.restart();
    await world.untilStatus(
      pod,
      'running again',
      (seen) => isReady(seen) && seen.containerStatuses?.[0]?.restartCount === 1,
    );
  });
});
