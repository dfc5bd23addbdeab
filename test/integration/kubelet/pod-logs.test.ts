// kubectl logs, as far as the node answers it; the errors are those recorded from Kubernetes.

import { expect } from 'chai';
import { ApiError } from '../../../shared/machinery/index.ts';
import { until } from '../../support/until.ts';
import { KubeletWorld } from './kubelet-world.ts';

describe('the logs of a pod', () => {
  let world: KubeletWorld;

  before(async () => {
    world = new KubeletWorld();
    await world.start();
  });
  after(() => world.end());

  async function refusal(work: Promise<unknown>): Promise<string> {
    const error = await work.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).to.be.instanceOf(ApiError);
    return `${error.reason}: ${error.message}`;
  }

  it('all, the tail, with times, up to some bytes', async () => {
    const pod = world.run({
      restartPolicy: 'Never',
      containers: [world.shell('echo one; echo two >&2; echo three')],
    });
    await world.untilPhase(pod, 'Succeeded');
    expect(await world.logOf(pod)).to.equal('one\ntwo\nthree\n');
    expect(await world.logOf(pod, { tailLines: 1 })).to.equal('three\n');
    expect(await world.logOf(pod, { tailLines: 0 })).to.equal('');
    expect(await world.logOf(pod, { tailLines: 9 })).to.equal('one\ntwo\nthree\n');
    expect(await world.logOf(pod, { limitBytes: 5 })).to.equal('one\nt');
    expect(await world.logOf(pod, { timestamps: true, tailLines: 1 })).to.match(/^\d{4}-.*\d{9}Z three\n$/);
  });

  it('has one time for a line, however long', async () => {
    const pod = world.run({
      restartPolicy: 'Never',
      containers: [world.shell("head -c 40000 /dev/zero | tr '\\0' x; echo; echo two")],
    });
    await world.untilPhase(pod, 'Succeeded');
    const lines = (await world.logOf(pod, { timestamps: true })).split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-[^ ]*Z /, 'TIME ').length)).to.deep.equal([40_005, 8, 0]);
  });

  it('since then', async () => {
    const pod = world.run({
      restartPolicy: 'Never',
      containers: [world.shell('echo one; sleep 1.2; echo two')],
    });
    await world.untilPhase(pod, 'Succeeded');
    expect(await world.logOf(pod, { sinceSeconds: 1 })).to.equal('two\n');
    expect(await world.logOf(pod, { sinceTime: '2000-01-01T00:00:00Z' })).to.equal('one\ntwo\n');
    expect(await world.logOf(pod, { sinceTime: '2100-01-01T00:00:00Z' })).to.equal('');
  });

  it('as they come, to the end of the container', async () => {
    const file = `${world.folder}/go`;
    const pod = world.run({
      restartPolicy: 'Never',
      containers: [world.shell(`echo one; while [ ! -e ${file} ]; do sleep 0.05; done; echo two`)],
    });
    await world.untilPhase(pod, 'Running');
    const stream = await world.followLog(pod);
    let text = '';
    const read = (async () => {
      for await (const chunk of stream) text += chunk;
    })();
    await until('the first line', () => text === 'one\n');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, '');
    await read;
    expect(text).to.equal('one\ntwo\n');
  });

  it('no longer than the reader wants', async () => {
    const pod = world.run(world.shell('echo one; exec sleep 60'), { name: 'endless' });
    await world.untilReady(pod);
    const stream = await world.followLog(pod);
    await new Promise((resolve) => stream.once('data', resolve));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy();
    await closed;
  });

  it('of the container before', async () => {
    const file = `${world.folder}/count`;
    const pod = world.run(
      world.shell(
        `echo x >>${file}; echo try $(wc -l <${file}); [ $(wc -l <${file}) = 2 ] && exec sleep 60; exit 2`,
      ),
      {
        name: 'crash',
      },
    );
    await world.untilStatus(pod, 'a restart', (seen) => seen.containerStatuses?.[0]?.restartCount === 1);
    await until('the second try', async () => (await world.logOf(pod)) === 'try 2\n');
    expect(await world.logOf(pod, { previous: true })).to.equal('try 1\n');
  });

  it('that are not there are refused in words', async () => {
    const run = world.run(world.shell('exec sleep 60'), { name: 'run' });
    await world.untilReady(run);
    expect(await refusal(world.logOf(run, {}, 'nope'))).to.equal(
      'BadRequest: container nope is not valid for pod run',
    );
    expect(await refusal(world.logOf(run, { previous: true }))).to.equal(
      'BadRequest: previous terminated container "c" in pod "run" not found',
    );
    const wait = world.run({ name: 'c', image: 'nosuch' }, { name: 'wait' });
    await world.untilStatus(
      wait,
      'waiting',
      (seen) => seen.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull',
    );
    expect(await refusal(world.logOf(wait))).to.equal(
      'BadRequest: container "c" in pod "wait" is waiting to start: image can\'t be pulled',
    );
    const gone = { ...run, metadata: { ...run.metadata, uid: 'other' } };
    expect(await refusal(world.logOf(gone))).to.equal('NotFound: pods "run" not found');
  });
});
