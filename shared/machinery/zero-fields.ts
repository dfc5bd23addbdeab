// What Go writes of a value although nothing is in it: fields without `omitempty`, structs, times that are not set.

import { isRecord, type JsonObject } from './json-object.ts';
import type { FieldType, SchemaSet } from './schema.ts';

/** What may be missing in values of a type. */
interface Plan {
  /** Whole: structs have their own zero fields. */
  readonly zero: readonly (readonly [field: string, value: unknown])[];
  /** Fields that lead to more. */
  readonly inner: readonly (readonly [field: string, type: FieldType])[];
}

const nothingMissing: Plan = { zero: [], inner: [] };

export class ZeroFields {
  private readonly schemas: SchemaSet;
  private readonly plans = new Map<string, Plan>();

  /** `schemas`: types whose zero fields stay what they are. */
  constructor(schemas: SchemaSet) {
    this.schemas = schemas;
  }

  /** The value of the type `name` with its zero fields; what it was sent as, where none is missing. Nothing is changed in place. */
  whole(name: string, value: JsonObject): JsonObject {
    const { zero, inner } = this.planOf(name);
    let whole: JsonObject | undefined;
    for (const [field, nothing] of zero) {
      if (value[field] !== undefined) continue;
      whole ??= { ...value };
      whole[field] = nothing;
    }
    for (const [field, type] of inner) {
      const found = value[field];
      if (found === undefined) continue;
      const filled = this.wholeField(type, found);
      if (filled === found) continue;
      whole ??= { ...value };
      whole[field] = filled;
    }
    return whole ?? value;
  }

  private wholeField(type: FieldType, value: unknown): unknown {
    switch (type.type) {
      case 'ref':
        return isRecord(value) ? this.whole(type.name, value) : value;
      case 'array':
        return Array.isArray(value) ? this.wholeItems(type.items, value) : value;
      case 'map':
        return isRecord(value) ? this.wholeEntries(type.values, value) : value;
      default:
        return value;
    }
  }

  private wholeItems(type: FieldType, items: readonly unknown[]): readonly unknown[] {
    let whole: unknown[] | undefined;
    for (const [at, item] of items.entries()) {
      const filled = this.wholeField(type, item);
      if (filled === item) continue;
      whole ??= [...items];
      whole[at] = filled;
    }
    return whole ?? items;
  }

  private wholeEntries(type: FieldType, values: JsonObject): JsonObject {
    let whole: JsonObject | undefined;
    for (const key of Object.keys(values)) {
      const filled = this.wholeField(type, values[key]);
      if (filled === values[key]) continue;
      whole ??= { ...values };
      whole[key] = filled;
    }
    return whole ?? values;
  }

  private planOf(name: string): Plan {
    const known = this.plans.get(name);
    if (known) return known;
    const plan = this.leadsOn(name, new Set()) ? this.planned(name) : nothingMissing;
    this.plans.set(name, plan);
    return plan;
  }

  private planned(name: string): Plan {
    const { properties, zero = {} } = this.schemas.typeNamed(name);
    return {
      zero: Object.entries(zero).map(([field, nothing]) => {
        const type = properties[field];
        return [field, type ? this.wholeField(type, nothing) : nothing];
      }),
      inner: Object.entries(properties).filter(([, type]) =>
        refsIn(type).some((ref) => this.leadsOn(ref, new Set())),
      ),
    };
  }

  /** Whether anything may be missing in a value of the type, however deep. Types may contain themselves. */
  private leadsOn(name: string, seen: Set<string>): boolean {
    if (seen.has(name)) return false;
    seen.add(name);
    const { properties, zero } = this.schemas.typeNamed(name);
    if (zero) return true;
    return Object.values(properties)
      .flatMap(refsIn)
      .some((ref) => this.leadsOn(ref, seen));
  }
}

function refsIn(type: FieldType): string[] {
  if (type.type === 'ref') return [type.name];
  if (type.type === 'array') return refsIn(type.items);
  return type.type === 'map' ? refsIn(type.values) : [];
}
