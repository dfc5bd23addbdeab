// What upstream's conformance suite walks for one resource after the other, here for every one that discovery offers:
// created, read, listed, watched, patched in three ways, replaced, its status patched, listed in pages, deleted.

import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { resources } from '../../../shared/api/index.ts';
import { apiVersionOf } from '../../../shared/machinery/index.ts';
import { certificateTask } from '../../../shared/pki/index.ts';
import { eventually, TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';
import { minimalFields } from '../../support/minimal-objects.ts';

interface Offered {
  /** e.g. `/apis/apps/v1`. */
  root: string;
  apiVersion: string;
  name: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  hasStatus: boolean;
}

const namespace = 'lifecycle';
const json = 'application/json';
const walked = ['create', 'delete', 'watch'] as const;

describe('the life of every resource', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let api: HttpsJson;
  let offered: Offered[] = [];

  before(async () => {
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    await api.must('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
    offered = await discover(api);
  });
  after(async () => {
    api?.close();
    await cluster.close();
  });

  it('is led at an API that Endpoints and EndpointSlices tell, also where it listens on loopback alone', async function () {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    if (!own.some(({ internal, family }) => !internal && family === 'IPv4')) this.skip();
    const { subsets } = await eventually('the endpoints of the API', async () => {
      const { code, body } = await api.ask('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
      return code === 200 ? body : undefined;
    });
    const [{ addresses, ports }] = subsets;
    expect(own.map(({ address }) => address)).to.include(addresses[0].ip);
    expect(ports).to.eql([{ name: 'https', port: Number(new URL(cluster.server).port), protocol: 'TCP' }]);
    const { items } = await eventually('its slice', async () => {
      const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
      const body = await api.must('GET', `${slices}?labelSelector=kubernetes.io/service-name=kubernetes`);
      return body.items.length > 0 ? body : undefined;
    });
    expect(items[0].endpoints[0].addresses).to.eql([addresses[0].ip]);
    expect(items[0].ports).to.eql(ports);
  });

  it('is that of every row of the table that can be created, watched and deleted', () => {
    const rows = resources.filter(({ verbs }) => walked.every((verb) => verbs.includes(verb)));
    const known = ({ group, version, resource }: (typeof rows)[number]) =>
      `${group ? `${group}/` : ''}${version} ${resource}`;
    const found = offered.map(({ apiVersion, name }) => `${apiVersion} ${name}`);
    expect(found.sort()).to.deep.equal(rows.map(known).sort());
    expect(found.length).to.be.greaterThan(40);
  });

  it('goes from created to deleted, and a watch tells it in order', async function () {
    const faults: string[] = [];
    const { request } = await certificateTask('request', {
      subject: { commonName: 'walker', organizations: [] },
    });
    const signingRequest = Buffer.from(request).toString('base64');
    for (const resource of offered) {
      this.timeout(60_000 * offered.length);
      await new Walk(api, resource, signingRequest)
        .walk()
        .catch((error: Error) =>
          faults.push(`${resource.apiVersion} ${resource.name}: ${error.message.slice(0, 300)}`),
        );
    }
    expect(faults, faults.join('\n')).to.deep.equal([]);
  });
});

/** Everything that can be created, kept and deleted; reviews and what the server only tells are not. */
async function discover(api: HttpsJson): Promise<Offered[]> {
  const groups = (await api.must('GET', '/apis')).groups as Json[];
  const roots = [
    '/api/v1',
    ...groups.flatMap(({ versions }) => versions.map((v: Json) => `/apis/${v.groupVersion}`)),
  ];
  const lists = await Promise.all(
    roots.map(async (root) => {
      const { groupVersion, resources } = await api.must('GET', root);
      const names = new Set((resources as Json[]).map(({ name }) => name));
      return (resources as Json[]).map((resource) => ({
        ...resource,
        root,
        apiVersion: groupVersion,
        hasStatus: names.has(`${resource.name}/status`),
      }));
    }),
  );
  return lists
    .flat()
    .filter(({ name, verbs }) => !name.includes('/') && walked.every((verb) => verbs.includes(verb)));
}

/** One resource's way; each step says what went wrong by throwing. */
class Walk {
  private readonly api: HttpsJson;
  private readonly of: Offered;
  private readonly label: string;
  /** Base64 of PEM. */
  private readonly signingRequest: string;

  constructor(api: HttpsJson, of: Offered, signingRequest: string) {
    this.signingRequest = signingRequest;
    this.api = api;
    this.of = of;
    this.label = `walk=${of.name}`;
  }

  private get collection(): string {
    return `${this.of.root}${this.of.namespaced ? `/namespaces/${namespace}` : ''}/${this.of.name}`;
  }

  private get everywhere(): string {
    return `${this.of.root}/${this.of.name}`;
  }

  private name(number: number): string {
    // A definition is named after what it defines.
    if (this.of.name === 'customresourcedefinitions') return `walks${number}.example.com`;
    return this.of.name === 'apiservices' ? `v1.walk${number}.example.com` : `walk-${number}`;
  }

  private path(number: number): string {
    return `${this.collection}/${this.name(number)}`;
  }

  private object(number: number): Json {
    const { apiVersion, kind, name } = this.of;
    const metadata = { name: this.name(number), labels: { walk: name, number: `${number}` } };
    return { apiVersion, kind, metadata, ...fieldsOf(this.of, number, this.signingRequest) };
  }

  async walk(): Promise<void> {
    const before = await this.api.must('GET', `${this.collection}?labelSelector=${this.label}`);
    const from = `resourceVersion=${before.metadata.resourceVersion}`;
    const events = await this.api.watch(`${this.collection}?watch=1&labelSelector=${this.label}&${from}`);
    await this.create();
    await this.read();
    await this.patch();
    await this.update();
    if (this.of.hasStatus) await this.status();
    await this.pages();
    await this.deleteOne();
    await this.deleteAll();
    await eventually('the watch tells that they are gone', () =>
      events.filter(({ type }) => type === 'DELETED').length >= 3 ? true : undefined,
    );
    checkStory(events.filter(({ object }) => object.metadata.name === this.name(1)));
  }

  private async create(): Promise<void> {
    const { code, body } = await this.api.ask('POST', this.collection, { body: this.object(1) });
    expect(code, body.message).to.equal(201);
    expect(body).to.include({ kind: this.of.kind, apiVersion: this.of.apiVersion });
    expect(body.metadata).to.include({ name: this.name(1) });
    for (const field of ['uid', 'resourceVersion', 'creationTimestamp'])
      expect(body.metadata[field], field).to.be.a('string').and.not.equal('');
    const again = await this.api.ask('POST', this.collection, { body: this.object(1) });
    expect([again.code, again.body.reason]).to.deep.equal([409, 'AlreadyExists']);
  }

  private async read(): Promise<void> {
    const got = await this.api.must('GET', this.path(1));
    expect(got.metadata.labels).to.include({ walk: this.of.name });
    for (const path of new Set([this.collection, this.everywhere])) {
      const list = await this.api.must('GET', `${path}?labelSelector=${this.label}`);
      expect(list.kind).to.equal(`${this.of.kind}List`);
      expect(list.items.map((item: Json) => item.metadata.uid)).to.deep.equal([got.metadata.uid]);
    }
    const table = await this.api.must('GET', `${this.collection}?labelSelector=${this.label}`, {
      accept: `${json};as=Table;v=v1;g=meta.k8s.io,${json}`,
    });
    expect(table.kind).to.equal('Table');
    const nameColumn = table.columnDefinitions.findIndex(({ format }: Json) => format === 'name');
    expect(table.rows.map(({ cells }: Json) => cells[nameColumn])).to.deep.equal([this.name(1)]);
    expect(table.rows[0].cells).to.have.lengthOf(table.columnDefinitions.length);
    const partial = await this.api.must('GET', this.path(1), {
      accept: `${json};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`,
    });
    expect(Object.keys(partial).sort()).to.deep.equal(['apiVersion', 'kind', 'metadata']);
    expect(partial.metadata.uid).to.equal(got.metadata.uid);
    const missing = await this.api.ask('GET', `${this.path(1)}-not`);
    expect([missing.code, missing.body.reason]).to.deep.equal([404, 'NotFound']);
  }

  private async patch(): Promise<void> {
    const annotate = (key: string) => ({ metadata: { annotations: { [key]: 'yes' } } });
    const patches = {
      'merge-patch+json': annotate('merge'),
      'strategic-merge-patch+json': annotate('strategic'),
      'json-patch+json': [{ op: 'add', path: '/metadata/annotations/json', value: 'yes' }],
    };
    for (const [type, body] of Object.entries(patches)) {
      const patched = await this.api.must('PATCH', this.path(1), {
        body,
        contentType: `application/${type}`,
      });
      expect(patched.metadata.annotations, type).to.include({ [type.split('-')[0] ?? '']: 'yes' });
    }
    const { metadata } = await this.api.must('GET', this.path(1));
    expect(metadata.annotations).to.include({ merge: 'yes', strategic: 'yes', json: 'yes' });
  }

  private async update(): Promise<void> {
    const stale = await this.api.must('GET', this.path(1));
    await this.api.must('PATCH', this.path(1), {
      body: { metadata: { annotations: { newer: 'yes' } } },
      contentType: 'application/merge-patch+json',
    });
    stale.metadata.annotations.replaced = 'no';
    const refused = await this.api.ask('PUT', this.path(1), { body: stale });
    expect([refused.code, refused.body.reason]).to.deep.equal([409, 'Conflict']);
    // Controllers write too: whoever replaces tries again.
    const replaced = await eventually('an update of what is newest', async () => {
      const current = await this.api.must('GET', this.path(1));
      current.metadata.annotations.replaced = 'yes';
      const { code, body } = await this.api.ask('PUT', this.path(1), { body: current });
      if (code === 409) return undefined;
      expect(code, body.message).to.equal(200);
      return body;
    });
    expect(replaced.metadata.annotations).to.include({ replaced: 'yes', newer: 'yes' });
    expect(replaced.metadata.uid).to.equal(stale.metadata.uid);
    await eventually('an update that changes nothing', async () => {
      const current = await this.api.must('GET', this.path(1));
      const { code, body } = await this.api.ask('PUT', this.path(1), { body: current });
      if (code === 409) return undefined;
      expect(code, body.message).to.equal(200);
      expect(body.metadata, 'what was read and sent back').to.deep.equal(current.metadata);
      return true;
    });
  }

  private async status(): Promise<void> {
    const path = `${this.path(1)}/status`;
    const got = await this.api.must('GET', path);
    expect(got.metadata.name).to.equal(this.name(1));
    const patched = await this.api.must('PATCH', path, {
      body: { metadata: { annotations: { status: 'patched' } } },
      contentType: 'application/merge-patch+json',
    });
    const annotation = (await this.keepsMeta()) ? undefined : 'patched';
    expect(patched.metadata.annotations.status).to.equal(annotation);
    await eventually('an update of the status', async () => {
      const current = await this.api.must('GET', path);
      current.metadata.annotations.status = 'updated';
      const { code, body } = await this.api.ask('PUT', path, { body: current });
      if (code === 409) return undefined;
      expect(code, body.message).to.equal(200);
      return true;
    });
    await this.statusAlone(path);
  }

  /** Of some the status is written without metadata. */
  private async keepsMeta(): Promise<boolean> {
    const row = resources.find(
      (each) => each.resource === this.of.name && apiVersionOf(each) === this.of.apiVersion,
    );
    return (await row?.load())?.statusKeepsMeta ?? false;
  }

  /** Through the status nothing else changes, and nothing of it through the object. */
  private async statusAlone(path: string): Promise<void> {
    const told = statusOf(this.of.name);
    const before = await this.api.must('GET', this.path(1));
    const contentType = 'application/merge-patch+json';
    const spec = { nodeName: 'nowhere', replicas: 77, group: 'other', suspend: true };
    const patched = await this.api.must('PATCH', path, { body: { status: told, spec }, contentType });
    // What is not told may be written all the same (`lastProbeTime: null`).
    expect(patched.status).to.containSubset(told);
    expect(patched.spec).to.deep.equal(before.spec);
    expect(patched.metadata.generation).to.equal(before.metadata.generation);
    const [field = ''] = Object.keys(told);
    await eventually('a change of the object alone', async () => {
      // A controller may say something else meanwhile: what is compared is one revision and the next.
      const { metadata, status } = await this.api.must('GET', this.path(1));
      const { resourceVersion } = metadata;
      const changed = { metadata: { resourceVersion }, status: { [field]: null } };
      const { code, body } = await this.api.ask('PATCH', this.path(1), { body: changed, contentType });
      if (code === 409) return undefined;
      expect(code, body.message).to.equal(200);
      expect(body.status, 'a status that was not written through the status').to.deep.equal(status);
      return true;
    });
  }

  private async pages(): Promise<void> {
    for (const number of [2, 3]) await this.api.must('POST', this.collection, { body: this.object(number) });
    const names: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const query = `labelSelector=${this.label}&limit=1${next && `&continue=${encodeURIComponent(next)}`}`;
      const page: Json = await this.api.must('GET', `${this.collection}?${query}`);
      expect(page.items.length).to.be.at.most(1);
      names.push(...page.items.map((item: Json) => item.metadata.name));
      next = page.metadata.continue || undefined;
    }
    expect(names).to.deep.equal([1, 2, 3].map((number) => this.name(number)));
    const [all, first] = await Promise.all(
      ['', '?limit=1'].map((query) => this.api.must('GET', `${this.collection}${query}`)),
    );
    expect(first.metadata.remainingItemCount).to.equal(all.items.length - 1);
  }

  private async deleteOne(): Promise<void> {
    const dry = await this.api.ask('DELETE', `${this.path(3)}?dryRun=All`);
    expect(dry.code).to.be.oneOf([200, 202]);
    await this.api.must('GET', this.path(3));
    const { code, body } = await this.api.ask('DELETE', this.path(3), {
      body: { propagationPolicy: 'Background' },
    });
    expect(code, body.message).to.be.oneOf([200, 202]);
    await this.gone([3]);
  }

  private async deleteAll(): Promise<void> {
    if (this.of.verbs.includes('deletecollection')) {
      const selected = `${this.collection}?labelSelector=${encodeURIComponent(`${this.label},number=2`)}`;
      await this.api.must('DELETE', selected);
      await this.gone([2]);
      await this.api.must('GET', this.path(1));
      const named = `metadata.name=${this.name(1)}`;
      await this.api.must('DELETE', `${this.collection}?fieldSelector=${encodeURIComponent(named)}`);
    } else for (const number of [1, 2]) await this.api.must('DELETE', this.path(number));
    await this.gone([1, 2, 3]);
  }

  private async gone(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      await eventually(`${this.path(number)} is gone`, async () => {
        const { code } = await this.api.ask('GET', this.path(number));
        return code === 404 ? true : undefined;
      });
    }
  }
}

/** What a controller that nobody knows would tell. */
function statusOf(name: string): Json {
  const lastTransitionTime = '2024-01-01T00:00:00Z';
  const conditions = [{ type: 'Walked', status: 'True', lastTransitionTime, reason: 'Test', message: 'm' }];
  switch (name) {
    case 'ingresses':
      return { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    case 'resourcequotas':
      return { used: { pods: '7' } };
    case 'horizontalpodautoscalers':
      return { desiredReplicas: 7 };
    case 'volumeattachments':
      return { attached: true };
    case 'persistentvolumes':
      return { reason: 'Walked' };
    case 'cronjobs':
      return { lastScheduleTime: '2024-01-01T00:00:00Z' };
    default:
      return { conditions };
  }
}

/** ADDED, then the changes that were made in their order, then DELETED; revisions grow. */
function checkStory(events: readonly { type: string; object: Json }[]): void {
  const types = events.map(({ type }) => type);
  expect(types[0]).to.equal('ADDED');
  expect(types.at(-1)).to.equal('DELETED');
  expect(new Set(types.slice(1, -1))).to.deep.equal(new Set(['MODIFIED']));
  const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
  expect(revisions).to.deep.equal([...revisions].sort((a, b) => a - b));
  const steps = ['merge', 'strategic', 'json', 'newer', 'replaced'];
  const firsts = steps.map((step) => events.findIndex(({ object }) => object.metadata.annotations?.[step]));
  expect(firsts, JSON.stringify(firsts)).to.deep.equal([...firsts].sort((a, b) => a - b));
  expect(firsts[0]).to.be.greaterThan(0);
}

/** Minimal fields, and what must differ between objects or must not be acted on while the walk goes on. */
function fieldsOf({ name, apiVersion }: Offered, number: number, signingRequest: string): Json {
  const fields: Json = minimalFields(name);
  const reported = {
    eventTime: '2024-01-01T00:00:00.000000Z',
    action: 'Walk',
    reportingController: 'example.com/walker',
    reportingInstance: 'walker-1',
  };
  const regarding = { kind: 'Pod', namespace, name: 'p' };
  switch (name) {
    case 'pods':
      delete fields.spec.nodeName;
      return fields;
    case 'events':
      return apiVersion === 'v1'
        ? { involvedObject: regarding, reason: 'Walked', type: 'Normal' }
        : { ...reported, regarding, reason: 'Walked', type: 'Normal' };
    case 'certificatesigningrequests':
      return { spec: { request: signingRequest, signerName: 'example.com/walks', usages: ['client auth'] } };
    case 'customresourcedefinitions':
      return { spec: definition(number) };
    case 'apiservices':
      return { spec: apiService(number) };
    default:
      return fields;
  }
}

function apiService(number: number): object {
  const service = { name: 's', namespace: 'n' };
  const priorities = { groupPriorityMinimum: 1000, versionPriority: 15 };
  return { group: `walk${number}.example.com`, version: 'v1', service, ...priorities };
}

function definition(number: number): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: `walks${number}`, kind: `Walk${number}` },
    versions: [{ name: 'v1', served: true, storage: true, schema }],
  };
}
