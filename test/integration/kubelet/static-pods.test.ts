// Static pods: from a file on the board to a mirror that kubectl sees, with a hub and without.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  commandOf,
  eventually,
  kelpProgram,
  RunningProgram,
  run,
  TestCluster,
} from '../../support/cluster.ts';

describe('static pods', function () {
  this.timeout(90_000);
  let cluster: TestCluster;
  let folder: string;

  before(async () => {
    cluster = new TestCluster();
    await cluster.startHub();
    folder = join(cluster.agentDirectory('pi'), 'manifests');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  });
  after(() => cluster.close());

  const manifest = (value: string) => `
apiVersion: v1
kind: Pod
metadata: {name: st, labels: {app: st}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: c, image: host, command: [sh, -c, 'echo said $V; exec sleep 1000'], env: [{name: V, value: "${value}"}]}
`;

  async function kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('kubectl', args, { env: { KUBECONFIG: cluster.kubeconfig } });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }
  const mirror = async () => JSON.parse(await kubectl('get', 'pod', 'st-pi', '-o', 'json'));
  const running = () =>
    eventually('the mirror to run', async () => {
      const pod = await mirror();
      return pod.status.phase === 'Running' && !pod.metadata.deletionTimestamp ? pod : undefined;
    });

  it('run before the board has joined, and go on running when it has', async () => {
    writeFileSync(join(folder, 'st.yaml'), manifest('1'));
    const nowhere = ['--hub', 'https://127.0.0.1:1', '--token', await cluster.token()];
    const args = ['agent', '--node-name', 'pi', '--data-dir', cluster.agentDirectory('pi'), ...nowhere];
    const alone = new RunningProgram(kelpProgram, args);
    cluster.agents.set('pi', alone);
    // What prepares a container is for a moment among its processes: the last to come is the command.
    const before = await eventually('the pod to run', () => {
      const pids = cluster.workloads('pi');
      return pids.some((pid) => commandOf(pid) === 'sleep') ? pids : undefined;
    });
    expect(await alone.stop()).to.equal(0);
    await cluster.startAgent('pi');
    const pod = await running();
    expect(cluster.workloads('pi')).to.include.members(before);
    expect(pod.status.containerStatuses[0]).to.include({ restartCount: 0, ready: true });
    const { annotations, ownerReferences, labels } = pod.metadata;
    expect(labels).to.deep.equal({ app: 'st' });
    expect(annotations['kubernetes.io/config.source']).to.equal('file');
    expect(annotations['kubernetes.io/config.mirror']).to.equal(annotations['kubernetes.io/config.hash']);
    expect(ownerReferences).to.deep.include.members([
      { apiVersion: 'v1', kind: 'Node', name: 'pi', uid: ownerReferences[0].uid, controller: true },
    ]);
    expect(pod.spec.tolerations).to.deep.include({ effect: 'NoExecute', operator: 'Exists' });
    expect(pod.spec.serviceAccountName).to.equal(undefined);
  });

  it('can be talked to by the name of their mirror', async () => {
    expect(await kubectl('logs', 'st-pi')).to.equal('said 1\n');
    expect(await kubectl('exec', 'st-pi', '--', 'echo', 'hello')).to.equal('hello\n');
  });

  it('do not end with their mirror: it is made again', async () => {
    const before = cluster.workloads('pi');
    const { uid } = (await running()).metadata;
    await kubectl('delete', 'pod', 'st-pi');
    const again = await eventually('another mirror', async () => {
      const pod = await mirror();
      return pod.metadata.uid !== uid && pod.status.phase === 'Running' ? pod : undefined;
    });
    expect(again.status.containerStatuses[0].restartCount).to.equal(0);
    expect(cluster.workloads('pi')).to.deep.equal(before);
  });

  it('are replaced when their file changes', async () => {
    const { hash } = await running().then((pod) => ({
      hash: pod.metadata.annotations['kubernetes.io/config.hash'],
    }));
    writeFileSync(join(folder, 'st.yaml'), manifest('2'));
    await eventually('the new one', async () => {
      const pod = await mirror();
      const changed = pod.metadata.annotations['kubernetes.io/config.hash'] !== hash;
      return (changed && pod.status.phase === 'Running') || undefined;
    });
    await eventually('its log', async () => (await kubectl('logs', 'st-pi')) === 'said 2\n' || undefined);
    expect(cluster.workloads('pi')).to.have.lengthOf(2);
    expect(await kubectl('describe', 'pod', 'st-pi')).to.match(/Normal\s+Started .*Started container c/);
  });

  it('say what is wrong with a file, and run what it held before', async () => {
    const before = cluster.workloads('pi');
    writeFileSync(join(folder, 'st.yaml'), manifest('3').replace('containers:', 'containrs:'));
    await eventually('an event', async () => {
      const events = await kubectl('get', 'events', '-o', 'jsonpath={..message}');
      return (
        events.includes('Manifest st.yaml of a static pod cannot be used: unknown field "spec.containrs"') ||
        undefined
      );
    });
    expect(cluster.workloads('pi')).to.deep.equal(before);
    expect(
      cluster.agents.get('pi')?.errorLines.filter((line) => line.includes('containrs')),
    ).to.have.lengthOf(1);
  });

  it('refuses what a static pod cannot have', async () => {
    const reading = manifest('4').replace('name: c,', 'name: c, envFrom: [{secretRef: {name: s}}],');
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1' }));
    writeFileSync(join(folder, 'secret.yaml'), reading.replace('name: st,', 'name: st2,'));
    writeFileSync(join(folder, 'twice.yaml'), manifest('5'));
    const wanted = [
      'must be a Pod of apiVersion v1',
      'static pods may not reference secrets',
      'st.yaml holds the pod default/st-pi already',
    ];
    await eventually('all to be said', () => {
      const said = cluster.agents.get('pi')?.errorLines.join('\n') ?? '';
      return wanted.every((words) => said.includes(words)) || undefined;
    });
    for (const file of ['other.json', 'secret.yaml', 'twice.yaml']) rmSync(join(folder, file));
  });

  it('says why one that runs is not shown', async () => {
    const elsewhere = manifest('6').replace('name: st,', 'name: st6, namespace: nowhere,');
    writeFileSync(join(folder, 'elsewhere.yaml'), elsewhere);
    const words = [
      'a static pod is not shown: the hub refuses its mirror',
      'namespaces \\"nowhere\\" not found',
    ];
    await eventually('it to be said', () => {
      const said = cluster.agents.get('pi')?.errorLines ?? [];
      return said.some((line) => words.every((each) => line.includes(each))) || undefined;
    });
    rmSync(join(folder, 'elsewhere.yaml'));
  });

  it('is all that a node may create', async () => {
    const directory = cluster.agentDirectory('pi');
    const asNode = [`--server=${cluster.server}`, `--certificate-authority=${cluster.caFile}`];
    const credentials = [
      `--client-certificate=${join(directory, 'node.crt')}`,
      `--client-key=${join(directory, 'node.key')}`,
    ];
    const create = async (input: string) => {
      const args = ['create', '--validate=false', ...asNode, ...credentials, '-f', '-'];
      return (await run('kubectl', args, { env: { KUBECONFIG: '/dev/null' }, input })).stderr;
    };
    const pod = await running();
    const copy = (change: (metadata: typeof pod.metadata, spec: typeof pod.spec) => void) => {
      const { metadata, spec } = structuredClone(pod);
      for (const field of ['uid', 'resourceVersion', 'creationTimestamp']) delete metadata[field];
      metadata.name = 'other';
      change(metadata, spec);
      return create(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));
    };
    const refusals: [Parameters<typeof copy>[0], string][] = [
      [(metadata) => delete metadata.annotations, 'can only create mirror pods'],
      [(_, spec) => Object.assign(spec, { nodeName: 'other' }), 'with spec.nodeName set to itself'],
      [(metadata) => delete metadata.ownerReferences, 'with an owner reference set to itself'],
      [
        ({ ownerReferences }) => ownerReferences.push({ ...ownerReferences[0], uid: 'x' }),
        'a single owner reference',
      ],
      [({ ownerReferences }) => Object.assign(ownerReferences[0], { uid: 'x' }), 'UID mismatch'],
      [(_, spec) => Object.assign(spec, { serviceAccountName: 'default' }), 'reference a service account'],
      [(_, spec) => Object.assign(spec, { imagePullSecrets: [{ name: 's' }] }), 'reference secrets'],
    ];
    for (const [change, words] of refusals) expect(await copy(change)).to.contain(words);
  });

  it('end with their file, and their mirror with them', async () => {
    rmSync(join(folder, 'st.yaml'));
    await eventually('the mirror to go', async () => (await kubectl('get', 'pods')) === '' || undefined);
    await eventually('its processes to go', () => cluster.workloads('pi').length === 0 || undefined);
  });
});
