import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { resources } from '../../../shared/api/resources.ts';
import { type BuiltInSchemas, loadDescriptions, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import type { FieldType } from '../../../shared/machinery/index.ts';

const core = 'io.k8s.api.core.v1';
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const generated = ['schema.json', 'descriptions.json'];

function refsOf(field: FieldType): string[] {
  if (field.type === 'ref') return [field.name];
  if (field.type === 'array') return refsOf(field.items);
  return field.type === 'map' ? refsOf(field.values) : [];
}

describe('the schema of the built-in types', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  it('has every type that another type names', () => {
    const missing = schemas
      .names()
      .flatMap((name) => Object.values(schemas.typeNamed(name).properties).flatMap(refsOf))
      .filter((name) => !schemas.has(name));
    expect(missing).to.deep.equal([]);
  });

  it('has the type of every row of the table', async () => {
    for (const resource of resources) {
      const { schema } = await resource.load();
      expect(schemas.has(schema), schema).to.equal(true);
      expect(schema.endsWith(`.${resource.version}.${resource.kind}`), schema).to.equal(true);
    }
  });

  it('has the Kinds of all groups that Kubernetes serves, also those that Kelp does not', () => {
    for (const name of [
      'io.k8s.api.apps.v1.StatefulSet',
      'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
      'io.k8s.api.batch.v1.CronJob',
      'io.k8s.api.events.v1.Event',
      'io.k8s.api.rbac.v1.ClusterRoleBinding',
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
      'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
      `${meta}.DeleteOptions`,
    ])
      expect(schemas.has(name), name).to.equal(true);
  });

  it('says how lists merge', () => {
    expect(schemas.typeNamed(`${core}.PodSpec`).properties.containers).to.deep.equal({
      type: 'array',
      items: { type: 'ref', name: `${core}.Container` },
      patchStrategy: 'merge',
      mergeKey: 'name',
      listType: 'map',
      listMapKeys: ['name'],
    });
    expect(schemas.typeNamed(`${core}.Container`).properties.ports).to.include({ mergeKey: 'containerPort' });
    expect(schemas.typeNamed(`${core}.PodSpec`).properties.volumes).to.deep.include({
      items: { type: 'ref', name: `${core}.Volume`, retainKeys: true },
    });
    expect(schemas.typeNamed(`${meta}.ObjectMeta`).properties.finalizers).to.include({
      patchStrategy: 'merge',
      listType: 'set',
    });
    expect(schemas.typeNamed(`${meta}.LabelSelector`).mapType).to.equal('atomic');
  });

  it('tells quantities, int-or-strings, times, bytes and numbers apart', () => {
    const fieldOf = (type: string, field: string) => schemas.typeNamed(type).properties[field];
    expect(fieldOf(`${core}.ResourceRequirements`, 'limits')).to.deep.equal({
      type: 'map',
      values: { type: 'string', format: 'quantity' },
    });
    expect(fieldOf(`${core}.ServicePort`, 'targetPort')).to.include({ format: 'int-or-string' });
    expect(fieldOf(`${meta}.ObjectMeta`, 'creationTimestamp')).to.include({ format: 'date-time' });
    expect(fieldOf('io.k8s.api.coordination.v1.LeaseSpec', 'renewTime')).to.include({
      format: 'date-time-micro',
    });
    expect(fieldOf(`${core}.Secret`, 'data')).to.deep.equal({
      type: 'map',
      values: { type: 'string', format: 'byte' },
    });
    expect(fieldOf(`${core}.ServicePort`, 'port')).to.deep.equal({ type: 'integer', format: 'int32' });
  });

  it('requires what upstream requires, and leaves out what v1.32 does not serve', () => {
    expect(schemas.typeNamed(`${core}.ServicePort`).required).to.deep.equal(['port']);
    expect(schemas.typeNamed(`${core}.PodSpec`).properties).to.not.have.property('hostnameOverride');
    expect(schemas.has(`${core}.FileKeySelector`)).to.equal(false);
  });

  it('has words for every type, and for its fields', async () => {
    const descriptions = await loadDescriptions();
    expect(Object.keys(descriptions).sort()).to.deep.equal(schemas.names());
    expect(descriptions[`${core}.ServicePort`]?.properties.protocol).to.equal(
      'The IP protocol for this port. Supports "TCP", "UDP", and "SCTP". Default is TCP.',
    );
  });

  it('is generated the same every time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kelp-schema-'));
    try {
      const script = `import('./scripts/generate-schema.js').then((m) => m.generateSchema({ folder: ${JSON.stringify(folder)} }))`;
      execFileSync(process.execPath, ['-e', script]);
      for (const file of generated) {
        const current = readFileSync(new URL(`../../../shared/api/generated/${file}`, import.meta.url));
        expect(readFileSync(join(folder, file)).equals(current), file).to.equal(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
