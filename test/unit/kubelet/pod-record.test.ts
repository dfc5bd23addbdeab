// What is remembered of a pod on a board that learns the time late: delays and ages are counted by a clock that does not jump.

import { expect } from 'chai';
import { EventRecorder } from '../../../edge-agent/kubelet/pod-events.ts';
import { PodRecord } from '../../../edge-agent/kubelet/pod-record.ts';
import { Prober } from '../../../edge-agent/kubelet/probes/prober.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryDesiredState, podOf } from '../../support/memory-desired-state.ts';
import { container, exited } from '../../support/observed-pod.ts';

const room = { whole: { cpuMillis: 1, memoryBytes: 1 }, free: { cpuMillis: 1, memoryBytes: 1 } };

describe('what is remembered of a pod on a board that begins in 1970', () => {
  let clock: FakeClock;
  let record: PodRecord;
  let prober: Prober;

  beforeEach(() => {
    clock = new FakeClock(5_000);
    const pod = podOf({ containers: [container('c')], activeDeadlineSeconds: 60 });
    record = new PodRecord({ pod, runtime: undefined, clock });
    const events = new EventRecorder({ reporter: new MemoryDesiredState(), nodeName: 'pi', clock });
    prober = new Prober({ clock, events, turned: () => undefined });
  });

  it('is no older for the time that was learnt', async () => {
    await clock.advance(2_000);
    clock.setWall('2026-01-01T00:00:00Z');
    await clock.advance(3_000);
    expect(record.observe([], prober, room).activeForMs).to.equal(5_000);
  });

  it('backs off as long as it was said', async () => {
    const ended = exited('c', 1);
    record.setBack('c', 'CrashLoopBackOff', '', () => 10_000);
    record.observe([ended], prober, room);
    clock.setWall('2026-01-01T00:00:00Z');
    await clock.advance(4_000);
    const seen = record.observe([ended], prober, room);
    expect(seen.setbacks.get('c')?.retryInMs).to.equal(6_000);
    expect(seen.containers[0]?.exitedForMs).to.equal(4_000);
  });

  it('waits for nothing where another image is to run', () => {
    const pod = podOf({ containers: [container('c'), container('d')] });
    const of = new PodRecord({ pod, runtime: undefined, clock });
    for (const name of ['c', 'd']) of.setBack(name, 'ImagePullBackOff', '', () => 300_000);
    of.pod = { ...pod, spec: { containers: [{ ...container('c'), image: 'other' }, container('d')] } };
    const { setbacks } = of.observe([], prober, room);
    expect([...setbacks.keys()]).to.deep.equal(['d']);
  });

  it('began when the time was known, if an earlier agent noted no such time', () => {
    clock.setWall('2026-01-01T00:00:00Z');
    const { pod } = record;
    const again = new PodRecord({ pod, runtime: undefined, clock, startedAt: 5_000 });
    expect(again.startedAt).to.equal(clock.now());
    expect(again.observe([], prober, room).activeForMs).to.equal(0);
  });
});
