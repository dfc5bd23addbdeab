// What must not be taken, by its name, at both doors of a real hub: a Status with the right code, the process unmoved.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import { generate } from 'mqtt-packet';
import { costOf } from '../../bench/process-cost.ts';
import { until } from '../../support/until.ts';
import { broken, configMap, configMaps, items, keys, nested, overHttps } from './bad-requests.ts';
import { Doors, faultOf } from './doors.ts';

/** Several times of what the dearest of these take, and a fraction of what those took that grew with a square. */
const mostTime = 2_000;

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
      [{ method: 'POST', path: '/version' }, [405]],
      [{ method: 'POST', path: configMaps, body: configMap({ data: keys(150_000) }) }, [413]],
      [
        {
          method: 'GET',
          path: `${configMaps}?labelSelector=a+in+(${items(50_000).map(({ name }) => name)})`,
        },
        [413],
      ],
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

  it('over MQTT: packets that are none, or that come out of order, end their own connection alone', async () => {
    const hello = generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: 'broken',
      keepalive: 0,
      username: 'x',
      password: Buffer.from(doors.cluster.adminToken),
    });
    const packets: Record<string, Buffer> = {
      'a PUBLISH first': Buffer.from([0x30, 4, 0, 1, 97, 98]),
      'MQTT 9': Buffer.from(hello.toString('latin1').replace('MQTT\x04', 'MQTT\x09'), 'latin1'),
      'another protocol': Buffer.from(hello.toString('latin1').replace('MQTT', 'MQXX'), 'latin1'),
      HTTP: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      'CONNECT twice': Buffer.concat([hello, hello]),
      ...Object.fromEntries(
        Object.entries({
          'a type that there is not': [0xf0, 0],
          'a length of five bytes': [0x30, 0xff, 0xff, 0xff, 0xff, 0x7f],
          'a length of 268 MB': [0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 97],
          'QoS 3': [0x36, 5, 0, 1, 97, 0, 1],
          'a topic with a zero': [0x30, 5, 0, 3, 97, 0, 98],
          'a topic that is not UTF-8': [0x30, 5, 0, 3, 97, 0xff, 98],
          'a topic with a wildcard': [0x30, 4, 0, 2, 97, 0x23],
          'a topic longer than its packet': [0x30, 4, 0, 200, 97, 98],
          'a SUBSCRIBE to nothing': [0x82, 2, 0, 1],
        }).map(([what, bytes]) => [what, Buffer.concat([hello, Buffer.from(bytes)])]),
      ),
    };
    await Promise.all(
      Object.entries(packets).map(async ([what, bytes]) => {
        expect(await doors.isCutOff(bytes), what).to.equal(true);
      }),
    );
    const { code } = await doors.rpc({ method: 'GET', path: '/api/v1/namespaces/default' });
    expect(code).to.equal(200);
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
