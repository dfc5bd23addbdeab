// When a board runs short: what counts as short, who goes, in which words, and that it neither flaps nor goes on for ever.

import { expect } from 'chai';
import { EvictionManager } from '../../../edge-agent/kubelet/eviction/eviction-manager.ts';
import {
  type Candidate,
  type Eviction,
  planEviction,
  refusal,
} from '../../../edge-agent/kubelet/eviction/plan-eviction.ts';
import { memoryOf, processesOf } from '../../../edge-agent/kubelet/eviction/read-signals.ts';
import {
  defaultEvictionHard,
  evictionThresholds,
  metThresholds,
  type Pressure,
  parseGracePeriods,
  parseReclaims,
  parseThresholds,
  type Signals,
  type Threshold,
} from '../../../edge-agent/kubelet/eviction/thresholds.ts';
import type { Container, PodSpec } from '../../../shared/api/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { podOf } from '../../support/memory-desired-state.ts';

const mebi = 2 ** 20;
const thresholds = parseThresholds(defaultEvictionHard);
const memory = (available: number): Signals => ({
  'memory.available': { available: available * mebi, capacity: 1024 * mebi },
});

function pod(name: string, request: string | undefined, more: Partial<PodSpec> = {}) {
  const container: Container = {
    name: 'c',
    ...(request && { resources: { requests: { memory: request } } }),
  };
  return podOf({ containers: [container], ...more }, { name });
}
const candidate = (
  of: ReturnType<typeof pod>,
  usedMebi: number,
  more: Partial<Candidate> = {},
): Candidate => ({
  ...{
    pod: of,
    memory: new Map([['c', usedMebi * mebi]]),
    disk: { bytes: 0, inodes: 0 },
    containerDisk: new Map(),
    processes: 1,
  },
  ...more,
});

describe('thresholds of eviction', () => {
  it('are read as the kubelet spells them', () => {
    expect(parseThresholds('memory.available<50Mi, nodefs.available<12.5%')).to.deep.equal([
      { signal: 'memory.available', least: { amount: 50 * mebi } },
      { signal: 'nodefs.available', least: { share: 0.125 } },
    ]);
    expect(parseThresholds('')).to.deep.equal([]);
  });
  for (const bad of [
    'memory',
    'memory.free<1Mi',
    'memory.available<x',
    'memory.available<100%',
    'memory.available>1Mi',
  ]) {
    it(`say what is right instead of ${bad}`, () => {
      expect(() => parseThresholds(bad)).to.throw(/must be (SIGNAL<LIMIT|a quantity)/);
    });
  }
  const texts = { hard: '', soft: '', softGracePeriod: '', minimumReclaim: '' };
  it('may be soft, with a grace period, and may want more to be reclaimed', () => {
    const all = evictionThresholds({
      hard: 'memory.available<50Mi,nodefs.available<10%',
      soft: 'memory.available<100Mi',
      softGracePeriod: 'memory.available=1m30s',
      minimumReclaim: 'nodefs.available=5%',
    });
    expect(all).to.deep.equal([
      { signal: 'memory.available', least: { amount: 50 * mebi } },
      { signal: 'nodefs.available', least: { share: 0.1 }, reclaim: { share: 0.05 } },
      { signal: 'memory.available', least: { amount: 100 * mebi }, graceMs: 90_000 },
    ]);
  });
  it('need one grace period for each soft one, and no other', () => {
    const soft = 'memory.available<100Mi';
    expect(() => evictionThresholds({ ...texts, soft })).to.throw(
      'evictionSoftGracePeriod: must name memory.available, of which evictionSoft speaks',
    );
    expect(() => evictionThresholds({ ...texts, softGracePeriod: 'pid.available=1m' })).to.throw(
      'evictionSoftGracePeriod: pid.available: evictionSoft has no threshold of it',
    );
    expect(() => parseGracePeriods('memory.available=soon')).to.throw('must be a duration such as 1m30s');
    expect(() => parseReclaims('memory.available<1Mi')).to.throw('must be SIGNAL=LIMIT');
  });
  it('are met below, not at, their limit', () => {
    expect(metThresholds(thresholds, memory(100))).to.deep.equal([]);
    expect(metThresholds(thresholds, memory(99.9))).to.have.length(1);
    const disk = (available: number): Signals => ({ 'nodefs.available': { available, capacity: 1000 } });
    expect(metThresholds(thresholds, disk(100))).to.deep.equal([]);
    expect(metThresholds(thresholds, disk(99))[0]).to.include({
      signal: 'nodefs.available',
      leastAmount: 100,
    });
  });
  it('are measured from /proc', () => {
    expect(memoryOf('MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  500 kB\n')).to.deep.equal({
      'memory.available': { available: 512_000, capacity: 1_024_000 },
    });
    expect(memoryOf('')).to.deep.equal({});
    expect(processesOf('0.20 0.18 0.12 1/80 11206\n', '32768\n')).to.deep.equal({
      'pid.available': { available: 32_688, capacity: 32_768 },
    });
  });
});

describe('whom a board gives up', () => {
  const [short] = metThresholds(thresholds, memory(50));
  const chosen = (...candidates: Candidate[]) => short && planEviction(short, candidates)?.uid;

  it('first who uses more than it asked for, then who matters less, then who uses more', () => {
    const within = candidate(pod('within', '200Mi'), 150);
    const above = candidate(pod('above', '10Mi', { priority: 100 }), 60);
    const best = candidate(pod('best-effort', undefined, { priority: 50 }), 20);
    const greedier = candidate(pod('greedier', undefined, { priority: 50 }), 30);
    expect(chosen(within, above, best, greedier)).to.equal(greedier.pod.metadata.uid);
    expect(chosen(within, above)).to.equal(above.pod.metadata.uid);
    expect(chosen(within)).to.equal(within.pod.metadata.uid);
  });

  it('never what the cluster cannot be without', () => {
    const critical = candidate(pod('critical', undefined, { priority: 2_000_000_000 }), 500);
    const fixed = pod('static', undefined);
    const annotations = { 'kubernetes.io/config.source': 'file' };
    const ofFile = { ...fixed, metadata: { ...fixed.metadata, annotations } };
    expect(chosen(critical, candidate(ofFile, 500))).to.equal(undefined);
  });

  it('the one with most files where those run short', () => {
    const [few] = metThresholds(thresholds, { 'imagefs.inodesFree': { available: 1, capacity: 1000 } });
    const large = candidate(pod('large', undefined), 1, { disk: { bytes: 9000, inodes: 1 } });
    const many = candidate(pod('many', undefined), 1, { disk: { bytes: 9, inodes: 70 } });
    const eviction = few && planEviction(few, [large, many]);
    expect(eviction).to.deep.equal({
      uid: many.pod.metadata.uid,
      message: 'The node was low on resource: inodes. Threshold quantity: 50, available: 1. ',
      graceSeconds: 1,
    });
  });

  it('in the words of the kubelet', () => {
    const [eviction] = [candidate(pod('p', '10Mi'), 30)].map((one) => short && planEviction(short, [one]));
    expect(eviction?.message).to.equal(
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
        'Container c was using 30Mi, request is 10Mi, has larger consumption of memory. ',
    );
    const containerDisk = new Map([['c', 3 * mebi]]);
    const [disk] = metThresholds(thresholds, {
      'nodefs.available': { available: mebi, capacity: 100 * mebi },
    });
    expect(
      disk && planEviction(disk, [candidate(pod('p', undefined), 1, { containerDisk })])?.message,
    ).to.equal(
      'The node was low on resource: ephemeral-storage. Threshold quantity: 10Mi, available: 1Mi. ' +
        'Container c was using 3Mi, request is 0, has larger consumption of ephemeral-storage. ',
    );
  });
});

describe('who is let in while the board is short', () => {
  const of = (...pressures: Pressure[]) => new Set(pressures);
  it('of memory: all but those that ask for nothing, and those too that tolerate it', () => {
    const tolerations = [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }];
    expect(refusal(pod('p', '1Mi'), of('MemoryPressure'))).to.equal(undefined);
    expect(refusal(pod('p', undefined), of())).to.equal(undefined);
    expect(refusal(pod('p', undefined, { tolerations }), of('MemoryPressure'))).to.equal(undefined);
    expect(refusal(pod('p', undefined), of('MemoryPressure'))).to.equal(
      'The node had condition: [MemoryPressure]. ',
    );
  });
  it('of disk: only those that the cluster cannot be without', () => {
    expect(refusal(pod('p', '1Mi'), of('DiskPressure'))).to.contain('[DiskPressure]');
    expect(refusal(pod('p', undefined, { priority: 2_000_001_000 }), of('DiskPressure'))).to.equal(undefined);
  });
});

describe('the keeping of room on a board', () => {
  let clock: FakeClock;
  let signals: Signals;
  let candidates: Candidate[];
  let evicted: Eviction[];
  let reclaimed: number;
  let onReclaim: () => void;
  let words: string[];
  let changes: string[];
  let manager: EvictionManager;
  const made = (of: readonly Threshold[]) =>
    new EvictionManager({
      thresholds: of,
      maxPodGraceSeconds: 20,
      signals: async () => signals,
      candidates: async () =>
        candidates.filter((one) => !evicted.some(({ uid }) => uid === one.pod.metadata.uid)),
      evict: async (eviction) => void evicted.push(eviction),
      reclaimDisk: async () => {
        reclaimed += 1;
        onReclaim();
      },
      warn: (reason, message) => words.push(`${reason} ${message}`),
      onChange: () => changes.push([...manager.pressures].join()),
      ...{ clock, log: createLog('test', 'silent') },
    });

  beforeEach(async () => {
    clock = new FakeClock();
    signals = memory(500);
    candidates = [candidate(pod('p', undefined), 10)];
    [evicted, words, changes, reclaimed] = [[], [], [], 0];
    onReclaim = () => {};
    manager = made(thresholds);
    await manager.start();
  });
  afterEach(() => manager.stop());

  it('gives up one pod at a time, and nobody when all is well', async () => {
    await clock.advance(60_000);
    expect([evicted, words, changes]).to.deep.equal([[], [], []]);
    candidates.push(candidate(pod('q', undefined), 20));
    signals = memory(50);
    await clock.advance(10_000);
    expect(evicted).to.have.length(1);
    expect(words).to.deep.equal(['EvictionThresholdMet Attempting to reclaim memory']);
    signals = memory(500);
    await clock.advance(60_000);
    expect(evicted).to.have.length(1);
  });

  it('says a pressure for five minutes after it was last seen', async () => {
    signals = memory(50);
    candidates = [];
    await clock.advance(10_000);
    signals = memory(500);
    await clock.advance(290_000);
    expect(changes).to.deep.equal(['MemoryPressure']);
    await clock.advance(20_000);
    expect(changes).to.deep.equal(['MemoryPressure', '']);
  });

  it('waits for the grace period of a soft threshold, which begins anew after a better time', async () => {
    await manager.stop();
    manager = made(
      evictionThresholds({
        ...{ hard: '', soft: 'memory.available<100Mi', softGracePeriod: 'memory.available=1m' },
        minimumReclaim: '',
      }),
    );
    await manager.start();
    signals = memory(50);
    await clock.advance(50_000);
    expect(changes).to.deep.equal(['MemoryPressure']);
    signals = memory(500);
    await clock.advance(10_000);
    signals = memory(50);
    await clock.advance(60_000);
    expect(evicted).to.deep.equal([]);
    await clock.advance(10_000);
    expect(evicted.map(({ graceSeconds }) => graceSeconds)).to.deep.equal([20]);
  });

  it('goes on until as much is reclaimed as is wanted', async () => {
    await manager.stop();
    const texts = { hard: 'memory.available<100Mi', soft: '', softGracePeriod: '' };
    manager = made(evictionThresholds({ ...texts, minimumReclaim: 'memory.available=50Mi' }));
    await manager.start();
    candidates.push(candidate(pod('q', undefined), 20), candidate(pod('r', undefined), 30));
    signals = memory(120);
    await clock.advance(10_000);
    expect(evicted).to.have.length(0);
    signals = memory(90);
    await clock.advance(10_000);
    signals = memory(120);
    await clock.advance(10_000);
    expect(evicted).to.have.length(2);
    signals = memory(160);
    await clock.advance(30_000);
    signals = memory(120);
    await clock.advance(30_000);
    expect(evicted).to.have.length(2);
  });

  it('removes images before it ends a pod for want of disk', async () => {
    const disk = (available: number): Signals => ({ 'nodefs.available': { available, capacity: 1000 } });
    signals = disk(50);
    onReclaim = () => {
      signals = disk(500);
    };
    await clock.advance(10_000);
    expect([reclaimed, evicted.length]).to.deep.equal([1, 0]);
    onReclaim = () => {};
    signals = disk(50);
    await clock.advance(10_000);
    expect([reclaimed, evicted.length]).to.deep.equal([2, 1]);
  });
});
