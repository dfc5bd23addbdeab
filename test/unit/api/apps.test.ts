// Deployments and ReplicaSets as the controllers of a real cluster left them: their tables, and their scale.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { strategy as deploymentStrategy } from '../../../shared/api/apps/deployment.ts';
import { strategy as replicaSetStrategy } from '../../../shared/api/apps/replica-set.ts';
import type { Column, Deployment, ReplicaSet } from '../../../shared/api/index.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';

interface Table {
  columns: { name: string; type: string; format: string; priority: number; description: string }[];
  rows: unknown[][];
}

const fixtures = new URL('../../fixtures/api/apps/', import.meta.url);
const tables: Record<'deployments' | 'replicasets', Table> = JSON.parse(
  readFileSync(new URL('tables.json', fixtures), 'utf8'),
);
const settled = (name: string) => parse(readFileSync(new URL(`settled/${name}.yaml`, fixtures), 'utf8'));
const now = Date.parse('2026-01-01T00:05:00Z');

function cells<T extends KubeObject>(columns: readonly Column<T>[], object: T): unknown[] {
  return columns.map((column) => (column.name === 'Age' ? 'AGE' : column.cell(object, now)));
}

function row({ rows }: Table, name: string): unknown[] | undefined {
  return rows.find(([first]) => first === name);
}

describe('a Deployment', () => {
  const deployment: Deployment = settled('deployment');

  it('is shown as kubectl expects', () => {
    expect(cells(deploymentStrategy.columns, deployment)).to.deep.equal(row(tables.deployments, 'dep-min'));
    const age = deploymentStrategy.columns.find(({ name }) => name === 'Age');
    expect(age?.cell(deployment, now)).to.equal('5m');
  });

  it('has the columns of upstream', () => {
    const shape = ({ name, type, format, priority }: Table['columns'][number]) => [
      name,
      type,
      format,
      priority,
    ];
    const ours = deploymentStrategy.columns.map(({ name, type, format, priority }) => [
      name,
      type,
      format,
      priority,
    ]);
    expect(ours).to.deep.equal(tables.deployments.columns.map(shape));
  });

  it('shows set-based selectors as kubectl writes them', () => {
    const wide: Deployment = {
      metadata: { name: 't-wide' },
      spec: {
        replicas: 0,
        selector: {
          matchLabels: { a: 'b' },
          matchExpressions: [
            { key: 'q', operator: 'NotIn', values: ['y', 'x'] },
            { key: 'e', operator: 'Exists' },
          ],
        },
        template: {
          spec: {
            containers: [
              { name: 'c1', image: 'i1' },
              { name: 'c2', image: 'i2' },
            ],
          },
        },
      },
    };
    expect(cells(deploymentStrategy.columns, wide)).to.deep.equal(row(tables.deployments, 't-wide'));
  });

  it('can be scaled', () => {
    const scale = settled('deployment-scale');
    const mapping = deploymentStrategy.scale;
    expect(mapping?.replicas(deployment)).to.equal(scale.spec.replicas);
    expect(mapping?.statusReplicas(deployment)).to.equal(scale.status.replicas);
    expect(mapping?.selector(deployment)).to.equal(scale.status.selector);
    const copy = structuredClone(deployment);
    mapping?.setReplicas(copy, 5);
    expect(copy.spec?.replicas).to.equal(5);
  });

  it('settled by its controller is still valid, and warned of what its template deserves', () => {
    expect(deploymentStrategy.validate?.(deployment)).to.deep.equal([]);
    const old = { ...deployment, metadata: { ...live, ...deployment.metadata } };
    expect(deploymentStrategy.validateStatusUpdate?.(deployment, old)).to.deep.equal([]);
    const copy = structuredClone(deployment);
    if (copy.spec?.template.spec) copy.spec.template.spec.nodeSelector = { 'beta.kubernetes.io/arch': 'arm' };
    expect(deploymentStrategy.warnings?.(copy)).to.deep.equal([
      'spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead',
    ]);
  });

  it('may not forget a collision', () => {
    const old = {
      ...deployment,
      metadata: { ...live, ...deployment.metadata },
      status: { ...deployment.status, collisionCount: 2 },
    };
    const next: Deployment = { ...deployment, status: { ...deployment.status, collisionCount: 1 } };
    const faults = deploymentStrategy
      .validateStatusUpdate?.(next, old)
      .map(({ field, text }) => [field, text]);
    expect(faults).to.deep.equal([['status.collisionCount', 'Invalid value: 1: cannot be decremented']]);
  });
});

const live = { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('a ReplicaSet', () => {
  for (const file of ['replicaset', 'deployment-replicaset']) {
    const set: ReplicaSet = settled(file);
    const name = set.metadata?.name ?? '';

    it(`${name} is shown as kubectl expects`, () => {
      expect(cells(replicaSetStrategy.columns, set)).to.deep.equal(row(tables.replicasets, name));
    });

    it(`${name} is valid, can be scaled and be selected by its replicas`, () => {
      expect(replicaSetStrategy.validate?.(set)).to.deep.equal([]);
      expect(replicaSetStrategy.scale?.replicas(set)).to.equal(1);
      expect(replicaSetStrategy.scale?.selector(set)).to.equal(row(tables.replicasets, name)?.at(-1));
      expect(replicaSetStrategy.fields?.['status.replicas']?.(set)).to.equal('1');
    });
  }

  it('counts no more parts than the whole', () => {
    const status = { replicas: 1, fullyLabeledReplicas: 2, readyReplicas: 0, availableReplicas: 1 };
    const next: ReplicaSet = { status };
    const faults = replicaSetStrategy.validateStatusUpdate?.(next, { metadata: live });
    expect(faults?.map(({ field, text }) => `${field}: ${text}`)).to.deep.equal([
      'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas',
    ]);
  });
});
