// What must not be taken, by its name, at both doors of a real hub: a Status with the right code, the process unmoved.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import { costOf } from '../../bench/process-cost.ts';
import { until } from '../../support/until.ts';
import { Doors, faultOf } from './doors.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const yaml = 'application/yaml';

/** Several times of what the dearest of these take, and a fraction of what those took that grew with a square. */
const mostTime = 2_000;

interface Case {
  method?: string;
  path?: string;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  code: number | number[];
}

const pods = '/api/v1/namespaces/default/pods';
const pod = (spec: object) => ({ metadata: { name: 'bad' }, spec });
const items = (length: number) => Array.from({ length }, (_, at) => ({ name: `k${at}` }));
const keys = (length: number, before = '') =>
  Object.fromEntries(items(length).map(({ name }) => [`${before}${name}`, 'v']));
const configMap = (more: object = {}) => ({ metadata: { name: 'bad' }, ...more });
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
for (let letter = 'b'; letter < 'k'; letter = next(letter)) {
  const before = String.fromCharCode(letter.charCodeAt(0) - 1);
  bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(',')}]`);
}

function next(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1);
}

/** What Node itself refuses to read, as bytes. */
const broken: Record<string, { bytes: string | Buffer; code: number }> = {
  'no HTTP': { bytes: 'HELLO\r\n\r\n', code: 400 },
  'a verb of its own': { bytes: 'BREW /coffee HTTP/1.1\r\nhost: a\r\n\r\n', code: 405 },
  'HTTP of the future': { bytes: 'GET / HTTP/9.9\r\nhost: a\r\n\r\n', code: 505 },
  'HTTP/2': { bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', code: 505 },
  'no host': { bytes: 'GET /healthz HTTP/1.1\r\n\r\n', code: 400 },
  'two lengths': {
    bytes: 'POST /api HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd',
    code: 400,
  },
  'a length and chunks': {
    bytes:
      'POST /api HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    code: 400,
  },
  'headers without an end': { bytes: `GET / HTTP/1.1\r\nhost: a\r\na: ${'x'.repeat(100_000)}`, code: 431 },
  bytes: { bytes: Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256)), code: 400 },
};

/** What is sent → what must come back. */
const overHttps: Record<string, Case> = {
  'JSON that breaks off': { body: '{"metadata":{"name":', code: 400 },
  'JSON that is none': { body: 'name=bad', code: 400 },
  'a list where an object belongs': { body: '[1,2,3]', code: 400 },
  'a number where an object belongs': { body: '7', code: 400 },
  nothing: { method: 'POST', code: 400 },
  null: { body: 'null', code: 422 },
  'YAML that is none': { body: 'a: [b, c\n  d: }', contentType: yaml, code: 400 },
  'YAML with a tag of its own': { body: '!!js/function >\n  x', contentType: yaml, code: [400, 422] },
  'a YAML bomb': { body: bomb.join('\n'), contentType: yaml, code: 400 },
  'YAML nested 20,000 deep': { body: `data: ${nested(20_000, '[', ']')}`, contentType: yaml, code: 400 },
  'YAML of 50,000 keys': {
    body: `metadata: {name: bad}\ndata:\n${Array.from({ length: 50_000 }, (_, at) => `  k${at}: v`).join('\n')}`,
    contentType: yaml,
    path: `${configMaps}?dryRun=All`,
    code: 201,
  },
  'YAML of 150,000 keys': {
    body: `data:\n${items(150_000)
      .map(({ name }) => `  ${name}: v`)
      .join('\n')}`,
    contentType: yaml,
    code: 400,
  },
  'YAML of 300,000 aliases': {
    body: `a: &a [1]\nb: [${'*a,'.repeat(300_000)}]`,
    contentType: yaml,
    code: 400,
  },
  'YAML with a key twice': {
    body: 'metadata: {name: bad}\nmetadata: {name: worse}',
    contentType: yaml,
    path: `${configMaps}?fieldValidation=Strict`,
    code: 400,
  },
  'YAML in blocks nested 1,000 deep': {
    body: Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    contentType: yaml,
    code: [400, 422],
  },
  'invalid UTF-8': { body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), code: 400 },
  'JSON nested 100,000 deep': { body: `{"data":${nested(100_000, '[', ']')}}`, code: 400 },
  'objects nested 100,000 deep': { body: `${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`, code: 400 },
  'an unknown field nested 100,000 deep': {
    body: `{"metadata":{"name":"bad"},"other":${nested(100_000, '[', ']')}}`,
    path: `${configMaps}?dryRun=All`,
    code: [201, 400],
  },
  '10 MB': { body: JSON.stringify(configMap({ data: { a: 'x'.repeat(10_000_000) } })), code: 413 },
  '10 MB that say not how long they are': {
    body: JSON.stringify(configMap({ data: { a: 'x'.repeat(10_000_000) } })),
    headers: { 'transfer-encoding': 'chunked' },
    code: 413,
  },
  'more than 3 MiB by one byte': { body: 'x'.repeat(3 * 1024 * 1024 + 1), code: 413 },
  'a ConfigMap of 200,000 keys': { body: configMap({ data: keys(200_000) }), code: 413 },
  'a ConfigMap of 90,000 keys': { body: configMap({ data: keys(90_000) }), code: 413 },
  '150,000 labels': { body: { metadata: { name: 'bad', labels: keys(150_000) } }, code: 413 },
  '350 KB of annotations': { body: { metadata: { name: 'bad', annotations: keys(50_000) } }, code: 422 },
  '40,000 labels that are none': {
    body: { metadata: { name: 'bad', labels: keys(40_000, 'a//') } },
    code: 422,
  },
  'a Pod of 50,000 variables': {
    path: pods,
    body: pod({ containers: [{ name: 'a', image: 'b', env: items(50_000) }] }),
    code: 413,
  },
  'a Pod of 20,000 containers that are empty': {
    path: pods,
    body: pod({ containers: Array(20_000).fill({}) }),
    code: 422,
  },
  'a Pod of 40,000 pull secrets': {
    path: pods,
    body: pod({ containers: [{ name: 'a', image: 'b', ports: [{}] }], imagePullSecrets: items(40_000) }),
    code: [413, 422],
  },
  'a Service of 10,000 ports': {
    path: '/api/v1/namespaces/default/services',
    body: { metadata: { name: 'bad' }, spec: { ports: Array(10_000).fill({ port: 1, name: 'a' }) } },
    code: 422,
  },
  'a ConfigMap of 2 MB': { body: configMap({ data: { a: 'x'.repeat(2_000_000) } }), code: 422 },
  'data that is a string': { body: configMap({ data: 'text' }), code: 400 },
  'a name that is an object': { body: { metadata: { name: { a: 1 } } }, code: 400 },
  'a Kind of something else': { body: { kind: 'Pod', apiVersion: 'v1', ...configMap() }, code: 400 },
  'protobuf that is none': {
    body: Buffer.from('k8s\0garbage'),
    contentType: 'application/vnd.kubernetes.protobuf',
    code: [400, 415],
  },
  'protobuf without its mark': {
    body: Buffer.from([255, 1, 2, 3]),
    contentType: 'application/vnd.kubernetes.protobuf',
    code: [400, 415],
  },
  XML: { body: '<a/>', contentType: 'text/xml', code: 415 },
  'a body that claims to be zipped': {
    body: Buffer.from([0x1f, 0x8b, 8, 0]),
    headers: { 'content-encoding': 'gzip' },
    code: [400, 415],
  },
  'an Accept of nothing that there is': { method: 'GET', headers: { accept: 'image/png' }, code: 406 },
  'a verb that there is not': { method: 'PROPFIND', code: 405 },
  TRACE: { method: 'TRACE', code: 405 },
  'a path that there is not': { method: 'GET', path: '/apis/none.io/v1/things', code: 404 },
  'no path at all': { method: 'GET', path: '/../../etc/passwd', code: 404 },
  'a path with a bad escape': { method: 'GET', path: '/api/v1/namespaces/%zz/pods', code: 400 },
  'a path with a zero': { method: 'GET', path: '/api/v1/namespaces/a%00b/pods/c', code: [400, 404] },
  'a path of prototypes': { method: 'GET', path: '/api/v1/namespaces/__proto__/pods/constructor', code: 404 },
  'a resource called constructor': { method: 'GET', path: '/api/v1/constructor', code: 404 },
  'a subresource called __proto__': {
    method: 'GET',
    path: `${configMaps}/kube-root-ca.crt/__proto__`,
    code: 404,
  },
  'a selector of nonsense': { method: 'GET', path: `${configMaps}?labelSelector=a%20in%20((b`, code: 400 },
  'a selector of 10,000 values': {
    method: 'GET',
    path: `${configMaps}?labelSelector=a+in+(${Array.from({ length: 10_000 }, (_, at) => `v${at}`).join()})`,
    code: 200,
  },
  'a field that cannot be selected': {
    method: 'GET',
    path: `${configMaps}?fieldSelector=data.a%3Db`,
    code: 400,
  },
  'a continue token of nonsense': { method: 'GET', path: `${configMaps}?continue=nonsense`, code: 400 },
  'a limit that is none': { method: 'GET', path: `${configMaps}?limit=many`, code: 400 },
  'a resourceVersion that is none': {
    method: 'GET',
    path: `${configMaps}?resourceVersion=new`,
    code: [400, 422],
  },
  'a timeout that is none': { method: 'GET', path: `${configMaps}?watch=1&timeoutSeconds=x`, code: 400 },
  'a patch of an unknown type': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: '{}',
    code: 415,
  },
  'a JSON patch that is no list': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: '{"op":"add"}',
    contentType: 'application/json-patch+json',
    code: 400,
  },
  'a JSON patch into the prototype': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt?dryRun=All`,
    body: '[{"op":"add","path":"/__proto__/polluted","value":"yes"}]',
    contentType: 'application/json-patch+json',
    code: [200, 400, 422],
  },
  'a JSON patch that copies a long text 5,000 times': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: [
      { op: 'add', path: '/data/a', value: 'x'.repeat(1_000_000) },
      ...items(5_000).map(({ name }) => ({ op: 'copy', from: '/data/a', path: `/data/${name}` })),
    ],
    contentType: 'application/json-patch+json',
    code: 422,
  },
  'a JSON patch that inserts 9,000 times': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt?dryRun=All`,
    body: [
      { op: 'add', path: '/a', value: Array.from({ length: 200_000 }, (_, at) => at) },
      ...Array(9_000).fill({ op: 'add', path: '/a/0', value: 1 }),
    ],
    contentType: 'application/json-patch+json',
    code: 200,
  },
  'a merge patch of 150,000 keys': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: { data: keys(150_000) },
    contentType: 'application/merge-patch+json',
    code: 413,
  },
  'a JSON patch of 100,000 steps': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: JSON.stringify(Array(60_000).fill({ op: 'test', path: '/a', value: 1 })),
    contentType: 'application/json-patch+json',
    code: [413, 422],
  },
};

const prototypes = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

describe('bad input', function () {
  this.timeout(60_000);
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
    const { code } = await doors.https.ask('GET', '/healthz');
    expect(code).to.equal(200);
  });

  /** Of the hub's own thread, milliseconds: what others wait for, however busy the machine is. */
  const timeTaken = () =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

  for (const [what, { method = 'POST', path = configMaps, code: wanted, ...asked }] of Object.entries(
    overHttps,
  )) {
    it(`over HTTPS: ${what}`, async () => {
      const before = timeTaken();
      const { code, body } = await doors.https.ask(method, path, asked);
      expect(timeTaken() - before, 'milliseconds').to.be.below(mostTime);
      expect(code, JSON.stringify(body).slice(0, 300)).to.be.oneOf([wanted].flat());
      expect(faultOf(code, body)).to.equal(undefined);
    });
  }

  it('custom objects that go deep are refused, also by patches', async () => {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await doors.https.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: {
        metadata: { name: 'deeps.example.com' },
        spec: {
          group: 'example.com',
          scope: 'Namespaced',
          names: { plural: 'deeps', kind: 'Deep' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      },
    });
    const path = '/apis/example.com/v1/namespaces/default/deeps';
    await until('the resource is served', async () => (await doors.https.ask('GET', path)).code === 200);
    const text = (name: string, depth: number, open: string, close: string) =>
      `{"apiVersion":"example.com/v1","kind":"Deep","metadata":{"name":"${name}"},"x":${open.repeat(depth)}1${close.repeat(depth)}}`;
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const name = open === '[' ? 'lists' : 'objects';
      const created = await doors.https.ask('POST', path, { body: text(name, 900, open, close) });
      expect(created.code, created.body.message).to.equal(201);
      for (const depth of [1_500, 3_000, 6_000, 100_000]) {
        const codes = await Promise.all([
          doors.https.ask('POST', path, { body: text('deeper', depth, open, close) }),
          ...['merge-patch+json', 'apply-patch+yaml'].map((type) =>
            doors.https.ask('PATCH', `${path}/${name}?fieldManager=a&force=true`, {
              body: text(name, depth, open, close),
              contentType: `application/${type}`,
            }),
          ),
        ]);
        expect(codes.map(({ code }) => code)).to.deep.equal([400, 400, 400]);
      }
    }
  });

  it('an unknown field in any script is warned of', async () => {
    const { code, headers } = await doors.https.ask('POST', `${configMaps}?dryRun=All`, {
      body: { metadata: { name: 'warned' }, 'größe𝒳\u0085\n': 1 },
    });
    expect(code).to.equal(201);
    expect(Buffer.from(`${headers.warning}`, 'latin1').toString()).to.equal(
      '299 - "unknown field \\"größe𝒳 \\""',
    );
  });

  it('keys of prototypes are keys like others, and pollute nothing', async () => {
    for (const key of prototypes) {
      const text = `{"metadata":{"name":"key-${prototypes.indexOf(key)}","annotations":{"${key}":"yes"}},"data":{"${key}":"yes"}}`;
      const { code, body } = await doors.https.ask('POST', configMaps, { body: text });
      expect(faultOf(code, body)).to.equal(undefined);
      await doors.https.ask('PATCH', `${configMaps}/kube-root-ca.crt?dryRun=All`, {
        body: `{"metadata":{"labels":{"${key}":{"polluted":"yes"}}},"${key}":{"polluted":"yes"}}`,
        contentType: 'application/merge-patch+json',
      });
    }
    const fresh = await doors.https.must('POST', `${configMaps}?dryRun=All`, {
      body: { metadata: { name: 'fresh' }, data: { a: 'b' } },
    });
    expect(JSON.stringify(fresh)).to.not.include('polluted');
    expect(fresh.data).to.deep.equal({ a: 'b' });
  });

  for (const [what, { bytes, code }] of Object.entries(broken)) {
    it(`broken HTTP: ${what}`, async () => {
      const answer = await doors.raw(bytes);
      expect(answer).to.match(new RegExp(`^HTTP/1\\.1 ${code} .*?\r\nconnection: close\r\n`, 'is'));
      const status = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      expect(status).to.deep.include({ kind: 'Status', status: 'Failure', code });
      expect(status.message)
        .to.match(/\w/)
        .and.not.match(/\n|node:|\.js/);
    });
  }

  it('HTTP without TLS is told that it needs TLS', async () => {
    const plain = connect({ host: '127.0.0.1', port: Number(new URL(doors.cluster.server).port) });
    plain.on('error', () => undefined);
    plain.end('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
    const answer = (await plain.toArray()).join('');
    expect(answer).to.match(
      /^HTTP\/1\.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server/,
    );
  });

  it('what follows a request, and is none, leaves that its own answer', async () => {
    await doors.https.must('POST', configMaps, { body: { metadata: { name: 'followed' } } });
    // So does Node's client send the body of a DELETE, with neither length nor chunks.
    const head = `DELETE ${configMaps}/followed HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${doors.cluster.adminToken}\r\n\r\n`;
    const answer = await doors.raw(`${head}{"gracePeriodSeconds":0}`);
    expect(answer).to.match(/^HTTP\/1\.1 200 .*?\r\nconnection: close\r\n/is);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).to.include({ status: 'Success' });
    expect((await doors.https.ask('GET', `${configMaps}/followed`)).code).to.equal(404);
  });

  it('a whole URL is asked for by its path', async () => {
    for (const url of ['https://hub/healthz', 'HTTPS://hub:6443/healthz?verbose'])
      expect(await doors.raw(`GET ${url} HTTP/1.0\r\n\r\n`)).to.match(/^HTTP\/1\.1 200 /);
    expect(await doors.raw('GET https://hub?a=b HTTP/1.0\r\n\r\n')).to.match(
      /^HTTP\/1\.1 403 .*cannot get path \\"\/\\"/s,
    );
  });

  it('the HTTP of old is HTTP', async () => {
    expect(await doors.raw('GET /healthz HTTP/1.0\r\n\r\n')).to.match(/^HTTP\/1\.1 200 .*ok$/s);
  });

  it('whose body breaks off in the middle is told so, and nothing is done', async () => {
    const head = `POST ${configMaps} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`;
    const answer = await doors.raw(`${head}transfer-encoding: chunked\r\n\r\n5\r\n{"met\r\nZZ\r\n`);
    expect(answer).to.match(/^HTTP\/1\.1 40[013] /);
  });

  it('over MQTT: payloads that are no requests', async () => {
    for (const payload of [
      '',
      'text',
      '[]',
      'null',
      '{}',
      '{"id":7}',
      Buffer.from([0xff, 0xfe, 0]),
      nested(100_000, '[', ']'),
    ])
      doors.publish(payload);
    const { code } = await doors.rpc({ method: 'GET', path: '/api/v1/namespaces/default' });
    expect(code).to.equal(200);
  });

  it('over MQTT: requests that ask for nothing that there is', async () => {
    const cases: [Parameters<Doors['rpc']>[0], number[]][] = [
      [{}, [400]],
      [{ method: 7, path: {} }, [400]],
      [{ method: 'GET', path: 'api' }, [400, 404]],
      [{ method: 'BREW', path: '/api/v1/pods' }, [405]],
      [{ method: 'GET', path: '/api/v1/things' }, [404]],
      [{ method: 'GET', path: '/api/v1/namespaces/%zz' }, [400]],
      [{ method: 'POST', path: configMaps, body: [] }, [400]],
      [{ method: 'POST', path: configMaps, body: 'text' }, [400]],
      [{ method: 'POST', path: configMaps, body: { metadata: { name: 5 } } }, [400]],
      [{ method: 'POST', path: configMaps, body: { data: 'x' }, contentType: 'text/xml' }, [415]],
      [{ method: 'POST', path: configMaps, contentType: 5 }, [400, 415]],
      [{ method: 'PATCH', path: `${configMaps}/kube-root-ca.crt`, body: {} }, [415]],
    ];
    for (const [request, wanted] of cases) {
      const { code, body } = await doors.rpc(request);
      expect(code, `${JSON.stringify(request)} → ${JSON.stringify(body)}`).to.be.oneOf(wanted);
      expect(faultOf(code, body)).to.equal(undefined);
    }
  });

  it('over MQTT: a request of more than 3 MiB, then one that is cut off', async () => {
    const sized = (bytes: number) => ({
      method: 'POST',
      path: configMaps,
      body: { metadata: { name: 'big' }, data: { a: 'x'.repeat(bytes) } },
    });
    const { code, body } = await doors.rpc(sized(3 * 1024 * 1024));
    expect([code, body]).to.have.nested.property('[0]', 413);
    doors.publish(Buffer.alloc(10 * 1024 * 1024, 0x20));
    const deadline = Date.now() + 10_000;
    while (!(await doors.reconnected()) && Date.now() < deadline)
      await new Promise((done) => setTimeout(done, 20));
    const { code: after } = await doors.rpc({ method: 'GET', path: '/api/v1/namespaces/default' });
    expect(after).to.equal(200);
  });

  it('leaves memory bounded', () => {
    expect(costOf(pid).rssMiB).to.be.below(300);
  });
});
