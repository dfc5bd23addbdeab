import { expect } from 'chai';
import fc from 'fast-check';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { ServiceAllocator } from '../../../hub/apiserver/registry/index.ts';
import { resources } from '../../../shared/api/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { minimalFields } from '../../support/minimal-objects.ts';

const valid = (resource: string) => ({ metadata: { name: 'a' }, ...minimalFields(resource) });

const collections = resources.map(({ group, version, resource, namespaced }) => {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return { resource, path: `${root}${namespaced ? '/namespaces/default' : ''}/${resource}` };
});

const leaf = fc.constantFrom<unknown>(
  '',
  'a',
  'v1',
  'Pod',
  '80',
  'None',
  null,
  true,
  0,
  -1,
  80,
  1e12,
  1.5,
  '__proto__',
);
const names = fc.constantFrom(
  ...'metadata spec status name namespace labels kind apiVersion uid resourceVersion finalizers'.split(' '),
  ...'ports port clusterIPs containers template selector replicas conditions target preconditions op path'.split(
    ' ',
  ),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.dictionary(names, tie('anything'), { maxKeys: 4 }),
  ),
}));
const queries = fc.constantFrom(
  ...[
    '',
    '?dryRun=All',
    '?limit=1',
    '?gracePeriodSeconds=-1',
    '?fieldValidation=Strict',
    '?propagationPolicy=Orphan',
  ],
  ...['?resourceVersion=999999', '?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTk5LCJzdGFydCI6ImEifQ'],
);
const tails = fc.constantFrom(
  '',
  '/a',
  '/a/status',
  '/a/scale',
  '/a/binding',
  '/a/eviction',
  '/a/finalize',
  '/a/approval',
);
const patchTypes = fc.constantFrom(
  'merge-patch+json',
  'json-patch+json',
  'strategic-merge-patch+json',
  'apply-patch+yaml',
);

/** A valid object with one field, somewhere, replaced by anything. */
function bent(object: Record<string, unknown>, steps: readonly number[], value: unknown): unknown {
  const result = structuredClone(object);
  let at: Record<string, unknown> = result;
  for (const step of steps) {
    const keys = Object.keys(at);
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) break;
    const below = at[key];
    if (!isRecord(below) || step === steps.at(-1)) {
      at[key] = value;
      break;
    }
    at = below;
  }
  return result;
}

describe('whatever is asked of the API', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer({
      admission: createAdmission,
      addresses: new ServiceAllocator({ serviceCidr: '10.96.0.0/16' }),
    });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
  });
  after(() => server.stop());

  it('the answer is never that the server failed', async () => {
    const bodies = fc.record({
      steps: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
      value: anything,
      bend: fc.boolean(),
    });
    const methods = fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE');
    await fc.assert(
      fc.asyncProperty(
        methods,
        fc.constantFrom(...collections),
        tails,
        queries,
        bodies,
        patchTypes,
        async (method, { path, resource }, tail, query, { steps, value, bend }, patchType) => {
          const there = await server.ask('GET', `${path}/a`);
          if (there.code === 404) await server.ask('POST', path, { body: valid(resource) });
          const body = bend ? bent(valid(resource), steps, value) : value;
          const contentType = method === 'PATCH' ? `application/${patchType}` : 'application/json';
          const answer = await server.handle(method, `${path}${tail}${query}`, {
            contentType,
            ...(method !== 'GET' && { body }),
          });
          expect(answer.code, answer.type === 'object' ? JSON.stringify(answer.body) : '').to.not.equal(500);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
