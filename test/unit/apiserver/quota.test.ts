// Quotas, limits and priorities at the door of the API.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

interface Recorded {
  note: string;
  verb: string;
  path: string;
  body: KubeObject;
  code: number;
  status: { reason: string; message: string; details: object };
}

const inQ = '/api/v1/namespaces/e-q';
const pod = (name: string, resources: object = {}, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'nginx', resources }], ...spec },
});
const quota = (hard: object, spec: object = {}) => ({ metadata: { name: 'q1' }, spec: { hard, ...spec } });

describe('admission', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer({ admission: createAdmission });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('e-q') });
  });
  afterEach(() => server.stop());

  const create = (plural: string, body: object) => server.ask('POST', `${inQ}/${plural}`, { body });
  const must = (plural: string, body: object) => server.must('POST', `${inQ}/${plural}`, { body });

  describe('of a namespace with a quota', () => {
    const recorded: Recorded[] = readJson('api/workloads/errors.json').filter(({ note }: Recorded) =>
      note.startsWith('quota:'),
    );

    /** As it was when the refusals were recorded. */
    async function populate(note: string): Promise<void> {
      await must('configmaps', { metadata: { name: 'kube-root-ca.crt' } });
      await must('configmaps', { metadata: { name: 'another' } });
      await must('secrets', { metadata: { name: 'token' } });
      if (note.includes('two limits')) await must('pods', pod('p', { requests: { cpu: '800m' } }));
      if (note === 'quota: services')
        await must('services', { metadata: { name: 'one' }, spec: { ports: [{ port: 80 }] } });
      const hard = {
        pods: '1',
        'requests.cpu': '1',
        'services.nodeports': '0',
        services: '1',
        'count/configmaps': '2',
        persistentvolumeclaims: '0',
        'requests.storage': '1Gi',
        secrets: '1',
      };
      await must('resourcequotas', quota(hard));
    }

    for (const { note, path, body, code, status } of recorded)
      it(`refuses ${note}`, async () => {
        await populate(note);
        const answer = await server.ask('POST', path, { body });
        // Since v1.26 the containers are named.
        const message = status.message.replace(
          'must specify requests.cpu',
          'must specify requests.cpu for: c',
        );
        expect(answer.body.message).to.equal(message);
        expect(answer.code).to.equal(code);
        expect(answer.body.details).to.deep.equal(status.details);
      });

    it('gives the last place to one of many who want it', async () => {
      await must('resourcequotas', quota({ pods: '3' }));
      const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
      const answers = await Promise.all(names.map((name) => create('pods', pod(name))));
      expect(answers.filter(({ code }) => code === 201)).to.have.length(3);
      const messages = answers.filter(({ code }) => code === 403).map(({ body }) => body.message);
      expect(messages).to.have.length(7);
      for (const message of messages)
        expect(message).to.contain('requested: pods=1, used: pods=3, limited: pods=3');
    });

    it('counts pods no longer when they have ended, and their objects still', async () => {
      await must('resourcequotas', quota({ pods: '1', 'count/pods': '2' }));
      const first = await must('pods', pod('a'));
      expect((await create('pods', pod('b'))).code).to.equal(403);
      await server.must('PUT', `${inQ}/pods/a/status`, {
        body: { ...first, status: { ...first.status, phase: 'Succeeded' } },
      });
      expect((await create('pods', pod('b'))).code).to.equal(201);
      const { body } = await create('pods', pod('c'));
      expect(body.message).to.contain('requested: count/pods=1,pods=1, used: count/pods=2,pods=1');
    });

    it('asks only for the pods of its scope', async () => {
      await must('resourcequotas', quota({ pods: '0' }, { scopes: ['Terminating'] }));
      expect((await create('pods', pod('a'))).code).to.equal(201);
      expect((await create('pods', pod('b', {}, { activeDeadlineSeconds: 5 }))).code).to.equal(403);
      expect((await create('configmaps', { metadata: { name: 'c' } })).code).to.equal(201);
    });

    it('counts what a Service comes to want later', async () => {
      await must('resourcequotas', quota({ 'services.nodeports': '1' }));
      const service = await must('services', { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
      const ports = [
        { port: 80, name: 'a' },
        { port: 81, name: 'b' },
      ];
      const more = { ...service, spec: { ...service.spec, type: 'NodePort', ports } };
      const answer = await server.ask('PUT', `${inQ}/services/s`, { body: more });
      expect(answer.body.message).to.contain('requested: services.nodeports=2, used: services.nodeports=0');
    });

    it('counts objects of any resource by their group', async () => {
      await must('resourcequotas', quota({ 'count/jobs.batch': '0' }));
      const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
      const body = { metadata: { name: 'j' }, spec: { template } };
      const answer = await server.ask('POST', '/apis/batch/v1/namespaces/e-q/jobs', { body });
      expect(answer.body.message).to.equal(
        'jobs.batch "j" is forbidden: exceeded quota: q1, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0',
      );
    });
  });

  describe('of a namespace with limits', () => {
    const limit = (item: object) =>
      must('limitranges', { metadata: { name: 'l' }, spec: { limits: [item] } });

    it('fills in what a container leaves open, and says so', async () => {
      await limit({
        type: 'Container',
        default: { cpu: '500m', memory: '64Mi' },
        defaultRequest: { cpu: '100m' },
      });
      const { metadata, spec } = await must('pods', pod('p', { limits: { memory: '1Gi' } }));
      expect(spec.containers[0].resources).to.deep.equal({
        limits: { cpu: '500m', memory: '1Gi' },
        requests: { cpu: '100m', memory: '1Gi' },
      });
      expect(metadata.annotations['kubernetes.io/limit-ranger']).to.equal(
        'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
      );
    });

    it('refuses what is too little, too much, or too far apart', async () => {
      await limit({
        type: 'Container',
        min: { cpu: '100m' },
        max: { cpu: '1' },
        maxLimitRequestRatio: { cpu: '2' },
      });
      const refused = async (resources: object) => (await create('pods', pod('p', resources))).body.message;
      expect(await refused({ requests: { cpu: '50m' }, limits: { cpu: '100m' } })).to.equal(
        'pods "p" is forbidden: minimum cpu usage per Container is 100m, but request is 50m',
      );
      expect(await refused({ requests: { cpu: '1' }, limits: { cpu: '2' } })).to.equal(
        'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
      );
      expect(await refused({ requests: { cpu: '200m' }, limits: { cpu: '1' } })).to.equal(
        'pods "p" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000',
      );
    });

    it('adds up the containers of a pod', async () => {
      await limit({ type: 'Pod', max: { memory: '1Gi' } });
      const containers = ['a', 'b'].map((name) => ({
        name,
        image: 'i',
        resources: { limits: { memory: '600Mi' } },
      }));
      const { body } = await create('pods', { metadata: { name: 'p' }, spec: { containers } });
      expect(body.message).to.equal(
        'pods "p" is forbidden: maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
      );
    });
  });

  describe('of pods with a priority', () => {
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    const addClass = (name: string, fields: object) =>
      server.ask('POST', classes, { body: { metadata: { name }, ...fields } });

    it('takes number and policy from the class', async () => {
      await addClass('high', { value: 100, preemptionPolicy: 'Never' });
      const { spec } = await must('pods', pod('p', {}, { priorityClassName: 'high' }));
      expect(spec).to.include({ priority: 100, preemptionPolicy: 'Never' });
    });

    it('gives the default class to who names none; there is but one', async () => {
      await addClass('usual', { value: 7, globalDefault: true });
      const { spec } = await must('pods', pod('p'));
      expect(spec).to.include({ priority: 7, priorityClassName: 'usual' });
      const second = await addClass('other', { value: 8, globalDefault: true });
      expect(second.body.message).to.equal(
        'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
      );
    });
  });
});
