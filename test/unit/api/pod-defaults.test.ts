// What a real API server filled into pods and templates, field by field.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { PodTemplate } from 'kubernetes-types/core/v1';
import { parseAllDocuments } from 'yaml';
import { imagePullPolicyFor } from '../../../shared/api/core/pod-container-defaults.ts';
import { defaultPod, defaultPodTemplateSpec } from '../../../shared/api/core/pod-defaults.ts';
import {
  type BuiltInSchemas,
  decode,
  loadSchemaSet,
  type Pod,
  type Resource,
  resources,
} from '../../../shared/api/index.ts';
import { isRecord, type KubeObject, mutableCopy } from '../../../shared/machinery/index.ts';

function named(plural: string): Resource {
  const resource = resources.find((each) => each.resource === plural);
  if (!resource) throw new Error(`no resource ${plural}`);
  return resource;
}

const pods = named('pods');
const fixtures = new URL('../../fixtures/api/', import.meta.url);

/** The posted object and the one that came back. */
function recorded(file: string): [posted: unknown, answered: unknown] {
  const documents = parseAllDocuments(readFileSync(new URL(file, fixtures), 'utf8'));
  // The first document holds nothing but the comment with the answer's code.
  const [posted, answered] = documents.map((document) => document.toJS()).filter(isRecord);
  return [posted, answered];
}

function files(folder: string, kind: string): string[] {
  return readdirSync(new URL(folder, fixtures))
    .filter((name) => name.startsWith(kind))
    .map((name) => `${folder}${name}`);
}

/** What admission and the registry add after defaulting. */
const added = new Set(['serviceAccount', 'serviceAccountName', 'priority', 'preemptionPolicy']);

/** A pod's spec without what later steps add to it: the token's volume, the default tolerations, priority. */
function ownSpec(pod: KubeObject & { spec?: unknown }): unknown {
  const { spec } = mutableCopy(pod);
  if (!isRecord(spec)) return spec;
  for (const field of added) delete spec[field];
  withoutItems(spec, 'volumes', ({ name }) => `${name}`.startsWith('kube-api-access-'));
  withoutItems(spec, 'tolerations', ({ key }) => `${key}`.startsWith('node.kubernetes.io/'));
  for (const list of [spec.containers, spec.initContainers]) {
    for (const container of Array.isArray(list) ? list : []) {
      withoutItems(container, 'volumeMounts', ({ name }) => `${name}`.startsWith('kube-api-access-'));
    }
  }
  return spec;
}

function withoutItems(
  owner: Record<string, unknown>,
  field: string,
  drop: (item: Record<string, unknown>) => boolean,
): void {
  const list = owner[field];
  if (!Array.isArray(list)) return;
  owner[field] = list.filter((item) => !drop(item));
  if (list.every(drop)) delete owner[field];
}

describe('defaulting', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  async function created(resource: Resource, posted: unknown): Promise<KubeObject & { status?: unknown }> {
    const strategy = await resource.load();
    const object: KubeObject = decode(schemas, strategy.schema, posted).object;
    strategy.default?.(object);
    strategy.prepareForCreate?.(object);
    return object;
  }

  /** As it is read again: some structs are put in although nothing is in them. */
  async function createdAndRead(resource: Resource, posted: unknown): Promise<Record<string, unknown>> {
    return answer(resource, await created(resource, posted));
  }

  async function answer(resource: Resource, answered: unknown): Promise<Record<string, unknown>> {
    return decode(schemas, (await resource.load()).schema, answered).object;
  }

  /** Where the answer shows another layer's work, or an older version's: what is put right. */
  const corrected: Record<string, (spec: Record<string, unknown>) => void> = {
    'core_v1_Pod_rich.yaml': (spec) => {
      // v1.21 did not know the field yet.
      const [container] = Array.isArray(spec.containers) ? spec.containers : [];
      container.startupProbe.terminationGracePeriodSeconds = 5;
    },
    'core_v1_Pod_runtimeclass.yaml': (spec) => {
      // The admission of RuntimeClasses merges the class's overhead and scheduling.
      delete spec.overhead;
      delete spec.nodeSelector;
      withoutItems(spec, 'tolerations', ({ key }) => key === 'k');
    },
    'core_v1_Pod_limitrange-defaulted.yaml': (spec) => {
      // A LimitRange added the memory limit.
      const [container] = Array.isArray(spec.containers) ? spec.containers : [];
      delete container.resources.limits.memory;
    },
  };

  for (const file of files('pod/defaults/', 'core_v1_Pod').filter((name) => !name.includes('PodTemplate'))) {
    it(`of a pod: ${file}`, async () => {
      const [posted, answered] = recorded(file);
      const ours = await createdAndRead(pods, posted);
      const theirs = await answer(pods, answered);
      if (isRecord(theirs.spec)) corrected[file.split('/').at(-1) ?? '']?.(theirs.spec);
      expect(ownSpec(ours)).to.deep.equal(ownSpec(theirs));
      expect(ours.status).to.deep.equal(theirs.status);
    });
  }

  it('of a template is that of a pod, without what only pods get', () => {
    const [posted, answered] = recorded('pod/defaults/core_v1_PodTemplate.yaml');
    const type = 'io.k8s.api.core.v1.PodTemplate';
    const ours: PodTemplate = decode(schemas, type, posted).object;
    const theirs: PodTemplate = decode(schemas, type, answered).object;
    const template = defaultPodTemplateSpec(ours.template ?? {});
    expect(decode(schemas, type, { ...ours, template }).object.template).to.deep.equal(theirs.template);
  });

  for (const file of [
    ...files('apps/defaults/', 'apps_v1_Deployment'),
    ...files('apps/defaults/', 'apps_v1_R'),
  ]) {
    it(`of ${file}`, async () => {
      const resource = named(file.includes('Deployment') ? 'deployments' : 'replicasets');
      const [posted, answered] = recorded(file);
      const { spec, status } = await answer(resource, answered);
      const ours = await createdAndRead(resource, posted);
      expect(ours.spec).to.deep.equal(spec);
      expect(ours.status).to.deep.equal(status);
    });
  }

  it('changes nothing the second time', async () => {
    const [posted] = recorded('pod/defaults/core_v1_Pod_rich.yaml');
    const once = await created(pods, posted);
    const twice = mutableCopy(once);
    (await pods.load()).default?.(twice);
    expect(twice).to.deep.equal(once);
  });

  const images: [image: string, policy: string][] = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['localhost:5000/nginx', 'Always'],
    ['Registry.example/team/app', 'Always'],
    ['nginx:1.21', 'IfNotPresent'],
    ['localhost:5000/nginx:1', 'IfNotPresent'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
    [`nginx:latest@sha256:${'0'.repeat(64)}`, 'Always'],
    ['NGINX', 'IfNotPresent'],
    ['file:///srv/app', 'IfNotPresent'],
    ['https://example.com/app.tar.gz', 'IfNotPresent'],
    ['', 'IfNotPresent'],
  ];
  for (const [image, policy] of images) {
    it(`pulls "${image}" ${policy}`, () => expect(imagePullPolicyFor(image)).to.equal(policy));
  }

  it('keeps the two spellings of the service account and of the pod address equal', () => {
    const pod: Pod = {
      spec: { containers: [], serviceAccount: 'robot' },
      status: { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.1' }] },
    };
    defaultPod(pod);
    expect(pod.spec?.serviceAccountName).to.equal('robot');
    expect(pod.status?.podIPs).to.deep.equal([{ ip: '10.0.0.2' }]);
  });
});
