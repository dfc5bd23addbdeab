// The APIServices of what a hub serves itself: stored like everything else, kept by the hub, heard of over both doors.

import { expect } from 'chai';
import { MqttBus } from '../../../shared/bus/index.ts';
import { eventually, TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const path = '/apis/apiregistration.k8s.io/v1/apiservices';
const topic = 'kelp/v1/watch/apiregistration.k8s.io/apiservices/_';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const merge = 'application/merge-patch+json';
const managed = 'kube-aggregator.kubernetes.io/automanaged';

describe('the APIServices of a hub', function () {
  this.timeout(90_000);
  const cluster = new TestCluster();
  let https: HttpsJson;

  before(async () => {
    await cluster.startHub();
    https = new HttpsJson(cluster.server, cluster.kubeconfig);
  });

  after(async () => {
    https?.close();
    await cluster.close();
  });

  const get = async (name: string): Promise<Json> => {
    const { code, body } = await https.ask('GET', `${path}/${name}`);
    return code === 200 ? body : undefined;
  };
  const local = ({ status }: Json) =>
    status?.conditions?.some(
      ({ type, status: is, reason }: Json) => type === 'Available' && is === 'True' && reason === 'Local',
    );
  const available = (name: string) =>
    eventually(`${name} to be available`, async () => {
      const service = await get(name);
      return service && local(service) ? service : undefined;
    });
  const definition = (group: string, ...versions: string[]) => ({
    metadata: { name: `things.${group}` },
    spec: {
      ...{ group, scope: 'Cluster', names: { plural: 'things', kind: 'Thing' } },
      versions: versions.map((name, index) => ({
        ...{ name, served: true, storage: index === 0 },
        schema: { openAPIV3Schema: { type: 'object' } },
      })),
    },
  });

  it('are there for every version that is discovered, and are written once', async () => {
    const { groups } = await https.must('GET', '/apis');
    const names: string[] = groups.flatMap(({ name, versions }: Json) =>
      versions.map(({ version }: Json) => `${version}.${name}`),
    );
    const expected = ['v1.', ...names.filter((name) => name !== 'v1.apiregistration.k8s.io')];
    for (const name of expected) await available(name);
    const { items } = await https.must('GET', path);
    expect(items.map(({ metadata }: Json) => metadata.name)).to.have.members(expected);
    const table = await https.must('GET', path, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const row = table.rows.find(({ cells }: Json) => cells[0] === 'v1.apps');
    expect(row.cells.slice(0, 3)).to.deep.equal(['v1.apps', 'Local', 'True']);
    const selected = await https.must('GET', `${path}?labelSelector=${managed}%3Dtrue`);
    expect(selected.items).to.deep.equal([]);
    await cluster.hub.stop();
    await cluster.startHub();
    https.close();
    https = new HttpsJson(cluster.server, cluster.kubeconfig);
    const again = await https.must('GET', path);
    expect(again.items.map(({ metadata }: Json) => metadata.resourceVersion)).to.deep.equal(
      items.map(({ metadata }: Json) => metadata.resourceVersion),
    );
  });

  it('come and go with the versions of a definition, as watches over HTTP and MQTT tell', async () => {
    const group = 'come.example.com';
    const bus = new MqttBus({
      address: () => ({ host: '127.0.0.1', port: cluster.mqttPort }),
      ...{ clientId: 'registration', tls: { ca: cluster.ca }, token: cluster.adminToken },
    });
    try {
      await bus.connect();
      const heard: [string, string][] = [];
      await bus.subscribe(`${topic}/+`, (name, payload) => heard.push([name, payload.toString()]));
      const { metadata } = await https.must('GET', path);
      const events = await https.watch(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`);
      await https.must('POST', definitions, { body: definition(group, 'v1', 'v2') });
      // It is served at once; what tells of it comes after.
      expect((await https.ask('GET', `/apis/${group}/v2/things`)).code).to.equal(200);
      const made = await available(`v1.${group}`);
      expect(made.metadata.labels).to.deep.equal({ [managed]: 'true' });
      expect(made.spec).to.deep.equal({
        ...{ group, version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 },
      });
      await available(`v2.${group}`);
      await https.must('PATCH', `${definitions}/things.${group}`, {
        ...{ body: { spec: definition(group, 'v1').spec }, contentType: merge },
      });
      await eventually('v2 to be gone', async () => (await get(`v2.${group}`)) === undefined || undefined);
      expect(await get(`v1.${group}`)).to.not.equal(undefined);
      await https.must('DELETE', `${definitions}/things.${group}`);
      await eventually('v1 to be gone', async () => (await get(`v1.${group}`)) === undefined || undefined);
      const kinds = (version: string) =>
        events.filter(({ object }) => object.metadata.name === `${version}.${group}`).map(({ type }) => type);
      for (const version of ['v1', 'v2']) {
        await eventually('the watch to tell', () => kinds(version).includes('DELETED') || undefined);
        expect(kinds(version)).to.deep.equal(['ADDED', 'DELETED']);
        const told = () => heard.filter(([name]) => name === `${topic}/${version}.${group}`);
        await eventually('MQTT to tell', () => told().at(-1)?.[1] === '' || undefined);
        const first = told().map(([, text]) => text)[0] ?? '';
        expect(JSON.parse(first)).to.have.nested.property('metadata.name', `${version}.${group}`);
      }
    } finally {
      await bus.close();
    }
  });

  it('are put back for a definition, and left to people for what is built in until the next start', async () => {
    const group = 'back.example.com';
    await https.must('POST', definitions, { body: definition(group, 'v1') });
    const { metadata } = await available(`v1.${group}`);
    await https.must('DELETE', `${path}/v1.${group}`);
    const back = await eventually('it to be back', async () => {
      const found = await get(`v1.${group}`);
      return found && found.metadata.uid !== metadata.uid ? found : undefined;
    });
    await https.must('PATCH', `${path}/v1.${group}`, {
      ...{ body: { spec: { versionPriority: 7 } }, contentType: merge },
    });
    await eventually('its spec to be back', async () => {
      const { spec, metadata: now } = await get(`v1.${group}`);
      return (spec.versionPriority === 100 && now.uid === back.metadata.uid) || undefined;
    });

    // Changed, deleted, and deleted and made by somebody.
    const priority = { spec: { groupPriorityMinimum: 99 } };
    await https.must('PATCH', `${path}/v1.policy`, { body: priority, contentType: merge });
    await https.must('DELETE', `${path}/v1.batch`);
    await https.must('DELETE', `${path}/v1.apps`);
    const service = { service: { name: 'metrics-server', namespace: 'kube-system' } };
    const takenOver = { body: { spec: { ...service, insecureSkipTLSVerify: true } }, contentType: merge };
    await https.must('PATCH', `${path}/v1beta1.metrics.k8s.io`, takenOver);
    await eventually('what is somebody else’s now to be asked', async () => {
      const { code } = await https.ask('GET', '/apis/metrics.k8s.io/v1beta1/nodes');
      return code === 503 || undefined;
    });
    const { metadata: old, ...mine } = await get('v1.storage.k8s.io');
    await https.must('DELETE', `${path}/v1.storage.k8s.io`);
    const body = { ...mine, metadata: { name: old.name, labels: { mine: 'yes' } } };
    body.spec.groupPriorityMinimum = 98;
    await https.must('POST', path, { body });
    await available('v1.storage.k8s.io');
    expect((await https.ask('GET', '/apis/apps/v1/deployments')).code).to.equal(200);
    expect(await get('v1.batch')).to.equal(undefined);
    await cluster.hub.stop();
    await cluster.startHub();
    https.close();
    https = new HttpsJson(cluster.server, cluster.kubeconfig);
    expect((await available('v1.batch')).metadata.labels).to.deep.equal({ [managed]: 'onstart' });
    await available('v1.apps');
    await eventually('the changed one to be as it was', async () => {
      const { spec } = await get('v1.policy');
      return spec.groupPriorityMinimum === 17100 || undefined;
    });
    expect(await get('v1beta1.metrics.k8s.io')).to.have.nested.property(
      'spec.service.name',
      'metrics-server',
    );
    expect(await get('v1.storage.k8s.io')).to.have.nested.property('spec.groupPriorityMinimum', 98);
  });

  it('are gone together at the asking, but for what comes back', async () => {
    const group = 'all.example.com';
    await https.must('POST', definitions, { body: definition(group, 'v1') });
    const { metadata } = await available(`v1.${group}`);
    const { items } = await https.must('DELETE', `${path}?fieldSelector=metadata.name%3Dv1.${group}`);
    expect(items.map((item: Json) => item.metadata.uid)).to.deep.equal([metadata.uid]);
    expect((await available(`v1.${group}`)).metadata.uid).to.not.equal(metadata.uid);
    const applied = await https.must('PATCH', `${path}/v1.${group}?fieldManager=me`, {
      contentType: 'application/apply-patch+yaml',
      body: {
        ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
        metadata: { name: `v1.${group}`, annotations: { mine: 'yes' } },
      },
    });
    expect(applied.metadata.annotations).to.deep.equal({ mine: 'yes' });
    expect(applied.spec.versionPriority).to.equal(100);
  });
});
