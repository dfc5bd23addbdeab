// What a node says of its use: rates between two looks, and only when somebody asks.

import { expect } from 'chai';
import { type BoardStats, UsageSampler } from '../../../edge-agent/kubelet/stats/usage-sampler.ts';
import { busySeconds } from '../../../edge-agent/node/board-stats.ts';
import type { ContainerUsage, Runtime, RuntimeContainer } from '../../../edge-agent/runtime/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

/** A board whose use the test sets, and how often it was looked at. */
class Board {
  readonly clock = new FakeClock();
  stats: BoardStats = { cpuSeconds: 100, memoryBytes: 500, memoryAvailableBytes: 1500 };
  used: ContainerUsage[] = [];
  looks = 0;
  readonly sampler = new UsageSampler({
    runtimes: [{ usage: async () => this.used } as Partial<Runtime> as Runtime],
    containers: async () =>
      this.used.map(({ id }) => ({ container: running(id), runtime: {} as Partial<Runtime> as Runtime })),
    boardStats: async () => {
      this.looks += 1;
      return this.stats;
    },
    nodeName: 'pi-1',
    clock: this.clock,
  });

  /** CPU seconds from now on. */
  set(board: number, containers: Record<string, number>): void {
    this.stats = { ...this.stats, cpuSeconds: board };
    this.used = Object.entries(containers).map(([id, cpuSeconds]) => ({ id, cpuSeconds, memoryBytes: 2048 }));
  }

  /** The node's use and that of each container, in cores. */
  async cores(): Promise<Record<string, number>> {
    const { node, pods } = await this.sampler.summary();
    const containers = pods.flatMap((pod) =>
      pod.containers.map(({ name, cpu }) => [`${pod.podRef.name}/${name}`, cpu.usageNanoCores / 1e9]),
    );
    return Object.fromEntries([['node', node.cpu.usageNanoCores / 1e9], ...containers]);
  }
}

function running(id: string): RuntimeContainer {
  const [podName = '', name = ''] = id.split('.');
  return {
    id,
    podUid: `uid of ${podName}`,
    podName,
    podNamespace: 'default',
    name,
    attempt: 0,
    image: 'host',
    imageId: 'host',
    specHash: '',
    state: 'running',
    startedAt: 0,
  };
}

describe("a node's use", () => {
  it('is measured over a second where nobody has asked before', async () => {
    const board = new Board();
    board.set(100, { 'web.c': 10 });
    const asked = board.cores();
    await settle();
    board.set(100.5, { 'web.c': 10.25 });
    await board.clock.advance(1000);
    expect(await asked).to.deep.equal({ node: 0.5, 'web/c': 0.25 });
  });

  it('is measured since the last question, where that is not long ago', async () => {
    const board = new Board();
    board.set(100, { 'web.c': 10 });
    const first = board.cores();
    await settle();
    await board.clock.advance(1000);
    await first;
    await board.clock.advance(20_000);
    board.set(120, { 'web.c': 20, 'new.c': 5 });
    expect(await board.cores()).to.deep.equal({ node: 1, 'web/c': 0.5, 'new/c': 0.25 });
    expect((await board.sampler.summary()).windowMs).to.equal(20_000);
  });

  it('is looked at once for all who ask within a second, and never unasked', async () => {
    const board = new Board();
    const asked = [board.cores(), board.cores()];
    await settle();
    await board.clock.advance(1000);
    await Promise.all([...asked, board.cores()]);
    expect(board.looks).to.equal(2);
    await board.clock.advance(3_600_000);
    expect(board.looks).to.equal(2);
    expect(board.clock.timers).to.equal(0);
  });

  it('is never less than nothing, when counters begin anew', async () => {
    const board = new Board();
    board.set(100, { 'web.c': 10 });
    const asked = board.cores();
    await settle();
    board.set(1, { 'web.c': 1 });
    await board.clock.advance(1000);
    expect(await asked).to.deep.equal({ node: 0, 'web/c': 0 });
  });
});

describe('/proc/stat', () => {
  it('says how long the cores were busy: neither idle nor waiting', () => {
    const text = 'cpu  100 20 30 9999 777 4 5 6 70 8\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    expect(busySeconds(text)).to.equal(1.65);
    expect(busySeconds('')).to.equal(0);
  });
});
