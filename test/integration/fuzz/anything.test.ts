// Random requests at both doors of a real hub: whatever is asked, the answer is a Status with a code that blames the
// right one, and the process goes on. A share in every run, millions at night.

import { expect } from 'chai';
import fc from 'fast-check';
import { resources } from '../../../shared/api/index.ts';
import { costOf } from '../../bench/process-cost.ts';
import { minimalFields } from '../../support/minimal-objects.ts';
import { Doors, faultOf } from './doors.ts';

const nightly = process.env.KELP_NIGHTLY === '1';
/** Of each property, at each door. */
const runs = nightly ? 1_000_000 : 1_500;
/** At night: how long one property may take, milliseconds. */
const mostTime = 3_600_000;

const words = fc.constantFrom(
  ...'metadata spec status name namespace labels annotations kind apiVersion uid resourceVersion finalizers'.split(
    ' ',
  ),
  ...'data ports port containers template selector matchLabels replicas conditions items op path value'.split(
    ' ',
  ),
  ...'__proto__ constructor prototype toString'.split(' '),
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    'a',
    'v1',
    'Pod',
    null,
    true,
    0,
    -1,
    1e300,
    2 ** 53,
    '__proto__',
    '1Gi',
    'default',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('anything'), { maxLength: 4 }),
    fc.dictionary(words, tie('anything'), { maxKeys: 5 }),
  ),
}));

const collections = resources.map(({ group, version, resource, namespaced }) => {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return { resource, path: `${root}${namespaced ? '/namespaces/default' : ''}/${resource}` };
});
const segment = fc.oneof(
  words,
  fc.constantFrom(
    'a',
    'pods',
    'default',
    'namespaces',
    'status',
    'scale',
    'watch',
    '*',
    '..',
    '%00',
    '%',
    '%ff',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const path = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...collections).map(({ path }) => path) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('/api/v1', '/apis', '/apis/apps/v1', ''), fc.array(segment, { maxLength: 6 }))
      .map(([root, segments]) => `${root}/${segments.join('/')}`),
  },
);
const tail = fc.constantFrom('', '', '/a', '/a', '/a/status', '/a/scale', '/a/finalize', '/a/none');
const parameter = fc.tuple(
  fc.constantFrom(
    ...'labelSelector fieldSelector limit continue resourceVersion resourceVersionMatch dryRun fieldManager'.split(
      ' ',
    ),
    ...'fieldValidation force gracePeriodSeconds propagationPolicy pretty timeoutSeconds'.split(' '),
  ),
  fc.oneof(
    fc.constantFrom(
      '',
      'a',
      'a=b',
      'a in (b,c)',
      '!a',
      'metadata.name=a',
      '1',
      '-1',
      'true',
      'All',
      'Strict',
      '1e9',
    ),
    fc.string({ maxLength: 12 }),
  ),
);
const query = fc
  .array(parameter, { maxLength: 3 })
  .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&'));
const method = fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS');
const contentType = fc.constantFrom(
  ...['json', 'json', 'yaml', 'merge-patch+json', 'json-patch+json', 'strategic-merge-patch+json'],
  ...['apply-patch+yaml', 'vnd.kubernetes.protobuf', 'octet-stream'],
);

/** What Go reads otherwise than the engine, or not at all. */
const oddJson = fc
  .constantFrom(
    ...[
      '\ufeff{}',
      '{"a":01}',
      '{"a":1e400}',
      '{"a":-0}',
      '{"a":NaN}',
      '{"a":tru}',
      '{"a":"\\u12G4"}',
      '[1,]',
    ],
    ...['{"a":1,"a":2}', '{"metadata":{"name":"\\ud800"}}', '{"metadata":{"name":"a"}}{}', '{"a":"\\x"}'],
  )
  .chain((text) => fc.nat(text.length).map((cut) => (cut % 3 ? text : text.slice(0, cut))));
const yamlLine = fc.constantFrom(
  ...['metadata:', '  name: a', '  labels: &l {a: b}', 'data: !!int foo', ': a', '  : b', 'a: |', '\tfoo'],
  ...['  \tfoo', 'b: *l', 'b: *none', 'c: {<<: *l}', '<<: 1', '---', '%YAML 1.2', '- a', '? [a]', 'n: .nan'],
  ...['"open', 'a: &a [*a]', 'data: {a: "b", a: "c"}', '{{ .Values.x }}', 'a: !!binary "#"', '\ufeff'],
);
/** Wide, not deep: most of them are refused before anything is done with them. */
const wide = fc
  .tuple(fc.constantFrom(...collections), words, words, fc.nat(120_000))
  .map(([{ resource }, outer, inner, count]) => {
    const fields = Object.fromEntries(Array.from({ length: count }, (_, at) => [`${inner}${at}`, 'v']));
    return JSON.stringify({ ...objectOf(resource), [outer]: { [inner]: fields } });
  });

/** A valid object, or anything, then perhaps with its bytes broken. */
const body = fc.oneof(
  anything.map((value) => JSON.stringify(value)),
  fc.constantFrom(...collections).map(({ resource }) => JSON.stringify(objectOf(resource))),
  fc
    .tuple(fc.constantFrom(...collections), fc.nat(), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([{ resource }, at, patch]) => {
      const text = JSON.stringify(objectOf(resource));
      const cut = at % text.length;
      return text.slice(0, cut) + patch + text.slice(cut + patch.length);
    }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  oddJson,
  fc.array(yamlLine, { maxLength: 8 }).map((lines) => lines.join('\n')),
);

function objectOf(resource: string): object {
  return { metadata: { name: 'a' }, ...minimalFields(resource) };
}

const limits = {
  numRuns: runs,
  ...(nightly && { interruptAfterTimeLimit: mostTime, markInterruptAsFailure: false }),
};

describe('whatever is sent', function () {
  this.timeout(nightly ? mostTime + 60_000 : 120_000);
  const doors = new Doors();
  let pid: number;
  before(async () => {
    await doors.start();
    pid = doors.cluster.hub.pid;
  });
  after(() => doors.stop());
  afterEach(async () => {
    expect(doors.cluster.hub.exitCode, 'the hub ended').to.equal(undefined);
    expect(doors.cluster.hub.pid).to.equal(pid);
    expect((await doors.https.ask('GET', '/healthz')).code).to.equal(200);
    expect(costOf(pid).rssMiB).to.be.below(300);
    expect(doors.cluster.hub.errorLines.filter((line) => line.includes('a request failed'))).to.deep.equal(
      [],
    );
  });

  it('over HTTPS is answered by a Status that is not the hub’s fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        tail,
        query,
        contentType,
        body,
        async (method, path, tail, query, type, body) => {
          const asked = ['GET', 'HEAD', 'OPTIONS'].includes(method)
            ? {}
            : { body: Buffer.from(body), contentType: `application/${type}` };
          const url = `${path}${tail}${query && `?${query}`}`;
          const { code, body: answered } = await doors.https.ask(method, url, asked);
          if (method === 'HEAD') expect(code).to.not.equal(500);
          else expect(faultOf(code, answered)).to.equal(undefined);
        },
      ),
      limits,
    );
  });

  it('over HTTPS is answered likewise where there is very much of it', async () => {
    await fc.assert(
      fc.asyncProperty(path, contentType, wide, async (path, type, body) => {
        const asked = { body, contentType: `application/${type}` };
        const { code, body: answered } = await doors.https.ask('POST', `${path}?dryRun=All`, asked);
        expect(faultOf(code, answered)).to.equal(undefined);
      }),
      { ...limits, numRuns: runs / 100 },
    );
  });

  it('over MQTT is answered likewise', async () => {
    const fields = fc.record(
      {
        method: fc.oneof({ weight: 9, arbitrary: method }, { weight: 1, arbitrary: anything }),
        path: fc.oneof(
          { weight: 9, arbitrary: fc.tuple(path, tail, query).map(([p, t, q]) => `${p}${t}${q && `?${q}`}`) },
          { weight: 1, arbitrary: anything },
        ),
        contentType: fc.oneof(
          contentType.map((type) => `application/${type}`),
          anything,
        ),
        body: fc.oneof(
          anything,
          fc.constantFrom(...collections).map(({ resource }) => objectOf(resource)),
        ),
      },
      { requiredKeys: ['method', 'path'] },
    );
    await fc.assert(
      fc.asyncProperty(fields, async (request) => {
        const { code, body: answered } = await doors.rpc(request);
        expect(faultOf(code, answered)).to.equal(undefined);
      }),
      limits,
    );
  });

  it('over MQTT as bytes disturbs nobody', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 300 }),
            body.map((text) => Buffer.from(text)),
          ),
          { maxLength: 20 },
        ),
        async (payloads) => {
          for (const payload of payloads) doors.publish(Buffer.from(payload));
          const { code } = await doors.rpc({ method: 'GET', path: '/api/v1/namespaces/default' });
          expect(code).to.equal(200);
        },
      ),
      { ...limits, numRuns: runs / 10 },
    );
  });
});
