// The cluster that the recordings were made on, made again: its namespaces, and every object that stood there.

import { eventually } from '../cluster.ts';
import type { HttpsJson, Json } from '../https-json.ts';

/** Finds the path of objects by their kind, as discovery tells it. */
export class Paths {
  private readonly api: HttpsJson;
  private readonly lists = new Map<string, Json[]>();

  constructor(api: HttpsJson) {
    this.api = api;
  }

  /** Throws where the kind is not served. */
  async collection(object: Json): Promise<string> {
    const path = await this.find(object);
    if (!path) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
    return path;
  }

  async find({ apiVersion, kind, metadata }: Json): Promise<string | undefined> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const find = (list: Json[] = []) => list.find((each) => each.kind === kind && !each.name.includes('/'));
    const found = find(this.lists.get(root)) ?? find(await this.load(root));
    if (!found) return undefined;
    const { name, namespaced } = found;
    return namespaced ? `${root}/namespaces/${metadata?.namespace ?? 'rec'}/${name}` : `${root}/${name}`;
  }

  private async load(root: string): Promise<Json[]> {
    const { code, body } = await this.api.ask('GET', root);
    const list = code === 200 ? body.resources : [];
    this.lists.set(root, list);
    return list;
  }
}

export async function makeNamespaces(api: HttpsJson): Promise<void> {
  for (const name of ['rec', 'rec2', 'w', 'e-q', 'e-l', 'e-term'])
    await api.must('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
}

/** What happened between two recordings: note of the later → objects that were made before it. */
export const between: Readonly<Record<string, readonly Json[]>> = {
  'quota: two limits exceeded': [quotaUser('Pod', 'one', { containers: [eightTenths()] })],
  'quota: services': [quotaUser('Service', 'one', { ports: [{ port: 80 }] })],
  'quota: count/configmaps': [quotaUser('ConfigMap', 'one')],
  'quota: secrets': [quotaUser('Secret', 'one')],
  'webhook: service not found, failurePolicy Fail': [
    webhook('deny', 'CREATE', { service: { name: 'nosvc', namespace: 'rec' } }),
    webhook('se', 'DELETE', { url: 'https://127.0.0.1:1/x' }),
  ],
};

function quotaUser(kind: string, name: string, spec?: Json): Json {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'e-q' }, ...(spec && { spec }) };
}

function eightTenths(): Json {
  return { name: 'c', image: 'nginx', resources: { requests: { cpu: '800m' } } };
}

function webhook(name: string, operation: string, clientConfig: Json): Json {
  const rule = {
    apiGroups: ['example.com'],
    apiVersions: ['*'],
    resources: ['widgets'],
    operations: [operation],
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `e-${name}` },
    webhooks: [
      {
        name: `${name}.example.com`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 1,
        clientConfig,
        rules: [rule],
      },
    ],
  };
}

function applyAs(manager: string, api: HttpsJson, path: string, body: Json): Promise<Json> {
  const contentType = 'application/apply-patch+yaml';
  return api.must('PATCH', `${path}?fieldManager=${manager}`, { body, contentType });
}

export async function makeStanding(api: HttpsJson, paths: Paths, objects: readonly Json[]): Promise<void> {
  for (const { status, ...object } of objects) {
    const path = await paths.collection(object);
    const { name } = object.metadata;
    if (name === 'e-apply') await applyAs('one', api, `${path}/${name}`, object);
    else await api.must('POST', `${path}?fieldManager=rec`, { body: object });
    if (!status) continue;
    const contentType = 'application/merge-patch+json';
    await api.must('PATCH', `${path}/${name}/status`, { body: { status }, contentType });
  }
  await eventually('a budget that allows nothing', async () => {
    const { status } = await api.must('GET', '/apis/policy/v1/namespaces/rec/poddisruptionbudgets/e-pdbx');
    return status?.currentHealthy === 1 || undefined;
  });
  await api.must('DELETE', '/api/v1/namespaces/rec/pods/t-term');
  await api.must('DELETE', '/api/v1/namespaces/e-term');
}
