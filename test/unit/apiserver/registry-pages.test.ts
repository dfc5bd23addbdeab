// Laws of reading: pages together are the state of one moment, whatever is written in between; a selector asked of the
// API picks what it picks of the same objects here.

import { expect } from 'chai';
import fc from 'fast-check';
import { parseLabelSelector } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, configMap, startApiServer } from '../../support/apiserver.ts';

const path = '/api/v1/namespaces/default/configmaps';
type Item = { metadata: { name: string; resourceVersion: string; labels?: Record<string, string> } };
const stateOf = (items: readonly Item[]) =>
  items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);

const name = fc.integer({ min: 0, max: 30 }).map((number) => `c-${number}`);
const write = fc.record({ type: fc.constantFrom('put', 'put', 'delete'), name, note: fc.nat(9) });
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'zone'), fc.constantFrom('a', 'b', 'c', ''));
const key = fc.constantFrom('app', 'tier', 'zone', 'none');
const values = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 });
const requirement = fc.oneof(
  key,
  key.map((text) => `!${text}`),
  fc
    .tuple(key, fc.constantFrom('=', '==', '!='), fc.constantFrom('a', 'b', ''))
    .map((parts) => parts.join('')),
  fc
    .tuple(key, fc.constantFrom('in', 'notin'), values)
    .map(([k, op, list]) => `${k} ${op} (${list.join(',')})`),
);
const selector = fc.array(requirement, { maxLength: 3 }).map((terms) => terms.join(','));

describe('laws of lists', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.stop());

  async function apply(step: { type: string; name: string; note: number }): Promise<void> {
    if (step.type === 'delete') {
      await server.ask('DELETE', `${path}/${step.name}`);
      return;
    }
    const body = configMap(step.name, { data: { note: `${step.note}` } });
    const { code } = await server.ask('PUT', `${path}/${step.name}`, { body });
    // Another one may have been quicker.
    if (code === 404) await server.ask('POST', path, { body });
  }

  it('pages are the state at their revision, whatever is written while they are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 5, maxLength: 25 }),
        fc.array(fc.array(write, { maxLength: 6 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (before, between, limit) => {
          for (const step of before) await apply(step);
          const whole = await server.must('GET', path);
          const read: Item[] = [];
          const revisions = new Set<string>();
          let token = '';
          let page = 0;
          do {
            const query = `?limit=${limit}${token && `&continue=${token}`}`;
            // The first page shows `whole`; from then on pages and writes are under way together.
            const writes = page > 0 ? (between[page - 1] ?? []) : [];
            const [answer] = await Promise.all([server.must('GET', `${path}${query}`), ...writes.map(apply)]);
            read.push(...answer.items);
            revisions.add(answer.metadata.resourceVersion);
            expect(answer.items.length).to.be.at.most(limit);
            const left = whole.items.length - read.length;
            expect(answer.metadata.remainingItemCount ?? 0).to.equal(left);
            token = answer.metadata.continue ?? '';
            page += 1;
          } while (token);
          expect(stateOf(read)).to.deep.equal(stateOf(whole.items));
          expect([...revisions]).to.deep.equal([whole.metadata.resourceVersion]);
          const again = await server.must(
            'GET',
            `${path}?resourceVersion=${whole.metadata.resourceVersion}&resourceVersionMatch=Exact`,
          );
          expect(stateOf(again.items)).to.deep.equal(stateOf(whole.items));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a selector picks, in whatever pages, what it picks here', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(labels, { minLength: 1, maxLength: 12 }),
        fc.array(selector, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        async (all, selectors, limit) => {
          await server.must('DELETE', path);
          for (const [at, each] of all.entries())
            await server.must('POST', path, {
              body: configMap(`s-${at}`, { metadata: { name: `s-${at}`, labels: each } }),
            });
          const { items } = (await server.must('GET', path)) as { items: Item[] };
          for (const text of selectors) {
            const parsed = parseLabelSelector(text);
            const wanted = stateOf(items.filter(({ metadata }) => parsed.matches(metadata.labels)));
            const asked = `labelSelector=${encodeURIComponent(text)}`;
            expect(stateOf((await server.must('GET', `${path}?${asked}`)).items), text).to.deep.equal(wanted);
            const paged: Item[] = [];
            let token = '';
            do {
              const page = await server.must(
                'GET',
                `${path}?${asked}&limit=${limit}${token && `&continue=${token}`}`,
              );
              paged.push(...page.items);
              token = page.metadata.continue ?? '';
            } while (token);
            expect(stateOf(paged), text).to.deep.equal(wanted);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
