// Who leads: one candidate at a time, the next after silence, and a fence for those who don't know yet that they lost.

import { expect } from 'chai';
import { configmaps, type Lease, leases } from '../../../shared/api/index.ts';
import { createLog, deferred } from '../../../shared/base/index.ts';
import {
  type Client,
  createClient,
  LeaderElection,
  type Term,
  type Transport,
} from '../../../shared/client/index.ts';
import { admin, startApiServer } from '../../support/apiserver.ts';
import { until } from '../../support/until.ts';

const lease = { namespace: 'kube-system', name: 'leader' };

interface Candidate {
  election: LeaderElection;
  /** The terms that it leads now; the last one is never removed from `led`. */
  leading: Set<Term>;
  led: Term[];
  /** Its requests fail from now on, or are never answered. */
  cutOff(how: 'failing' | 'unanswered'): void;
  /** What it has asked the API for. */
  requests: string[];
}

async function withCandidates(
  names: readonly string[],
  play: (world: {
    candidates: Record<string, Candidate>;
    of(name: string): Candidate;
    client: Client;
    /** Its work rejects. */
    fail(name: string): void;
    lease(): Promise<Lease>;
    version(): Promise<string>;
    /** Moves time on until that holds. */
    advanceUntil(what: string, holds: () => boolean): Promise<void>;
    advance(ms: number): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const { api, clock, must, stop } = await startApiServer();
  const transport = api.transport({ user: admin });
  const end = deferred();
  end.promise.catch(() => {});
  const fails = new Map<string, (reason: Error) => void>();
  const candidates = Object.fromEntries(
    names.map((identity) => {
      let cut: Parameters<Candidate['cutOff']>[0] | undefined;
      const requests: string[] = [];
      const shaky: Transport = {
        request: async (request) => {
          requests.push(`${request.verb} ${request.resource.resource}`);
          if (cut === 'failing') throw new Error('connection lost');
          if (cut) await end.promise;
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
          try {
            await new Promise((resolve, reject) => {
              term.signal.addEventListener('abort', resolve);
              fails.set(identity, reject);
            });
          } finally {
            leading.delete(term);
          }
        },
      });
      const cutOff: Candidate['cutOff'] = (how) => {
        cut = how;
      };
      return [identity, { election, leading, led, cutOff, requests }];
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
      client: createClient(transport),
      fail: (name) => fails.get(name)?.(new Error('cannot lead')),
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
    end.reject(new Error('the test is over'));
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
      expect((await read()).spec).to.include({ leaseDurationSeconds: 7 });
    }));

  it('costs those who follow nothing, and the leader one write in two seconds', () =>
    withCandidates(['a', 'b'], async ({ of, advanceUntil, advance }) => {
      await advanceUntil('a leader', () => of('a').leading.size + of('b').leading.size > 0);
      const [leader, follower] = of('a').leading.size > 0 ? [of('a'), of('b')] : [of('b'), of('a')];
      await advance(4_000);
      const before = { leader: leader.requests.length, follower: follower.requests.length };
      for (let seconds = 0; seconds < 60; seconds++) await advance(1_000);
      expect(follower.requests.slice(before.follower)).to.deep.equal([]);
      const asked = leader.requests.slice(before.leader);
      expect(asked.filter((request) => request !== 'get configmaps')).to.deep.equal(
        Array(30).fill('update leases'),
      );
    }));

  for (const how of ['failing', 'unanswered'] as const) {
    it(`passes on when the leader falls silent (requests ${how}), not before its Lease has run out`, () =>
      withCandidates(['a', 'b'], async ({ of, advanceUntil, advance, version }) => {
        await advanceUntil('a leader', () => of('a').leading.size + of('b').leading.size > 0);
        const [first, second] = of('a').leading.size > 0 ? [of('a'), of('b')] : [of('b'), of('a')];
        const fence = first.led[0]?.fence.resourceVersion;
        expect(await version()).to.equal(fence);
        first.cutOff(how);
        await advance(4_500);
        expect(second.leading.size).to.equal(0);
        await advance(500);
        expect(first.leading.size, 'it gives up by itself').to.equal(0);
        expect(second.leading.size, 'before another leads').to.equal(0);
        await advance(2_100);
        await until('the next leader', () => second.leading.size > 0);
        expect(await version(), 'what the old one writes is refused').not.to.equal(fence);
      }));
  }

  it('passes on at once when the leader stops', () =>
    withCandidates(['a', 'b'], async ({ of, advanceUntil, advance, lease: read }) => {
      await advanceUntil('a leader', () => of('a').leading.size + of('b').leading.size > 0);
      const [first, second] = of('a').leading.size > 0 ? [of('a'), of('b')] : [of('b'), of('a')];
      await advance(2_000); // who lost has its pause behind it
      await first.election.stop();
      await until('the next leader', async () => {
        await advance(0);
        return second.leading.size > 0;
      });
      expect((await read()).spec?.leaseTransitions).to.equal(1);
    }));

  it('ends a term that a later one has overtaken, though the Lease is held', () =>
    withCandidates(['a'], async ({ of, client, advance, advanceUntil }) => {
      await advanceUntil('a leader', () => of('a').leading.size > 0);
      const term = await client.get(configmaps, { namespace: 'kube-system', name: 'leader-term' });
      await client.update(configmaps, { ...term, data: { term: '7', holder: 'somebody who was slow' } });
      await advance(2_000);
      await advanceUntil('a term of its own again', () => of('a').led.length === 2);
      expect(of('a').led[0]?.signal.aborted).to.equal(true);
      expect(of('a').led[1]?.signal.aborted).to.equal(false);
    }));

  it('lets another one lead when the work of the leader fails', () =>
    withCandidates(['a', 'b'], async ({ of, fail, advance, advanceUntil }) => {
      await advanceUntil('a leader', () => of('a').leading.size + of('b').leading.size > 0);
      const [first, second] = of('a').leading.size > 0 ? ['a', 'b'] : ['b', 'a'];
      await advance(2_000); // who lost has its pause behind it
      fail(first ?? '');
      await until('the next leader', () => of(second ?? '').leading.size > 0);
    }));

  it('ends a term whose work fails, and may lead again', async () => {
    const { api, clock, stop } = await startApiServer();
    let terms = 0;
    const election = new LeaderElection({
      ...{ client: createClient(api.transport({ user: admin })), clock, log: createLog('test', 'silent') },
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
