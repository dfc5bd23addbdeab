// Pods from their start to their end, with real processes.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { processesWith } from '../../support/container-spec.ts';
import { until } from '../../support/until.ts';
import { firstContainer, isReady, KubeletWorld } from './kubelet-world.ts';

describe('the kubelet', () => {
  let world: KubeletWorld;

  beforeEach(async () => {
    world = new KubeletWorld();
    await world.start();
  });
  afterEach(() => world.end());

  const forever = 'while :; do sleep 0.05; done';

  it('runs a pod and says each step', async () => {
    const pod = world.run(world.shell('exec sleep 60'));
    const status = await world.untilReady(pod);
    expect(status).to.deep.include({
      phase: 'Running',
      hostIP: '127.0.0.1',
      podIP: '127.0.0.1',
      qosClass: 'BestEffort',
    });
    expect(firstContainer(status)).to.include({
      name: 'c',
      ready: true,
      started: true,
      restartCount: 0,
      image: 'host',
    });
    expect(firstContainer(status).containerID).to.match(/^process:\/\/[0-9a-f]{64}$/);
    expect(world.eventsOf(pod)).to.deep.equal([
      'Normal Pulled Container image "host" already present on machine',
      'Normal Created Created container: c',
      'Normal Started Started container c',
    ]);
    const [ofNode, event] = world.hub.events;
    expect(ofNode).to.include({ type: 'Warning', reason: 'MissingClusterDNS' });
    expect(ofNode?.involvedObject).to.include({ kind: 'Node', name: 'node1' });
    expect(event).to.deep.include({ count: 1, source: { component: 'kubelet', host: 'node1' } });
    expect(event?.involvedObject).to.include({ kind: 'Pod', fieldPath: 'spec.containers{c}' });
  });

  it('shows Pending, Running, Succeeded on the way', async () => {
    const pod = world.run({ restartPolicy: 'Never', containers: [world.shell('sleep 0.2')] });
    await world.untilPhase(pod, 'Succeeded');
    const phases = world.hub.statuses.map(({ status }) => status.phase);
    expect([...new Set(phases)]).to.deep.equal(['Pending', 'Running', 'Succeeded']);
  });

  it('fails a pod whose container fails', async () => {
    const pod = world.run({ restartPolicy: 'Never', containers: [world.shell('exit 3')] });
    const status = await world.untilPhase(pod, 'Failed');
    expect(firstContainer(status).state?.terminated).to.include({ exitCode: 3, reason: 'Error' });
  });

  it('restarts at once, then backs off', async () => {
    const pod = world.run(world.shell('exit 3'));
    const status = await world.untilStatus(pod, 'CrashLoopBackOff', (seen) => {
      return seen.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff';
    });
    const { uid } = pod.metadata;
    expect(firstContainer(status).state?.waiting?.message).to.equal(
      `back-off 10s restarting failed container=c pod=p_default(${uid})`,
    );
    expect(firstContainer(status)).to.include({ restartCount: 1 });
    expect(firstContainer(status).lastState?.terminated).to.include({ exitCode: 3 });
    expect(status.phase).to.equal('Running');
    const shown = world.hub.statuses.map((report) => report.status.containerStatuses?.[0]?.state);
    expect(shown.some((state) => state?.terminated?.exitCode === 3)).to.equal(true);
    expect(world.eventsOf(pod).at(-1)).to.equal(
      `Warning BackOff Back-off restarting failed container c in pod p_default(${uid})`,
    );
  });

  it('a command that is not there: RunContainerError', async () => {
    const pod = world.run({ ...world.shell(''), command: ['/bin/nosuch'] });
    const status = await world.untilStatus(pod, 'RunContainerError', (seen) => {
      return seen.containerStatuses?.[0]?.state?.waiting?.reason === 'RunContainerError';
    });
    expect(firstContainer(status).lastState?.terminated).to.include({ exitCode: 128, reason: 'StartError' });
    expect(world.eventsOf(pod).join('\n')).to.contain(
      'Warning Failed Error: unable to start container process: exec: "/bin/nosuch"',
    );
  });

  it('an image that the board has not: ErrImagePull, then ImagePullBackOff', async () => {
    const pod = world.run({ name: 'c', image: 'nginx:1' });
    const reason = (wanted: string) =>
      world.untilStatus(
        pod,
        wanted,
        (seen) => seen.containerStatuses?.[0]?.state?.waiting?.reason === wanted,
      );
    await reason('ErrImagePull');
    await reason('ImagePullBackOff');
    expect(world.eventsOf(pod)).to.include('Normal BackOff Back-off pulling image "nginx:1"');
  });

  it('takes the end of the log for the last words of one that failed silently, if it is asked to', async () => {
    const more = { terminationMessagePolicy: 'FallbackToLogsOnError' };
    const pod = world.run({
      restartPolicy: 'Never',
      containers: [world.shell('echo line1; echo line2 >&2; exit 1', more)],
    });
    const status = await world.untilPhase(pod, 'Failed');
    expect(firstContainer(status).state?.terminated).to.include({ message: 'line1\nline2\n' });
  });

  it('restarts a container whose definition changed', async () => {
    const pod = world.run(world.shell('exec sleep 60'));
    await world.untilReady(pod);
    const containers = [{ ...world.shell('exec sleep 60'), image: 'nosuch' }];
    world.hub.put({ ...pod, spec: { ...pod.spec, containers } });
    await world.untilStatus(
      pod,
      'the new image',
      (seen) => seen.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull',
    );
    expect(world.eventsOf(pod)).to.include(
      'Normal Killing Container c definition changed, will be restarted',
    );
  });

  it('brings a container to other resources, in place or anew', async () => {
    const asking = (cpu: string) => world.shell('exec sleep 60', { resources: { requests: { cpu } } });
    const pod = world.run(asking('10m'));
    const before = firstContainer(await world.untilReady(pod));
    expect(before).to.deep.include({
      allocatedResources: { cpu: '10m' },
      resources: { requests: { cpu: '10m' } },
    });
    world.hub.put({ ...pod, spec: { ...pod.spec, containers: [asking('20m')] } });
    const after = await world.untilStatus(
      pod,
      'other resources',
      (seen) => seen.containerStatuses?.[0]?.allocatedResources?.cpu === '20m' && isReady(seen),
    );
    expect(after).not.to.have.property('resize');
  });

  it('refuses what does not fit', async () => {
    await world.end();
    world = new KubeletWorld({ allocatable: { cpuMillis: 2000, memoryBytes: 1e9, pods: 110 } });
    await world.start();
    const resources = { requests: { cpu: '100' } };
    const pod = world.run(world.shell('true', { resources }));
    const status = await world.untilPhase(pod, 'Failed');
    expect(status).to.include({
      reason: 'OutOfcpu',
      message:
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 2000",
    });
    expect(world.eventsOf(pod)).to.deep.equal([
      "Warning OutOfcpu Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 2000",
    ]);
  });

  it('ends a lesser pod for a critical one, which starts when that has ended', async () => {
    await world.end();
    world = new KubeletWorld({ allocatable: { cpuMillis: 2000, memoryBytes: 1e9, pods: 110 } });
    await world.start();
    const order = `${world.folder}/order`;
    const resources = { requests: { cpu: '1500m' } };
    const script = `trap "sleep 1; echo gone >>${order}; exit 0" TERM; touch ${world.folder}/up; while :; do sleep 0.05; done`;
    const lesser = world.run(world.shell(script, { resources }), { name: 'lesser' });
    await until('its trap to be set', () => world.filesIn('').includes('up'));
    const main = world.shell(`echo critical >>${order}; exec sleep 60`, { resources });
    const critical = world.run({ containers: [main], priority: 2_000_001_000 }, { name: 'critical' });
    const status = await world.untilPhase(lesser, 'Failed');
    expect(status).to.include({ reason: 'Preempting', message: 'Preempted in order to admit critical pod' });
    expect(status.conditions?.find(({ type }) => type === 'DisruptionTarget')).to.include({
      reason: 'TerminationByKubelet',
      message: 'Pod was preempted by Kubelet to accommodate a critical pod.',
    });
    expect(world.eventsOf(lesser)).to.include('Warning Preempting Preempted in order to admit critical pod');
    await world.untilReady(critical);
    expect(world.read('order')).to.equal('gone\ncritical\n');
  });

  it('runs init containers one after another, then the main one', async () => {
    const file = `${world.folder}/order`;
    world.run({
      initContainers: [
        world.shell(`sleep 0.1; echo i1 >>${file}`, { name: 'i1' }),
        world.shell(`echo i2 >>${file}`, { name: 'i2' }),
      ],
      containers: [world.shell(`echo c >>${file}; exec sleep 60`)],
    });
    await until('all of them', () => world.read('order') === 'i1\ni2\nc\n');
    expect(world.hub.events.map(({ involvedObject }) => involvedObject.fieldPath)).to.include(
      'spec.initContainers{i1}',
    );
  });

  it('ends sidecars after the main container', async () => {
    const file = `${world.folder}/order`;
    const pod = world.run({
      restartPolicy: 'Never',
      initContainers: [
        world.shell(`trap "echo sidecar >>${file}; exit 0" TERM; ${forever}`, {
          name: 's',
          restartPolicy: 'Always',
        }),
      ],
      containers: [world.shell(`sleep 0.2; echo main >>${file}`)],
    });
    await world.untilPhase(pod, 'Succeeded');
    await until('the sidecar to end', () => world.read('order') === 'main\nsidecar\n');
  });

  it('runs the preStop hook of a sidecar at once, and tells it to end when its turn comes', async () => {
    const file = `${world.folder}/order`;
    const says = (word: string) => `echo ${word} >>${file}`;
    const preStop = { exec: { command: ['sh', '-c', says('hook')] } };
    const pod = world.run({
      initContainers: [
        world.shell(`trap "${says('sidecar')}; exit 0" TERM; echo up; ${forever}`, {
          name: 's',
          restartPolicy: 'Always',
          lifecycle: { preStop },
        }),
      ],
      containers: [
        world.shell(
          `trap "until grep -q hook ${file}; do sleep 0.05; done; ${says('main')}; exit 0" TERM; echo up; ${forever}`,
        ),
      ],
    });
    await world.untilReady(pod);
    await until('the trap', async () => (await world.logOf(pod)) === 'up\n');
    world.hub.markDeleted(pod.metadata.uid);
    await until('all of them', () => world.read('order') === 'hook\nmain\nsidecar\n');
    await world.untilTerminated(pod);
    const killing = world.eventsOf(pod).filter((event) => event.includes('Killing'));
    expect(killing).to.have.length(2);
  });

  describe('ends a deleted pod', () => {
    it('with its own way to end, then reports and leaves nothing', async () => {
      const pod = world.run(world.shell(`trap "exit 0" TERM; echo up; ${forever}`));
      await world.untilReady(pod);
      await until('the trap', async () => (await world.logOf(pod)) === 'up\n');
      world.hub.markDeleted(pod.metadata.uid);
      await world.untilTerminated(pod);
      const last = world.hub.lastStatus(pod.metadata.uid);
      expect(last?.phase).to.equal('Succeeded');
      expect(world.eventsOf(pod)).to.include('Normal Killing Stopping container c');
      expect(processesWith(world.folder)).to.deep.equal([]);
      await until(
        'its folders to be gone',
        () => world.filesIn('pods').length + world.filesIn('logs').length === 0,
      );
    });

    it('kills what does not listen when the grace period is over', async () => {
      const pod = world.run({
        terminationGracePeriodSeconds: 1,
        containers: [world.shell(`trap "" TERM; echo up; ${forever}`)],
      });
      await until('the trap', async () => (await world.logOf(pod).catch(() => '')) === 'up\n');
      world.hub.markDeleted(pod.metadata.uid);
      await world.untilTerminated(pod);
      const last = world.hub.lastStatus(pod.metadata.uid);
      expect(last && firstContainer(last).state?.terminated).to.include({ exitCode: 137 });
      expect(last?.phase).to.equal('Failed');
    });

    it('is hurried by a second deletion', async () => {
      const pod = world.run({
        terminationGracePeriodSeconds: 600,
        containers: [world.shell(`trap "" TERM; echo up; ${forever}`)],
      });
      await until('the trap', async () => (await world.logOf(pod).catch(() => '')) === 'up\n');
      world.hub.markDeleted(pod.metadata.uid);
      await until('the first try', () => world.eventsOf(pod).includes('Normal Killing Stopping container c'));
      world.hub.markDeleted(pod.metadata.uid, 0);
      await world.untilTerminated(pod, 8000);
    });

    it('after its preStop hook', async () => {
      const pod = world.run(
        world.shell(`trap "echo term >>${world.folder}/order; exit 0" TERM; echo up; ${forever}`, {
          lifecycle: {
            preStop: { exec: { command: ['sh', '-c', `sleep 0.2; echo hook >>${world.folder}/order`] } },
          },
        }),
      );
      await until('the trap', async () => (await world.logOf(pod).catch(() => '')) === 'up\n');
      world.hub.markDeleted(pod.metadata.uid);
      await world.untilTerminated(pod);
      expect(world.read('order')).to.equal('hook\nterm\n');
    });

    it('says when its preStop hook fails', async () => {
      const preStop = { exec: { command: ['sh', '-c', 'exit 5'] } };
      const pod = world.run(world.shell('exec sleep 60', { lifecycle: { preStop } }));
      await world.untilReady(pod);
      world.hub.markDeleted(pod.metadata.uid);
      await world.untilTerminated(pod);
      expect(world.eventsOf(pod)).to.include('Warning FailedPreStopHook PreStopHook failed');
    });

    it('that is gone by force, without a word to the hub', async () => {
      const pod = world.run(world.shell('exec sleep 60'));
      await world.untilReady(pod);
      world.hub.remove(pod.metadata.uid);
      await until('its processes to end', () => processesWith(world.folder).length === 0);
      await until('its folders to be gone', () => world.filesIn('pods').length === 0);
      expect(world.hub.terminated).to.deep.equal([]);
    });
  });

  it('kills and restarts a container whose postStart hook fails', async () => {
    const postStart = { exec: { command: ['sh', '-c', 'exit 4'] } };
    const preStop = { exec: { command: ['sh', '-c', `echo stopping >>${world.folder}/said`] } };
    const pod = world.run(world.shell('exec sleep 60', { lifecycle: { postStart, preStop } }));
    await world.untilStatus(pod, 'a restart', (seen) => (seen.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    expect(world.eventsOf(pod)).to.include('Warning FailedPostStartHook PostStartHook failed');
    expect(world.eventsOf(pod)).to.include('Normal Killing FailedPostStartHook');
    expect(world.read('said')).to.match(/^stopping\n/);
  });

  it('starts a container when the postStart hook of the one before it has done its work', async () => {
    const said = (word: string) => `echo ${word} >>${world.folder}/said`;
    const postStart = { exec: { command: ['sh', '-c', `sleep 0.5; ${said('ready')}`] } };
    const first = world.shell('exec sleep 60', { name: 'proxy', lifecycle: { postStart } });
    const second = world.shell(`${said('app')}; exec sleep 60`, { name: 'app' });
    await world.untilReady(world.run({ containers: [first, second] }));
    await until('both to have spoken', () => world.read('said').split('\n').length === 3);
    expect(world.read('said')).to.equal('ready\napp\n');
  });

  it('fails a pod that is active for too long', async () => {
    const pod = world.run({ activeDeadlineSeconds: 1, containers: [world.shell('exec sleep 60')] });
    const status = await world.untilPhase(pod, 'Failed');
    expect(status).to.include({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
    await until('its processes to end', () => processesWith(world.folder).length === 0);
  });

  it('gives back the disk of a pod that has failed, once nothing of it runs, and keeps its logs', async () => {
    const slow = 'trap "sleep 0.3; echo last words; exit 1" TERM; while :; do sleep 0.05; done';
    const pod = world.run({
      activeDeadlineSeconds: 1,
      terminationGracePeriodSeconds: 10,
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [world.shell(slow)],
    });
    const folder = join(world.folder, 'pods', pod.metadata.uid, 'volumes/emptyDir/v');
    await until('its volume', () => existsSync(folder));
    writeFileSync(join(folder, 'large'), 'x');
    await world.untilPhase(pod, 'Failed');
    await until('its volume to be gone', () => !existsSync(folder));
    expect(processesWith(world.folder)).to.deep.equal([]);
    expect(await world.logOf(pod)).to.equal('last words\n');
  });

  it('waits with a clear reason for a runtime that this board has not', async () => {
    const pod = world.run({ runtimeClassName: 'podman', containers: [world.shell('true')] });
    const status = await world.untilStatus(pod, 'a status', () => true);
    expect(firstContainer(status).state?.waiting).to.deep.equal({
      reason: 'FailedCreatePodSandBox',
      message:
        'Failed to create pod sandbox: no runtime for runtimeClassName "podman": this node has process',
    });
  });

  describe('asks probes', () => {
    it('a container is ready while its readiness probe succeeds', async () => {
      const file = `${world.folder}/ok`;
      const readinessProbe = { exec: { command: ['cat', file] }, periodSeconds: 1, failureThreshold: 1 };
      const pod = world.run(
        world.shell(`sleep 0.5; touch ${file}; sleep 1.5; rm ${file}; exec sleep 60`, { readinessProbe }),
      );
      await world.untilStatus(pod, 'running', (status) => status.phase === 'Running' && !isReady(status));
      await world.untilReady(pod);
      await world.untilStatus(pod, 'unready again', (status) => !isReady(status));
      expect(world.eventsOf(pod).join('\n')).to.match(
        /Warning Unhealthy Readiness probe failed: cat: .*No such file/,
      );
    });

    it('a container is restarted when its liveness probe fails', async () => {
      const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 };
      const pod = world.run(world.shell('exec sleep 60', { livenessProbe }));
      await world.untilStatus(
        pod,
        'a restart',
        (seen) => (seen.containerStatuses?.[0]?.restartCount ?? 0) > 0,
      );
      expect(world.eventsOf(pod)).to.include(
        'Normal Killing Container c failed liveness probe, will be restarted',
      );
    });

    it('over HTTP and TCP, in the words of Go', async () => {
      const http = world.run(
        world.shell('exec sleep 60', {
          readinessProbe: { httpGet: { path: '/x', port: 1 }, periodSeconds: 1 },
        }),
        { name: 'http' },
      );
      const tcp = world.run(
        world.shell('exec sleep 60', { readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: 1 } }),
        {
          name: 'tcp',
        },
      );
      const refused = 'dial tcp 127.0.0.1:1: connect: connection refused';
      const unhealthy = (pod: typeof http) =>
        world.eventsOf(pod).some((event) => event.includes('Unhealthy'));
      await until('events', () => unhealthy(http) && unhealthy(tcp));
      expect(world.eventsOf(http)).to.include(
        `Warning Unhealthy Readiness probe failed: Get "http://127.0.0.1:1/x": ${refused}`,
      );
      expect(world.eventsOf(tcp)).to.include(`Warning Unhealthy Readiness probe failed: ${refused}`);
    });
  });

  describe('gives configuration', () => {
    it('as variables, and waits for what is missing', async () => {
      const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'a' } } }];
      const pod = world.run({ restartPolicy: 'Never', containers: [world.shell('echo "A=$A"', { env })] });
      const status = await world.untilStatus(
        pod,
        'an error',
        (seen) => seen.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
      );
      expect(firstContainer(status).state?.waiting).to.deep.equal({
        reason: 'CreateContainerConfigError',
        message: 'configmap "cm" not found',
      });
      world.hub.putConfigMap('cm', { a: '1' });
      await world.untilPhase(pod, 'Succeeded');
      expect(await world.logOf(pod)).to.equal('A=1\n');
    });

    it('as files that follow a change', async function () {
      if (process.getuid?.() !== 0) this.skip();
      const mountPath = `/kelp-test-${process.pid}`;
      const script = `while [ "$(cat ${mountPath}/a)" != two ]; do sleep 0.05; done; echo seen`;
      const pod = world.run({
        restartPolicy: 'Never',
        volumes: [{ name: 'v', configMap: { name: 'cm' } }],
        containers: [world.shell(script, { volumeMounts: [{ name: 'v', mountPath }] })],
      });
      await until('a failed mount', () =>
        world
          .eventsOf(pod)
          .includes('Warning FailedMount MountVolume.SetUp failed for volume "v" : configmap "cm" not found'),
      );
      const { podIP, conditions } = await world.untilStatus(pod, 'said', ({ phase }) => phase === 'Pending');
      expect(podIP, 'nothing of the network is taken yet').to.equal(undefined);
      const surrounded = conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
      expect(surrounded?.status).to.equal('False');
      world.hub.putConfigMap('cm', { a: 'one' });
      await world.untilPhase(pod, 'Running');
      world.hub.putConfigMap('cm', { a: 'two' });
      await world.untilPhase(pod, 'Succeeded');
      world.hub.remove(pod.metadata.uid);
      await until('the mount point to be gone', () => !existsSync(mountPath));
    });
  });
});

describe('a kubelet on a board that runs short of memory', function () {
  this.timeout(60_000);
  let world: KubeletWorld;
  const amount = (available: number) => ({ 'memory.available': { available, capacity: 2 ** 30 } });
  let signals = amount(2 ** 29);

  beforeEach(async () => {
    signals = amount(2 ** 29);
    world = new KubeletWorld({ signals: async () => signals });
    await world.start();
  });
  afterEach(() => world.end());

  it('ends the greediest pod, says why, lets no such pod in, and knows after a restart that it had failed', async () => {
    const pod = world.run(world.shell('trap "" TERM; while :; do sleep 0.05; done'));
    await world.untilReady(pod);
    signals = amount(2 ** 20);
    const status = await world.untilStatus(pod, 'evicted', ({ phase }) => phase === 'Failed', 30_000);
    expect(status.reason).to.equal('Evicted');
    expect(status.message).to.match(
      /^The node was low on resource: memory. Threshold quantity: 100Mi, available: 1Mi. Container c was using /,
    );
    const target = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
    expect(target).to.include({ status: 'True', reason: 'TerminationByKubelet' });
    await until('its processes to be gone', () => processesWith(world.folder).length === 0);
    expect(
      world.eventsOf(pod).some((event) => event.startsWith('Warning Evicted The node was low')),
    ).to.equal(true);

    const late = world.run(world.shell('exec sleep 60'));
    const refused = await world.untilPhase(late, 'Failed');
    expect(refused.message).to.equal('Pod was rejected: The node had condition: [MemoryPressure]. ');

    await world.restart();
    expect(processesWith(world.folder)).to.deep.equal([]);
  });
});

describe('a kubelet on a board that runs short of disk', function () {
  this.timeout(90_000);
  let world: KubeletWorld;
  /** While so many containers, or more, are known the disk is full. */
  let tooMany: number;

  beforeEach(async () => {
    tooMany = Number.POSITIVE_INFINITY;
    const signals = async () => {
      const available = world.filesIn('process/containers').length >= tooMany ? 2 ** 20 : 2 ** 29;
      return { 'nodefs.available': { available, capacity: 2 ** 30 } };
    };
    world = new KubeletWorld({ signals });
    await world.start();
  });
  afterEach(() => world.end());

  it('gives back what pods that are over have written, and keeps what was said of them', async () => {
    const pod = world.run({ restartPolicy: 'Never', containers: [world.shell('echo said')] });
    const over = await world.untilPhase(pod, 'Succeeded');
    const runs = world.run(world.shell('exec sleep 1000'));
    await world.untilReady(runs);
    tooMany = 2;
    await until('what it wrote to be gone', () => world.filesIn('process/containers').length === 1, 30_000);
    await until('its logs to be gone', () => world.filesIn('logs').length === 1);
    expect(world.hub.lastStatus(pod.metadata.uid)).to.deep.equal(over);
    await world.restart();
    await world.untilReady(runs);
    expect(world.hub.lastStatus(pod.metadata.uid)).to.deep.equal(over);
  });

  it('gives back what a pod that was evicted has written, too', async () => {
    const pod = world.run(world.shell('trap "" TERM; while :; do sleep 0.05; done'));
    await world.untilReady(pod);
    tooMany = 1;
    const over = await world.untilStatus(pod, 'evicted', ({ phase }) => phase === 'Failed', 60_000);
    expect(over.reason).to.equal('Evicted');
    await until('all that was written to be gone', () => world.filesIn('logs').length === 0, 60_000);
    await world.restart();
    expect(world.hub.lastStatus(pod.metadata.uid)).to.deep.equal(over);
    expect(over.containerStatuses?.[0]?.state?.terminated?.exitCode).to.equal(137);
  });
});
