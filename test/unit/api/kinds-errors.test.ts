// Real mistakes in objects, and what Kubernetes v1.32 says of them.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ServiceAllocator } from '../../../hub/apiserver/registry/service-allocator.ts';
import { decode } from '../../../shared/api/decode.ts';
import type { Resource, Service, Strategy } from '../../../shared/api/index.ts';
import { resources } from '../../../shared/api/resources.ts';
import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import {
  ApiError,
  type FieldError,
  invalid,
  type KubeObject,
  type Live,
  validateObjectMeta,
} from '../../../shared/machinery/index.ts';

/** When statuses are written. */
const now = '2026-01-01T00:00:00Z';

interface Case {
  note: string;
  body: KubeObject;
  /** The object as it stands; absent for a create. */
  old?: Service;
  namespace?: string;
  subresource?: 'approval';
  dryRun: boolean;
  code: number;
  message?: string;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../../fixtures/api/kinds/errors.json', import.meta.url), 'utf8'),
);

/** The Services that stood when the mistakes were recorded. */
const existing: Service[] = [
  { metadata: { name: 'kubernetes', namespace: 'default' }, spec: { clusterIPs: ['10.43.0.1'] } },
  { metadata: { name: 'svc-np', namespace: 'rec' }, spec: { ports: [{ port: 81, nodePort: 30123 }] } },
];

describe('an object that upstream refuses', () => {
  let schemas: BuiltInSchemas;
  const allocator = new ServiceAllocator({ serviceCidr: '10.43.0.0/16' });

  before(async () => {
    schemas = await loadSchemaSet();
  });

  function rowOf({ body }: Case): Resource {
    const row = resources.find(({ kind }) => kind === body.kind);
    if (!row) throw new Error(`no row of ${body.kind}`);
    return row;
  }

  function updated(strategy: Strategy, next: KubeObject, sent: Case): FieldError[] {
    const { metadata } = next;
    const old: Live = {
      ...sent.old,
      metadata: {
        ...metadata,
        name: metadata?.name ?? '',
        uid: 'u',
        resourceVersion: '1',
        creationTimestamp: '',
      },
    };
    if (sent.subresource) {
      strategy.prepareForStatusUpdate?.(next, old, now);
      return [...(strategy.validateStatusUpdate?.(next, old) ?? []), ...(strategy.validate?.(next) ?? [])];
    }
    if ('status' in old) Object.assign(next, { status: old.status });
    strategy.prepareForUpdate?.(next, old);
    return [...(strategy.validateUpdate?.(next, old) ?? []), ...(strategy.validate?.(next) ?? [])];
  }

  /** What the registry does, without a store. Answers the message of the refusal, or undefined. */
  async function refusal(sent: Case): Promise<string | undefined> {
    const row = rowOf(sent);
    const strategy = await row.load();
    const next: Service = decode(schemas, strategy.schema, sent.body).object;
    next.metadata = { ...next.metadata, ...(row.namespaced && { namespace: sent.namespace ?? 'default' }) };
    if (!row.namespaced) delete next.metadata.namespace;
    strategy.default?.(next);
    const found: FieldError[] = [];
    if (sent.old) found.push(...updated(strategy, next, sent));
    else {
      strategy.prepareForCreate?.(next);
      const { nameRule = 'dns1123-subdomain' } = strategy;
      found.push(...validateObjectMeta(next.metadata, { namespaced: row.namespaced, nameRule }));
      found.push(...(strategy.validate?.(next) ?? []));
    }
    if (found.length > 0) return invalid(row.group, row.kind, next.metadata.name ?? '', found).message;
    return allocated(next, sent);
  }

  function allocated(next: Service, sent: Case): string | undefined {
    if (next.kind !== 'Service') return undefined;
    try {
      allocator.allocate(next, sent.old, existing);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
  }

  /** Validation of metadata stands first; of the rest, no order is promised. */
  function parts(message: string | undefined): string[] {
    const [, head = '', faults = ''] = /^(.*? is invalid: )([\s\S]*)$/.exec(message ?? '') ?? [];
    const list = faults.startsWith('[') && faults.endsWith(']') ? faults.slice(1, -1) : faults;
    return [
      head,
      ...list.split(/, (?=(?:metadata|spec|status|subsets|endpoints|ports|data|addressType|type)\b)/).sort(),
    ];
  }

  for (const sent of cases)
    it(`${sent.message ? 'refuses' : 'takes'} ${sent.note.slice(0, 110)}`, async () => {
      expect(parts(await refusal(sent))).to.deep.equal(parts(sent.message));
    });
});
