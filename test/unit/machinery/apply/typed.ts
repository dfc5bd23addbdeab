// A small type to apply to: every way in which fields can be owned is in it.

import {
  decodeOwners,
  emptySet,
  encodeOwners,
  FieldsPool,
  type ManagedFieldsEntry,
  type Manager,
  type Owners,
  Reconciler,
  Shapes,
  settleApply,
  settleUpdate,
  type TypedContext,
} from '../../../../shared/machinery/apply/index.ts';
import type { JsonObject, ObjectType, SchemaSet } from '../../../../shared/machinery/index.ts';

const types: Record<string, ObjectType> = {
  Gadget: {
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'ref', name: 'Meta' },
      spec: { type: 'ref', name: 'Spec' },
    },
    required: [],
  },
  Meta: {
    properties: {
      name: { type: 'string' },
      namespace: { type: 'string' },
      annotations: { type: 'map', values: { type: 'string' } },
      managedFields: { type: 'any' },
    },
    required: [],
  },
  Spec: {
    properties: {
      size: { type: 'integer', format: 'int32' },
      mode: { type: 'string' },
      opt: { type: 'ref', name: 'Opt' },
      list: { type: 'array', items: { type: 'ref', name: 'Item' }, listType: 'map', listMapKeys: ['k'] },
      ports: {
        type: 'array',
        items: { type: 'ref', name: 'Port' },
        listType: 'map',
        listMapKeys: ['port', 'protocol'],
        keyDefaults: { protocol: 'TCP' },
      },
      set: { type: 'array', items: { type: 'string' }, listType: 'set' },
      args: { type: 'array', items: { type: 'string' } },
      any: { type: 'map', values: { type: 'any' } },
      map: { type: 'map', values: { type: 'integer', format: 'int32' } },
      whole: { type: 'map', values: { type: 'string' }, mapType: 'atomic' },
    },
    required: [],
  },
  Opt: { properties: { x: { type: 'integer', format: 'int32' }, y: { type: 'string' } }, required: [] },
  Item: {
    properties: { k: { type: 'string' }, v: { type: 'integer', format: 'int32' }, w: { type: 'string' } },
    required: ['k'],
  },
  Port: {
    properties: {
      port: { type: 'integer', format: 'int32' },
      protocol: { type: 'string' },
      name: { type: 'string' },
    },
    required: ['port'],
  },
};

const schemas: SchemaSet = {
  typeNamed(name) {
    const type = types[name];
    if (!type) throw new Error(`no type ${name}`);
    return type;
  },
};

const shapes = new Shapes(schemas);
export const gadget: TypedContext = {
  shapes,
  reconciler: new Reconciler(shapes),
  typeName: 'Gadget',
  ignored: emptySet,
};

const now = '2026-01-01T00:00:00Z';
const pool = new FieldsPool();

export const manager = (name: string, operation: 'Apply' | 'Update' = 'Apply'): Manager => ({
  name,
  operation,
  apiVersion: 'example.com/v1',
  subresource: '',
});

/** An object with the managers of its fields, to which things are done in turn. */
export class Story {
  object: JsonObject = {};
  owners: Owners = new Map();

  /** Throws ApplyConflict. */
  apply(name: string, config: JsonObject, force = false): this {
    const { object, owners } = settleApply(gadget, {
      live: this.object,
      config,
      owners: this.owners,
      manager: manager(name),
      force,
      now,
    });
    // As decoding does with what was emptied.
    this.object = withoutNulls(object);
    this.owners = owners;
    return this;
  }

  update(name: string, after: JsonObject): this {
    this.owners = settleUpdate(gadget, {
      before: this.object,
      after,
      owners: this.owners,
      manager: manager(name, 'Update'),
      now,
    });
    this.object = after;
    return this;
  }

  get entries(): ManagedFieldsEntry[] {
    return encodeOwners(this.owners, pool);
  }

  /** manager → its fields on the wire. */
  get fields(): Record<string, unknown> {
    return Object.fromEntries(this.entries.map(({ manager: name, fieldsV1 }) => [name, fieldsV1]));
  }
}

/** The same object in another copy. */
export function reread(story: Story): Owners {
  return decodeOwners(JSON.parse(JSON.stringify(story.entries)), new FieldsPool());
}

function withoutNulls(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value), (_, field: unknown) =>
    field === null || isHollowList(field) ? undefined : field,
  );
}

function isHollowList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
