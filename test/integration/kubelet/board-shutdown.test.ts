// A board that goes down ends its pods in order; an agent that only stops leaves them alone. What systemd would say is
// said by programs of the same names.

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  eventually,
  kelpProgram,
  processesNaming,
  RunningProgram,
  run,
  TestCluster,
} from '../../support/cluster.ts';

const plain: object = { shutdownGracePeriod: 20, shutdownGracePeriodCriticalPods: 10 };

describe('the shutdown of a board', function () {
  this.timeout(90_000);
  let cluster: TestCluster;
  let tools: string;

  before(async () => {
    cluster = new TestCluster();
    await cluster.startHub();
    tools = join(cluster.directory, 'bin');
    mkdirSync(tools);
    program('systemctl', 'cat "$(dirname "$0")/state"; exit 1');
    program(
      'systemd-inhibit',
      'echo $$ >"$(dirname "$0")/holder"; until [ "$1" = sh ]; do shift; done; exec "$@"',
    );
    program('busctl', 'touch "$(dirname "$0")/down"; exec tail -n 0 -s 0.05 -f "$(dirname "$0")/down"');
    writeFileSync(join(tools, 'state'), 'running\n');
  });
  after(() => cluster.close());

  function program(name: string, script: string): void {
    writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(tools, name), 0o755);
  }

  async function startAgent(name: string, periods = plain): Promise<RunningProgram> {
    const directory = cluster.agentDirectory(name);
    mkdirSync(directory, { recursive: true });
    const config = join(cluster.directory, 'agent.yaml');
    writeFileSync(config, JSON.stringify(periods));
    const joining = ['--hub', cluster.server, '--token', await cluster.token()];
    const args = ['agent', '--config', config, '--node-name', name, '--data-dir', directory, ...joining];
    const agent = new RunningProgram(kelpProgram, args, { env: { PATH: `${tools}:${process.env.PATH}` } });
    cluster.agents.set(name, agent);
    await agent.line(/\bready\b/);
    return agent;
  }

  async function kubectl(args: string[], input?: string): Promise<string> {
    const options = { env: { KUBECONFIG: cluster.kubeconfig }, ...(input !== undefined && { input }) };
    const { code, stdout, stderr } = await run('kubectl', args, options);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** The process that has the lock. */
  const lockHolder = () =>
    eventually('the lock to be held', () => {
      const pid = readFileSync(join(tools, 'holder'), 'utf8').trim();
      return existsSync(`/proc/${pid}`) ? pid : undefined;
    });

  /** As logind tells it. */
  function prepareForShutdown(value: boolean): void {
    appendFileSync(
      join(tools, 'down'),
      `{"member":"PrepareForShutdown","payload":{"type":"b","data":[${value}]}}\n`,
    );
  }

  const said = () => join(cluster.directory, 'said');
  const pod = (node: string, name: string, namespace: string, spec: object) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } },
    spec: {
      nodeName: node,
      containers: [
        {
          ...{ name: 'c', image: 'host' },
          command: ['sh', '-c', `trap 'echo ${name} >>${said()}; exit 0' TERM; while :; do sleep 0.05; done`],
          readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
        },
      ],
      ...spec,
    },
  });

  async function runPods(node: string): Promise<void> {
    const list = [
      pod(node, 'critical', 'kube-system', { priorityClassName: 'system-node-critical' }),
      pod(node, 'plain', 'default', {}),
    ];
    await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: list }));
    await kubectl(['wait', '--for=condition=Ready', 'pod/plain', '--timeout=60s']);
    await kubectl(['wait', '-n', 'kube-system', '--for=condition=Ready', 'pod/critical', '--timeout=60s']);
  }

  async function expectEnded(node: string): Promise<void> {
    expect(readFileSync(said(), 'utf8')).to.equal('plain\ncritical\n');
    expect(cluster.workloads(node)).to.deep.equal([]);
    for (const [namespace, name] of [
      ['default', 'plain'],
      ['kube-system', 'critical'],
    ] as const) {
      const { status } = JSON.parse(await kubectl(['get', 'pod', '-n', namespace, name, '-o', 'json']));
      expect(status).to.include({
        phase: 'Failed',
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
      });
      const condition = status.conditions.find(({ type }: { type: string }) => type === 'DisruptionTarget');
      expect(condition).to.include({ status: 'True', reason: 'TerminationByKubelet' });
      await kubectl(['delete', 'pod', '-n', namespace, name, '--force', '--grace-period=0']);
    }
    const { status } = JSON.parse(await kubectl(['get', 'node', node, '-o', 'json']));
    const ready = status.conditions.find(({ type }: { type: string }) => type === 'Ready');
    expect(ready.status).not.to.equal('True');
    writeFileSync(said(), '');
  }

  it('is none when the agent alone is stopped', async () => {
    const agent = await startAgent('a');
    await runPods('a');
    const before = cluster.workloads('a');
    expect(await agent.stop()).to.equal(0);
    const after = cluster.workloads('a');
    // A shim and a main process of each pod; what these start comes and goes.
    expect(before.filter((pid) => after.includes(pid))).to.have.lengthOf.at.least(4);
  });

  it('ends pods by their priority when systemd stops the agent with the board', async () => {
    const agent = await startAgent('a');
    writeFileSync(join(tools, 'state'), 'stopping\n');
    expect(await agent.stop()).to.equal(0);
    await expectEnded('a');
    writeFileSync(join(tools, 'state'), 'running\n');
  });

  it('ends static pods too, and they come back with the board', async () => {
    const manifests = join(cluster.agentDirectory('d'), 'manifests');
    mkdirSync(manifests, { recursive: true });
    const { metadata, spec } = pod('d', 'fixed', 'default', { nodeName: undefined });
    writeFileSync(
      join(manifests, 'fixed.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }),
    );
    const status = async () =>
      JSON.parse(await kubectl(['get', 'pod', 'fixed-d', '-o', 'json', '--ignore-not-found'])).status;
    const ready = (restarts: number) =>
      eventually(`it to be ready after ${restarts} restarts`, async () => {
        const { containerStatuses } = await status();
        const [container] = containerStatuses;
        return (container.ready && container.restartCount === restarts) || undefined;
      });
    let agent = await startAgent('d');
    await ready(0);
    for (const restarts of [1, 2]) {
      writeFileSync(join(tools, 'state'), 'stopping\n');
      expect(await agent.stop()).to.equal(0);
      writeFileSync(join(tools, 'state'), 'running\n');
      expect(cluster.workloads('d')).to.deep.equal([]);
      expect(await status()).to.include({ phase: 'Failed', reason: 'Terminated' });
      agent = await startAgent('d');
      await ready(restarts);
    }
    expect(readFileSync(said(), 'utf8')).to.equal('fixed\nfixed\n');
    expect(await status()).not.to.have.any.keys('reason', 'message');
    rmSync(join(manifests, 'fixed.json'));
    await eventually('it to go', () => cluster.podsOf('d') === 0 || undefined);
    await agent.stop();
    writeFileSync(said(), '');
  });

  it('leaves no lock behind when the agent is killed', async () => {
    const agent = await startAgent('a');
    const holder = await lockHolder();
    await agent.stop('SIGKILL');
    await eventually('the lock to be let go', () => !existsSync(`/proc/${holder}`) || undefined);
    const listening = () => processesNaming(join(tools, 'busctl'));
    await eventually('nobody to listen', () => listening().length === 0 || undefined);
  });

  it('ends them as soon as logind says so, and lets go of the lock then', async () => {
    await startAgent('b');
    await runPods('b');
    const holder = await lockHolder();
    prepareForShutdown(true);
    await eventually(
      'the last pod to end',
      () => readFileSync(said(), 'utf8') === 'plain\ncritical\n' || undefined,
    );
    await eventually('the hub to hear it', async () => {
      const { status } = JSON.parse(await kubectl(['get', 'node', 'b', '-o', 'json']));
      const ready = status.conditions.find(({ type }: { type: string }) => type === 'Ready');
      return ready.message === 'node is shutting down' || undefined;
    });
    await eventually('the critical pod to be reported', async () => {
      const phase = await kubectl([
        'get',
        'pod',
        '-n',
        'kube-system',
        'critical',
        '-o',
        'jsonpath={.status.phase}',
      ]);
      return phase === 'Failed' || undefined;
    });
    const late = JSON.stringify(pod('b', 'late', 'default', {}));
    await kubectl(['apply', '-f', '-'], late);
    await eventually('a pod that comes too late to be refused', async () => {
      const reason = await kubectl(['get', 'pod', 'late', '-o', 'jsonpath={.status.reason}']);
      return reason === 'NodeShutdown' || undefined;
    });
    expect(await kubectl(['get', 'pod', 'late', '-o', 'jsonpath={.status.message}'])).to.equal(
      'Pod was rejected: Pod was rejected as the node is shutting down.',
    );
    await eventually('the lock to be let go', () => !existsSync(`/proc/${holder}`) || undefined);
    await expectEnded('b');
  });

  it('is called off by `shutdown -c`: what has not ended runs on, and the node takes pods again', async () => {
    const agent = await startAgent('c', {
      shutdownGracePeriodByPodPriority: [
        { priority: 2_000_000_000, shutdownGracePeriodSeconds: 10 },
        { priority: 0, shutdownGracePeriodSeconds: 10 },
      ],
    });
    const slow = {
      ...{ name: 'c', image: 'host' },
      command: ['sh', '-c', `trap 'sleep 2; exit 0' TERM; while :; do sleep 0.05; done`],
    };
    const critical = pod('c', 'critical', 'kube-system', { priorityClassName: 'system-node-critical' });
    const plain = pod('c', 'plain', 'default', { containers: [slow] });
    const items = [critical, plain];
    await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const phaseOf = (name: string, namespace: string) =>
      kubectl(['get', 'pod', '-n', namespace, name, '-o', 'jsonpath={.status.phase}']);
    const readyOf = () =>
      kubectl(['get', 'node', 'c', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']);
    await kubectl(['wait', '--for=condition=Ready', 'pod/plain', '--timeout=60s']);
    await kubectl(['wait', '-n', 'kube-system', '--for=condition=Ready', 'pod/critical', '--timeout=60s']);
    const holder = readFileSync(join(tools, 'holder'), 'utf8').trim();

    prepareForShutdown(true);
    await eventually('the node to say so', async () => (await readyOf()) === 'False' || undefined);
    prepareForShutdown(false);
    await eventually('the node to be back', async () => (await readyOf()) === 'True' || undefined);
    await eventually(
      'the pod that was ending',
      async () => (await phaseOf('plain', 'default')) === 'Failed' || undefined,
    );
    expect(await phaseOf('critical', 'kube-system')).to.equal('Running');
    expect(readFileSync(said(), 'utf8')).to.equal('');
    expect(existsSync(`/proc/${holder}`), 'the lock is still held').to.equal(true);
    await kubectl(['apply', '-f', '-'], JSON.stringify(pod('c', 'next', 'default', {})));
    await kubectl(['wait', '--for=condition=Ready', 'pod/next', '--timeout=60s']);
    const events = await kubectl([
      ...['get', 'events', '-A', '--field-selector', 'reason=NodeShutdown,involvedObject.name=c'],
      ...['-o', 'jsonpath={.items[*].message}'],
    ]);
    expect(events).to.contain('detected shutdown event').and.to.contain('detected cancelled event');

    // It can go down a second time, and then does.
    prepareForShutdown(true);
    await eventually(
      'the critical pod to end',
      () => readFileSync(said(), 'utf8').endsWith('critical\n') || undefined,
    );
    await eventually('the lock to be let go', () => !existsSync(`/proc/${holder}`) || undefined);
    await agent.stop('SIGKILL');
    await eventually(
      'nothing to listen any more',
      () => processesNaming(join(tools, 'busctl')).length === 0 || undefined,
    );
  });
});
