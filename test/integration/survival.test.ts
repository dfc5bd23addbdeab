// What must survive: workloads a dead agent, a dead hub, and both; the cluster a dead node.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { deployments, type Node, nodes, type Pod, pods } from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { type Client, createClient } from '../../shared/client/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { commandOf, eventually, processesNaming, TestCluster } from '../support/cluster.ts';
import { sleeper } from '../support/manifests.ts';

/** Seconds; short, so that a lost node is found to be lost while the test looks. */
const graceSeconds = 10;
const leaseSeconds = 2;
/** Milliseconds; a broken connection tells of itself. */
const soonerThanByLease = (graceSeconds - leaseSeconds) * 1000;

describe('survival', function () {
  this.timeout(180_000);
  const cluster = new TestCluster();
  const hubConfig = join(cluster.directory, 'hub.yaml');
  const agentConfig = join(cluster.directory, 'agent.yaml');
  let transport: HttpTransport;
  let client: Client;

  before(async () => {
    writeFileSync(hubConfig, `nodeGraceSeconds: ${graceSeconds}\n`);
    writeFileSync(agentConfig, `leaseSeconds: ${leaseSeconds}\n`);
    await startHub();
    await Promise.all([startAgent('pi-1'), startAgent('pi-2')]);
    transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken });
    client = createClient(transport);
    await client.create(deployments, sleeper('app', 4));
    await running(4);
  });

  after(async () => {
    transport?.close();
    await cluster.close();
    expect(processesNaming(cluster.directory)).to.deep.equal([]);
  });

  const startHub = () => cluster.startHub({ args: ['--config', hubConfig] });
  const startAgent = (name: string, wait = true) =>
    cluster.startAgent(name, { wait, args: ['--config', agentConfig] });

  const allPods = async () =>
    (await client.list(pods, { namespace: 'default', labelSelector: 'app=app' })).items;

  const isRunning = ({ metadata, status }: Live<Pod>) =>
    !metadata.deletionTimestamp &&
    status?.phase === 'Running' &&
    (status.containerStatuses ?? []).every(({ ready }) => ready);

  /** Waits until exactly so many pods are there, all running. */
  function running(count: number, where: (pod: Live<Pod>) => boolean = () => true): Promise<Live<Pod>[]> {
    return eventually(
      `${count} running pods`,
      async () => {
        const all = (await allPods()).filter(where);
        return all.length === count && all.every(isRunning) ? all : undefined;
      },
      60_000,
    );
  }

  const restarts = (all: readonly Pod[]) =>
    all.reduce((sum, { status }) => sum + (status?.containerStatuses?.[0]?.restartCount ?? 0), 0);

  const node = (name: string) => client.get(nodes, { name });
  const condition = (of: Node, type: string) =>
    of.status?.conditions?.find((each) => each.type === type)?.status;

  /** Waits until the node's condition Connected reads so. */
  async function connected(name: string, status: 'True' | 'False', within = 30_000): Promise<void> {
    const look = async () => (condition(await node(name), 'Connected') === status ? true : undefined);
    await eventually(`Connected of ${name} is ${status}`, look, within);
  }

  /** Pids of the workloads' own processes, of one agent or of all. */
  function sleepers(name?: string): number[] {
    return cluster
      .workloads(name)
      .filter((pid) => commandOf(pid) === 'sleep')
      .sort((a, b) => a - b);
  }

  /** The process of a pod's container. */
  function processOf(pod: Live<Pod> | undefined): number | undefined {
    const id = pod?.status?.containerStatuses?.[0]?.containerID?.replace('process://', '');
    return id
      ? processesNaming(`KELP_CONTAINER_ID=${id}`).find((pid) => commandOf(pid) === 'sleep')
      : undefined;
  }

  function kill(pid: number | undefined, signal: NodeJS.Signals): void {
    if (!pid || pid < 2) throw new Error('there is no process to kill');
    process.kill(pid, signal);
  }

  it('restarts a workload that is killed, and counts it', async () => {
    const [victim = 0] = sleepers();
    kill(victim, 'SIGKILL');
    const all = await eventually('one restart', async () => {
      const now = await allPods();
      return restarts(now) === 1 && now.every(isRunning) ? now : undefined;
    });
    const killed = all.find(({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    expect(killed?.status?.containerStatuses?.[0]?.lastState?.terminated).to.include({
      exitCode: 137,
      reason: 'Error',
    });
    expect(sleepers()).to.have.length(4);
    expect(sleepers()).not.to.include(victim);
  });

  it('waits longer before each further restart', async () => {
    const restarted = (await allPods()).find(
      ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1,
    );
    kill(processOf(restarted), 'SIGKILL');
    const waiting = await eventually('back-off', async () => {
      const pod = (await allPods()).find(({ metadata }) => metadata.uid === restarted?.metadata.uid);
      return pod?.status?.containerStatuses?.[0]?.state?.waiting;
    });
    expect(waiting.reason).to.equal('CrashLoopBackOff');
    expect(waiting.message).to.match(/^back-off 10s restarting failed container=sleeper pod=/);
    expect(restarts(await running(4))).to.equal(2);
  });

  it('keeps the same processes over kill -9 of the agent, and counts no restart', async () => {
    const before = sleepers();
    const counted = restarts(await allPods());
    await cluster.agents.get('pi-1')?.stop('SIGKILL');
    await connected('pi-1', 'False', soonerThanByLease);
    expect(sleepers()).to.deep.equal(before);
    await startAgent('pi-1');
    await connected('pi-1', 'True');
    const all = await running(4);
    expect(sleepers()).to.deep.equal(before);
    expect(restarts(all)).to.equal(counted);
  });

  it('keeps the exit code of a container that ends while its agent is down', async () => {
    const on1 = (await running(4)).filter(({ spec }) => spec?.nodeName === 'pi-1');
    const [pod] = on1;
    const before = pod?.status?.containerStatuses?.[0]?.restartCount ?? 0;
    await cluster.agents.get('pi-1')?.stop('SIGKILL');
    kill(processOf(pod), 'SIGTERM');
    await eventually('it has ended', () => (processOf(pod) ? undefined : true));
    await startAgent('pi-1');
    const after = await eventually('it was restarted', async () => {
      const now = await client.get(pods, { namespace: 'default', name: pod?.metadata.name ?? '' });
      return now.status?.containerStatuses?.[0]?.restartCount === before + 1 ? now : undefined;
    });
    expect(after.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).to.equal(143);
    await running(4);
  });

  it('goes on after kill -9 of the hub: workloads untouched, state back, changes flow again', async () => {
    const before = sleepers();
    const uids = (await allPods()).map(({ metadata }) => metadata.uid).sort();
    await cluster.hub.stop('SIGKILL');
    expect(sleepers()).to.deep.equal(before);
    await startHub();
    expect((await allPods()).map(({ metadata }) => metadata.uid).sort()).to.deep.equal(uids);
    await client.patch(deployments, { namespace: 'default', name: 'app' }, 'application/merge-patch+json', {
      spec: { replicas: 5 },
    });
    await running(5);
    for (const pid of before) expect(sleepers()).to.include(pid);
  });

  it('starts its pods again with no hub in reach', async () => {
    const wanted = (await running(5)).filter(({ spec }) => spec?.nodeName === 'pi-2').length;
    await cluster.hub.stop('SIGKILL');
    await cluster.agents.get('pi-2')?.stop('SIGKILL');
    const theirs = () => sleepers('pi-2');
    for (const pid of theirs()) kill(pid, 'SIGKILL');
    await eventually('they have ended', () => (theirs().length === 0 ? true : undefined));
    await startAgent('pi-2', false);
    await eventually('they run again, without a hub', () => (theirs().length === wanted ? true : undefined));
    await startHub();
    await running(5);
  });

  it('takes a node back that was silent for too long, though its agent never noticed', async () => {
    const before = await running(5);
    const agent = cluster.agents.get('pi-1');
    agent?.child.kill('SIGSTOP');
    const ready = async (status: string) =>
      condition(await node('pi-1'), 'Ready') === status ? true : undefined;
    await eventually('Ready is Unknown', () => ready('Unknown'));
    agent?.child.kill('SIGCONT');
    await eventually('Ready is True', () => ready('True'));
    const kept = (await allPods()).filter(({ spec }) => spec?.nodeName === 'pi-1');
    await running(5);
    expect(before.map(({ metadata }) => metadata.uid)).to.include.members(
      kept.map(({ metadata }) => metadata.uid),
    );
  });

  it('replaces the pods of a node that stays away, and keeps no duplicate when it comes back', async () => {
    await connected('pi-1', 'True');
    await eventually('it is ready', async () =>
      condition(await node('pi-1'), 'Ready') === 'True' ? true : undefined,
    );
    const kept = sleepers('pi-1');
    await cluster.agents.get('pi-1')?.stop('SIGKILL');
    await connected('pi-1', 'False', soonerThanByLease);
    expect(condition(await node('pi-1'), 'Ready')).to.equal('True');
    await eventually(
      'Ready is Unknown by its lease',
      async () => (condition(await node('pi-1'), 'Ready') === 'Unknown' ? true : undefined),
      30_000,
    );
    await running(5, ({ spec, metadata }) => spec?.nodeName === 'pi-2' && !metadata.deletionTimestamp);
    await startAgent('pi-1');
    await running(5);
    expect((await allPods()).every(({ spec }) => spec?.nodeName === 'pi-2')).to.equal(true);
    await eventually('the old processes are gone', () =>
      kept.some((pid) => sleepers().includes(pid)) ? undefined : true,
    );
    expect(sleepers()).to.have.length(5);
  });

  it('removes every process of a deleted Deployment', async () => {
    await client.delete(deployments, { namespace: 'default', name: 'app' });
    await eventually('no pods', async () => ((await allPods()).length === 0 ? true : undefined));
    await eventually('no processes', () => (sleepers().length === 0 ? true : undefined));
  });
});
