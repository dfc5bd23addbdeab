import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { NodeStreamRequest } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const merge = 'application/merge-patch+json';
const containers = [{ name: 'c', image: 'i' }];

describe('a subresource', () => {
  let server: ApiServerFixture;
  let opened: { node: string; request: NodeStreamRequest }[];
  beforeEach(async () => {
    opened = [];
    server = await startApiServer({
      nodeStreams: {
        open: async (node, request) => {
          opened.push({ node, request });
          return new PassThrough().end('hello\n');
        },
        check: () => {},
      },
    });
  });
  afterEach(() => server.stop());

  const merged = (path: string, body: object) => server.must('PATCH', path, { contentType: merge, body });

  describe('scale', () => {
    beforeEach(() =>
      server.must('POST', deployments, {
        body: {
          metadata: { name: 'web' },
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: { metadata: { labels: { app: 'web' } }, spec: { containers } },
          },
        },
      }),
    );

    it('shows replicas and selector of what it scales', async () => {
      const scale = await server.must('GET', `${deployments}/web/scale`);
      expect(scale).to.deep.include({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        spec: { replicas: 2 },
        status: { replicas: 0, selector: 'app=web' },
      });
      expect(scale.metadata).to.include({ name: 'web', namespace: 'default' });
    });

    it('changes replicas and nothing else', async () => {
      const scale = await server.must('GET', `${deployments}/web/scale`);
      const put = await server.must('PUT', `${deployments}/web/scale`, {
        body: { ...scale, spec: { replicas: 5 } },
      });
      expect(put.spec.replicas).to.equal(5);
      const stale = await server.ask('PUT', `${deployments}/web/scale`, {
        body: { ...scale, spec: { replicas: 6 } },
      });
      expect(stale.code).to.equal(409);
      const patched = await merged(`${deployments}/web/scale`, { spec: { replicas: 3 } });
      expect(patched.spec.replicas).to.equal(3);
      const after = await server.must('GET', `${deployments}/web`);
      expect(after).to.nested.include({ 'spec.replicas': 3, 'metadata.generation': 3 });
    });
  });

  describe('binding', () => {
    it('gives a pod its node, once', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec: { containers } } });
      const binding = {
        kind: 'Binding',
        apiVersion: 'v1',
        metadata: { name: 'p' },
        target: { kind: 'Node', name: 'n1' },
      };
      const bound = await server.ask('POST', `${pods}/p/binding`, { body: binding });
      expect(bound.body).to.deep.equal({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      });
      const pod = await server.must('GET', `${pods}/p`);
      expect(pod.spec.nodeName).to.equal('n1');
      expect(pod.status.conditions).to.deep.equal([
        {
          type: 'PodScheduled',
          status: 'True',
          lastProbeTime: null,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ]);
      const again = await server.ask('POST', `${pods}/p/binding`, { body: binding });
      expect(again.code).to.equal(409);
      expect(again.body.message).to.equal(
        'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
      );
    });

    it('waits for the gates of its scheduling', async () => {
      const spec = { schedulingGates: [{ name: 'quota' }], containers };
      await server.must('POST', pods, { body: { metadata: { name: 'gated' }, spec } });
      const body = { metadata: { name: 'gated' }, target: { kind: 'Node', name: 'n1' } };
      const refused = await server.ask('POST', `${pods}/gated/binding`, { body });
      expect(refused.code).to.equal(409);
      expect(refused.body.message).to.equal(
        'Operation cannot be fulfilled on pods/binding "gated": pod gated has non-empty .spec.schedulingGates',
      );
      await server.must('PATCH', `${pods}/gated`, {
        body: { spec: { schedulingGates: [] } },
        contentType: 'application/merge-patch+json',
      });
      expect((await server.ask('POST', `${pods}/gated/binding`, { body })).code).to.equal(201);
    });

    it('may be said of a pod that is named in it', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec: { containers } } });
      const body = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };
      const { code } = await server.ask('POST', '/api/v1/namespaces/default/bindings', { body });
      expect(code).to.equal(201);
      expect((await server.must('GET', `${pods}/p`)).spec.nodeName).to.equal('n1');
    });
  });

  describe('eviction', () => {
    it('deletes the pod with the options that it carries', async () => {
      const spec = { nodeName: 'n1', containers };
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec } });
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'p' },
        deleteOptions: { gracePeriodSeconds: 7 },
      };
      const tried = await server.ask('POST', `${pods}/p/eviction?dryRun=All`, { body });
      expect(tried.code).to.equal(201);
      expect((await server.must('GET', `${pods}/p`)).metadata).to.not.have.property('deletionTimestamp');
      await server.must('POST', `${pods}/p/eviction`, { body });
      expect((await server.must('GET', `${pods}/p`)).metadata.deletionGracePeriodSeconds).to.equal(7);
    });
  });

  describe('ephemeralcontainers', () => {
    const debug = { spec: { ephemeralContainers: [{ name: 'd', image: 'busybox:1' }] } };

    it('adds containers, and changes nothing else', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec: { containers } } });
      const body = await merged(`${pods}/p/ephemeralcontainers`, {
        metadata: { labels: { a: 'b' } },
        ...debug,
      });
      expect(body.spec.ephemeralContainers).to.have.length(1);
      expect(body.metadata).not.to.have.property('labels');
    });

    it('is not for the mirror of a static pod', async () => {
      const metadata = { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } };
      await server.must('POST', pods, { body: { metadata, spec: { nodeName: 'n1', containers } } });
      const { code, body } = await server.ask('PATCH', `${pods}/p/ephemeralcontainers`, {
        body: debug,
        contentType: 'application/merge-patch+json',
      });
      expect(code).to.equal(422);
      expect(body.message).to.equal(
        'Pod "p" is invalid: []: Forbidden: static pods do not support ephemeral containers',
      );
    });
  });

  describe('log', () => {
    const spec = { nodeName: 'n1', containers };

    it('comes from the node that runs the pod', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec } });
      const query = 'tailLines=5&follow=true&sinceTime=2026-01-01T00:00:00Z&timestamps=false';
      const answer = await server.handle('GET', `${pods}/p/log?${query}`);
      if (answer.type !== 'stream') throw new Error(`not a stream: ${answer.type}`);
      expect((await answer.stream.toArray()).join('')).to.equal('hello\n');
      expect(opened).to.have.length(1);
      expect(opened[0]?.node).to.equal('n1');
      expect(opened[0]?.request).to.deep.include({
        pod: 'p',
        namespace: 'default',
        container: 'c',
        options: { tailLines: 5, follow: true, sinceTime: '2026-01-01T00:00:00Z' },
      });
    });

    it('of a pod of several containers wants one of them named', async () => {
      const several = {
        initContainers: [{ name: 'i', image: 'nginx:1' }],
        containers: [...containers, { name: 'd', image: 'nginx:1' }],
      };
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec: several } });
      const { code, body } = await server.ask('GET', `${pods}/p/log`);
      expect(code).to.equal(400);
      expect(body.message).to.equal('a container name must be specified for pod p, choose one of: [i c d]');
    });

    it('of a container that waits says what it waits for', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec } });
      const state = { waiting: { reason: 'ContainerCreating' } };
      const status = {
        containerStatuses: [{ name: 'c', ready: false, restartCount: 0, image: 'i', imageID: '', state }],
      };
      await merged(`${pods}/p/status`, { status });
      const answer = await server.ask('GET', `${pods}/p/log`);
      expect(answer.code).to.equal(400);
      expect(answer.body.message).to.equal('container "c" in pod "p" is waiting to start: ContainerCreating');
      expect(opened).to.have.length(0);
    });

    it('of a time that is none, or of a number beyond 64 bits, is refused as Go does', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec } });
      const words = {
        'sinceTime=x': 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
        'tailLines=x': 'strconv.ParseInt: parsing "x": invalid syntax',
        'tailLines=9223372036854775808':
          'strconv.ParseInt: parsing "9223372036854775808": value out of range',
      };
      for (const [query, message] of Object.entries(words)) {
        const { code, body } = await server.ask('GET', `${pods}/p/log?${query}`);
        expect({ code, message: body.message }).to.deep.equal({ code: 400, message });
      }
      const { body } = await server.ask('GET', `${pods}?resourceVersion=18446744073709551616`);
      expect(body.message).to.match(/ParseUint: parsing "18446744073709551616": value out of range$/);
      const { code } = await server.ask('GET', `${pods}?resourceVersion=18446744073709551615`);
      expect(code).to.equal(504);
    });

    it('of a pod without a node is empty', async () => {
      await server.must('POST', pods, { body: { metadata: { name: 'p' }, spec: { containers } } });
      const answer = await server.handle('GET', `${pods}/p/log`);
      expect(answer.code).to.equal(204);
    });
  });

  describe('approval', () => {
    const pem = '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n';
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'example.com/any',
      usages: ['client auth'],
    };
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: 'yes' }];
    const merge = 'application/merge-patch+json';
    beforeEach(() => server.must('POST', requests, { body: { metadata: { name: 'r' }, spec } }));

    it('says yes or no, and leaves the certificate alone', async () => {
      const created = await server.must('GET', `${requests}/r`);
      const body = { ...created, status: { certificate: 'Zm9yZ2Vk', conditions } };
      const approved = await server.must('PUT', `${requests}/r/approval`, { body });
      expect(approved.status).to.not.have.property('certificate');
      expect(approved.status.conditions[0]).to.include({
        type: 'Approved',
        lastUpdateTime: '2026-01-01T00:00:00Z',
      });
    });

    it('takes metadata along; conditions that a signer adds are timed as well', async () => {
      const metadata = { annotations: { by: 'me' } };
      const patched = await server.must('PATCH', `${requests}/r/approval`, {
        contentType: merge,
        body: { metadata, status: { conditions } },
      });
      expect(patched.metadata.annotations).to.deep.equal({ by: 'me' });
      await server.clock.advance(1000);
      const added = { type: 'Seen', status: 'True', reason: 'Test', lastTransitionTime: null };
      const body = { ...patched, status: { conditions: [...patched.status.conditions, added] } };
      const { status } = await server.must('PUT', `${requests}/r/status`, { body });
      expect(status.conditions[0]).to.deep.equal(patched.status.conditions[0]);
      const later = '2026-01-01T00:00:01Z';
      expect(status.conditions[1]).to.include({ lastUpdateTime: later, lastTransitionTime: later });
    });
  });

  describe('resize', () => {
    const amounts = (cpu: string) => ({
      requests: { cpu },
      limits: { cpu: '2', 'ephemeral-storage': '1Gi' },
    });
    const spec = { containers: [{ name: 'c', image: 'i', resources: amounts('1') }] };
    const strategic = 'application/strategic-merge-patch+json';
    const resized = (resources: object, more: object = {}) =>
      server.ask('PATCH', `${pods}/p/resize`, {
        contentType: strategic,
        body: { ...more, spec: { containers: [{ name: 'c', image: 'other', resources }] } },
      });

    beforeEach(() => server.must('POST', pods, { body: { metadata: { name: 'p' }, spec } }));

    it('changes cpu and memory of containers, and nothing else', async () => {
      const { body } = await resized({ requests: { cpu: '1500m' } }, { metadata: { labels: { a: 'b' } } });
      expect(body.spec.containers[0]).to.deep.include({
        image: 'i',
        resources: { ...amounts('1500m'), requests: { cpu: '1500m', 'ephemeral-storage': '1Gi' } },
      });
      expect(body.status.resize).to.equal('Proposed');
      expect(body.metadata).to.not.have.property('labels');
      expect((await server.must('GET', `${pods}/p/resize`)).kind).to.equal('Pod');
    });

    it('keeps a pod in its class, and other resources as they are', async () => {
      const limits = { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' };
      const better = await resized({ limits, requests: limits });
      expect(better.code).to.equal(422);
      expect(better.body.message).to.contain(
        'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
      );
      const disk = await resized({ limits: { 'ephemeral-storage': '2Gi' } });
      expect(disk.body.message).to.contain('spec: Forbidden: only cpu and memory resources are mutable');
    });
  });
});
