// The queues of a level: nobody is lost, no seat is given twice, and flows that share no queue are served alike.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Place, type Queue, QueueSet } from '../../../hub/apiserver/flow-control/queue-set.ts';

class Request implements Place<Request> {
  queue: Queue<Request> | undefined;
  arrivedAtProgress = 0;
  startedAt: number | undefined;
  readonly name: string;
  readonly served: string[];

  constructor(name: string, served: string[]) {
    this.name = name;
    this.served = served;
  }

  go(now: number): void {
    this.startedAt = now;
    this.served.push(this.name);
  }
}

function queuing(limit: number, { queues = 2, queueLengthLimit = 1000 } = {}): QueueSet<Request> {
  const set = new QueueSet<Request>();
  set.configure({ mode: 'queuing', queues, queueLengthLimit }, 0);
  set.setLimit(limit, 0);
  return set;
}

describe('the queues of a priority level', () => {
  it('let a request in at once while there is a seat, and hand the seat on', () => {
    const served: string[] = [];
    const set = queuing(1);
    const [a, b] = [new Request('a', served), new Request('b', served)];
    expect(set.begin(a, [0], 0)).to.equal('executing');
    expect(set.begin(b, [0], 1)).to.equal('waiting');
    set.finish(a, 0, 5);
    expect(served).to.deep.equal(['b']);
    expect(b.startedAt).to.equal(5);
  });

  it('refuse who finds no seat and a full queue', () => {
    const set = queuing(1, { queueLengthLimit: 1 });
    const told = ['a', 'b', 'c'].map((name) => set.begin(new Request(name, []), [0], 0));
    expect(told).to.deep.equal(['executing', 'waiting', 'queue-full']);
  });

  it('are none where a level refuses at once, and an exempt level has seats for all', () => {
    const set = new QueueSet<Request>();
    set.configure({ mode: 'refusing', queues: 0, queueLengthLimit: 0 }, 0);
    set.setLimit(1, 0);
    const begin = () => set.begin(new Request('x', []), [], 0);
    expect([begin(), begin()]).to.deep.equal(['executing', 'concurrency-limit']);
    set.configure({ mode: 'unlimited', queues: 0, queueLengthLimit: 0 }, 0);
    expect([begin(), begin()]).to.deep.equal(['executing', 'executing']);
  });

  it('let those go on that wait in queues which there are no longer', () => {
    const served: string[] = [];
    const set = queuing(1, { queues: 4 });
    const first = new Request('first', served);
    set.begin(first, [0], 0);
    set.begin(new Request('second', served), [3], 0);
    set.configure({ mode: 'queuing', queues: 1, queueLengthLimit: 1 }, 1);
    expect(set.queues).to.have.length(4);
    set.finish(first, 0, 2);
    expect(served).to.deep.equal(['second']);
  });

  it('serve a flow that seldom asks soon, however many another one has waiting', () => {
    const served: string[] = [];
    const set = queuing(1);
    let atWork = new Request('flood', served);
    const all = new Map<string, Request>();
    set.begin(atWork, [0], 0);
    for (let at = 0; at < 50; at += 1) {
      const one = new Request(`flood-${at}`, served);
      all.set(one.name, one);
      set.begin(one, [0], 0);
    }
    const rare = new Request('rare', served);
    all.set('rare', rare);
    set.begin(rare, [1], 10);
    let now = 20;
    while (!served.includes('rare')) {
      set.finish(atWork, atWork.startedAt ?? 0, now);
      atWork = all.get(served.at(-1) ?? '') ?? atWork;
      now += 10;
    }
    expect(served.indexOf('rare')).to.be.at.most(1);
  });

  it('share seats alike among flows that always want more, whatever their requests need', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }),
        (limit, lengths) => {
          const set = queuing(limit, { queues: lengths.length });
          const used = lengths.map(() => 0);
          const working: { request: Request; flow: number; until: number }[] = [];
          const starting: Request[] = [];
          const flows = new Map<Request, number>();
          const add = (flow: number, now: number) => {
            const request = new Request(`${flow}`, []);
            request.go = (at) => {
              request.startedAt = at;
              starting.push(request);
            };
            flows.set(request, flow);
            if (set.begin(request, [flow], now) === 'executing') request.go(now);
          };
          const take = () => {
            for (const request of starting.splice(0)) {
              const flow = flows.get(request) ?? 0;
              working.push({ request, flow, until: (request.startedAt ?? 0) + (lengths[flow] ?? 1) });
            }
          };
          // Every flow has more waiting than all seats could serve.
          for (const flow of lengths.keys()) for (let at = 0; at <= limit; at += 1) add(flow, 0);
          take();
          for (let step = 0; step < 1500; step += 1) {
            expect(set.executing).to.equal(limit);
            working.sort((a, b) => a.until - b.until);
            const done = working.shift();
            if (!done) throw new Error('nobody is at work');
            used[done.flow] = (used[done.flow] ?? 0) + (lengths[done.flow] ?? 0);
            set.finish(done.request, done.request.startedAt ?? 0, done.until);
            add(done.flow, done.until);
            take();
          }
          const most = Math.max(...lengths);
          // Alike but for some requests: nobody is interrupted.
          expect(Math.max(...used) - Math.min(...used)).to.be.at.most(most * (limit + 2) * 3);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('lose nobody and give no seat twice, whatever comes, goes, gives up and is changed', () => {
    const events = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('come' as const), flow: fc.integer({ min: 0, max: 7 }) }),
        fc.record({ kind: fc.constantFrom('finish' as const, 'abandon' as const), which: fc.nat() }),
        fc.record({ kind: fc.constant('limit' as const), limit: fc.integer({ min: 0, max: 4 }) }),
        fc.record({ kind: fc.constant('queues' as const), queues: fc.integer({ min: 1, max: 8 }) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(events, (all) => {
        const set = queuing(2, { queues: 8, queueLengthLimit: 3 });
        let queues = 8;
        const waiting = new Set<Request>();
        const executing = new Set<Request>();
        let limit = 2;
        let now = 0;
        const arrive = (flow: number) => {
          const request = new Request('', []);
          request.go = (at) => {
            request.startedAt = at;
            waiting.delete(request);
            executing.add(request);
          };
          const beginning = set.begin(request, [flow % queues], now);
          if (beginning === 'executing') request.go(now);
          else if (beginning === 'waiting' && request.startedAt === undefined) waiting.add(request);
        };
        const pick = (from: Set<Request>, which: number) => [...from][which % Math.max(1, from.size)];
        for (const event of all) {
          now += 1;
          const before = executing.size;
          if (event.kind === 'come') arrive(event.flow);
          if (event.kind === 'finish') {
            const request = pick(executing, event.which);
            if (request) {
              executing.delete(request);
              set.finish(request, request.startedAt ?? 0, now);
            }
          }
          if (event.kind === 'abandon') {
            const request = pick(waiting, event.which);
            if (request) {
              waiting.delete(request);
              set.abandon(request, now);
            }
          }
          if (event.kind === 'limit') {
            limit = event.limit;
            set.setLimit(limit, now);
          }
          if (event.kind === 'queues') {
            queues = event.queues;
            set.configure({ mode: 'queuing', queues, queueLengthLimit: 3 }, now);
          }
          expect([set.executing, set.waiting]).to.deep.equal([executing.size, waiting.size]);
          expect(executing.size).to.be.at.most(Math.max(limit, before));
          // Nobody waits beside a free seat.
          if (waiting.size > 0) expect(executing.size).to.be.at.least(limit);
        }
        set.setLimit(1000, now);
        expect(waiting.size).to.equal(0);
        for (const request of executing) set.finish(request, request.startedAt ?? 0, now);
        expect(set.isIdle).to.equal(true);
      }),
    );
  });
});
