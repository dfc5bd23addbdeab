// Who leads: one candidate at a time, the next after silence, and a fence for those who don't know yet that they lost.

import { expect } from 'chai';
import { type Lease, leases } from '../../../shared/api/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { createClient, LeaderElection, type Term, type Transport } from '../../../shared/client/index.ts';
import { admin, startApiServer } from '../../support/apiserver.ts';
import { until } from '../../support/until.ts';

const lease = { namespace: 'kube-system', name: 'leader' };

interface Candidate {
  election: LeaderElection;
  /** The terms that it leads now; the last one is never removed from `led`. */
  leading: Set<Term>;
  led: Term[];
  /** Its requests fail from now on. */
  cutOff(): void;
}

async function withCandidates(
  names: readonly string[],
  play: (world: {
    candidates: Record<string, Candidate>;
    of(name: string): Candidate;
    lease(): Promise<Lease>;
    version(): Promise<string>;
    /** Moves time on until that holds. */
    advanceUntil(what: string, holds: () => boolean): Promise<void>;
    advance(ms: number): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const { api, clock, must, stop } = await startApiServer();
  const transport = api.transport(admin);
  const candidates = Object.fromEntries(
    names.map((identity) => {
      let cut = false;
      const shaky: Transport = {
        request: async (request) => {
          if (cut) throw new Error('connection lost');
          return transport.request(request);
        },
        listWatch: (scope, handlers) => transport.listWatch(scope, handlers),
      };
      const leading = new Set<Term>();
      const led: Term[] = [];
      const election = new LeaderElection({
        ...{ client: createClient(shaky), clock, log: createLog('test', 'silent'), lease, identity },
        lead: async (term) => {
          leading.add(term);
          led.push(term);
          await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
          leading.delete(term);
        },
      });
      const cutOff = () => {
        cut = true;
      };
      return [identity, { election, leading, led, cutOff }];
    }),
  );
  const of = (name: string) => {
    const candidate = candidates[name];
    if (!candidate) throw new Error(`no candidate ${name}`);
    return candidate;
  };
  try {
    for (const { election } of Object.values(candidates)) election.start();
    await play({
      candidates,
      of,
      lease: async () => createClient(transport).get(leases, lease),
      version: async () =>
        (await must('GET', '/api/v1/namespaces/kube-system/configmaps/leader-term')).metadata.resourceVersion,
      advanceUntil: async (what, holds) => {
        await until(what, async () => {
          if (!holds()) await clock.advance(500);
          return holds();
        });
      },
      advance: (ms) => clock.advance(ms),
    });
  } finally {
    await Promise.all(Object.values(candidates).map(({ election }) => election.stop()));
    await stop();
  }
}

describe('the election of a leader', () => {
  it('makes one of several candidates lead, and keeps it while it renews', () =>
    withCandidates(['a', 'b', 'c'], async ({ candidates, advanceUntil, advance, lease: read }) => {
      const leaders = () => Object.values(candidates).filter(({ leading }) => leading.size > 0);
      await advanceUntil('a leader', () => leaders().length > 0);
      const first = leaders();
      for (let seconds = 0; seconds < 60; seconds++) {
        await advance(1_000);
        expect(leaders()).to.deep.equal(first);
      }
      expect(Object.values(candidates).flatMap(({ led }) => led)).to.have.length(1);
      expect((await read()).spec).to.include({ leaseDurationSeconds: 10 });
    }));

  it('passes on when the leader falls silent, not before its Lease has run out', () =>
    withCandidates(['a', 'b'], async ({ of, advanceUntil, advance, version }) => {
      await advanceUntil('a leader', () => of('a').leading.size + of('b').leading.size > 0);
      const [first, second] = of('a').leading.size > 0 ? [of('a'), of('b')] : [of('b'), of('a')];
      const fence = first.led[0]?.fence.resourceVersion;
      expect(await version()).to.equal(fence);
      first.cutOff();
      await advance(6_000);
      expect(second.leading.size).to.equal(0);
      await advanceUntil('the next leader', () => second.leading.size > 0);
      expect(first.leading.size, 'it gave up by itself before').to.equal(0);
      expect(await version(), 'what the old one writes is refused').not.to.equal(fence);
    }));

  it('passes on at once when the leader stops', () =>
    withCandidates(['a', 'b'], async ({ of, advanceUntil, advance, lease: read }) => {
      await advanceUntil('a leader', () => of('a').leading.size + of('b').leading.size > 0);
      const [first, second] = of('a').leading.size > 0 ? [of('a'), of('b')] : [of('b'), of('a')];
      await first.election.stop();
      expect((await read()).spec?.holderIdentity ?? '').to.equal('');
      await advance(4_000);
      await advanceUntil('the next leader', () => second.leading.size > 0);
      expect((await read()).spec?.leaseTransitions).to.equal(1);
    }));

  it('ends a term whose work fails, and may lead again', async () => {
    const { api, clock, stop } = await startApiServer();
    let terms = 0;
    const election = new LeaderElection({
      ...{ client: createClient(api.transport(admin)), clock, log: createLog('test', 'silent') },
      ...{ lease, identity: 'a' },
      lead: async ({ signal }) => {
        terms += 1;
        if (terms === 1) throw new Error('cannot lead');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    try {
      election.start();
      await until('a second term', async () => {
        await clock.advance(1_000);
        return terms > 1;
      });
    } finally {
      await election.stop();
      await stop();
    }
  });
});
