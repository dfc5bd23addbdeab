// When a probe turns its verdict: delays, periods and thresholds.

import { expect } from 'chai';
import { type ProbeKind, ProbeWorker } from '../../../edge-agent/kubelet/probes/probe-worker.ts';
import type { Probe, ProbeResult } from '../../../edge-agent/kubelet/probes/run-probe.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const outcomes: Record<string, ProbeResult['outcome']> = { '+': 'success', '-': 'failure', '!': 'error' };

/** Answers by the letters of `answers`, the last one for ever; notes what is told. */
async function play(kind: ProbeKind, probe: Probe, answers: string, seconds: number, runningForMs = 0) {
  const clock = new FakeClock();
  const told: string[] = [];
  let asked = 0;
  const worker = new ProbeWorker({
    ...{ kind, probe, runningForMs, clock },
    initial: kind === 'liveness',
    run: async () => {
      const letter = answers[Math.min(asked, answers.length - 1)] ?? '+';
      asked += 1;
      return { outcome: outcomes[letter] ?? 'error', output: '' };
    },
    failed: () => told.push(`failed at ${clock.monotonic() / 1000}`),
    turned: (healthy) => told.push(`${healthy ? 'healthy' : 'unhealthy'} at ${clock.monotonic() / 1000}`),
  });
  worker.start();
  await clock.advance(seconds * 1000);
  const left = clock.timers;
  worker.stop();
  return { told, asked, left };
}

describe('a probe', () => {
  it('asks at once and then every period', async () => {
    expect((await play('liveness', { periodSeconds: 2 }, '+', 9)).asked).to.equal(5);
  });
  it('asks every ten seconds by default', async () => {
    expect((await play('liveness', {}, '+', 35)).asked).to.equal(4);
  });
  it('waits for its initial delay', async () => {
    const { told } = await play('readiness', { initialDelaySeconds: 5, periodSeconds: 10 }, '+', 20);
    expect(told).to.deep.equal(['healthy at 5']);
  });
  it('counts the delay from the start of the container', async () => {
    const { told } = await play('readiness', { initialDelaySeconds: 5, periodSeconds: 10 }, '+', 20, 4000);
    expect(told).to.deep.equal(['healthy at 1']);
  });
  it('readiness turns with its thresholds, to and fro', async () => {
    const probe = { periodSeconds: 1, failureThreshold: 2, successThreshold: 2 };
    const { told } = await play('readiness', probe, '++-+--++', 9);
    const turns = told.filter((line) => !line.startsWith('failed'));
    expect(turns).to.deep.equal(['healthy at 1', 'unhealthy at 5', 'healthy at 7']);
  });
  it('says every failure, also those that do not turn it', async () => {
    const { told } = await play('readiness', { periodSeconds: 1 }, '+-+', 3);
    expect(told).to.deep.equal(['healthy at 0', 'failed at 1']);
  });
  it('liveness fails once, after three failures in a row by default, and asks no more', async () => {
    const { told, left } = await play('liveness', { periodSeconds: 1 }, '--+---', 20);
    expect(told.at(-1)).to.equal('unhealthy at 5');
    expect(told.filter((line) => line.startsWith('unhealthy'))).to.have.lengthOf(1);
    expect(left).to.equal(0);
  });
  it('startup ends with its first success', async () => {
    const { told, left } = await play('startup', { periodSeconds: 1, failureThreshold: 30 }, '---+', 20);
    expect(told.at(-1)).to.equal('healthy at 3');
    expect(left).to.equal(0);
  });
  it('startup fails after its threshold', async () => {
    const { told } = await play('startup', { periodSeconds: 1, failureThreshold: 3 }, '-', 20);
    expect(told.at(-1)).to.equal('unhealthy at 2');
  });
  it('that cannot be tried turns nothing', async () => {
    const { told } = await play('liveness', { periodSeconds: 1, failureThreshold: 1 }, '!', 5);
    expect(told.every((line) => line.startsWith('failed'))).to.equal(true);
  });
});
