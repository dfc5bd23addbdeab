// Checks JSON that was sent against the structure of its type, as the decoder of the Kubernetes API server does (v1.32):
// the same things are let through, the same are refused, in the same words. What comes out has known fields only.

import {
  ApiError,
  type FieldType,
  isRecord,
  jsonKind,
  type ObjectType,
  Quantity,
  type SchemaSet,
  setField,
} from '../machinery/index.ts';
import { canonicalBase64, canonicalTime } from './decode-scalars.ts';
import { goType, qualifiedName, structName } from './go-types.ts';
import { isLeftOut } from './left-out.ts';

export interface Decoded {
  /** A new object (nothing of it is shared with what was sent), with the fields of the type only. */
  object: Record<string, unknown>;
  /** Paths of fields that the type does not have, e.g. `spec.containers[0].imagePolicy`; at most 100. */
  unknownFields: string[];
}

const mostUnknownFields = 100;
/** Deeper JSON than any type of the API needs; less than the stack allows. */
const deepest = 1000;

/**
 * Decodes parsed JSON as the type `typeName`. As Go does: null is absence, and so is what it would not write (`isLeftOut`: what
 * was read and is sent back is the same); quantities may be numbers; quantities, times and base64 are written in their canonical form.
 * Throws BadRequest with Go's message where a value is of the wrong type.
 */
export function decode(schemas: SchemaSet, typeName: string, value: unknown): Decoded {
  return decodeOr((why) => cannotBeHandled(typeName, why), schemas, typeName, value);
}

/** As `decode`; throws what `refused` makes of Go's message. */
export function decodeOr(
  refused: (why: string) => ApiError,
  schemas: SchemaSet,
  typeName: string,
  value: unknown,
): Decoded {
  const walk = new Walk(schemas);
  try {
    const object = walk.root(typeName, value);
    if (walk.firstFault) throw new Malformed(walk.firstFault);
    return { object, unknownFields: walk.unknownFields };
  } catch (error) {
    if (error instanceof Malformed) throw refused(error.message);
    throw error;
  }
}

/** The refusal of a strict reading (`fieldValidation=Strict`): every unknown (or duplicate) field that was found. */
export function strictDecodingError(typeName: string, faults: readonly string[]): ApiError {
  return cannotBeHandled(typeName, `strict decoding error: ${faults.join(', ')}`);
}

function cannotBeHandled(typeName: string, why: string): ApiError {
  const [version = '', kind = ''] = typeName.split('.').slice(-2);
  return new ApiError('BadRequest', `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

/** Ends the walk: a value of a type that reads itself (time, quantity) is malformed. */
class Malformed extends Error {}

/** Where the walk is: which field of which type, and the names that led here. */
interface Place {
  readonly owner: string;
  readonly field: string;
  readonly above: Place | undefined;
  /** `[3]` or `.key` behind the field: only the paths of unknown fields say it. */
  readonly within: string;
}

class Walk {
  readonly unknownFields: string[] = [];
  /** Go reads on after a value of a wrong type, and reports the first unless a malformed value ends the reading. */
  firstFault: string | undefined;
  private readonly schemas: SchemaSet;
  private depth = 0;

  constructor(schemas: SchemaSet) {
    this.schemas = schemas;
  }

  root(typeName: string, value: unknown): Record<string, unknown> {
    if (isRecord(value)) return this.struct(typeName, this.schemas.typeNamed(typeName), value, undefined, '');
    if (value !== null && value !== undefined)
      this.firstFault = `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${qualifiedName(typeName)}`;
    return {};
  }

  private struct(
    name: string,
    type: ObjectType,
    value: Record<string, unknown>,
    above: Place | undefined,
    within: string,
  ): Record<string, unknown> {
    this.enter();
    const result: Record<string, unknown> = {};
    for (const field of Object.keys(value)) {
      const fieldType = Object.hasOwn(type.properties, field) ? type.properties[field] : undefined;
      if (!fieldType) {
        this.unknown(field, above, within);
        continue;
      }
      const sent = value[field];
      if (sent === null || sent === undefined) continue;
      const decoded = this.value(fieldType, sent, { owner: name, field, above, within }, '');
      if (decoded !== undefined && !isLeftOut(name, type, field, fieldType, decoded)) result[field] = decoded;
    }
    this.depth--;
    return result;
  }

  private value(type: FieldType, value: unknown, place: Place, within: string): unknown {
    switch (type.type) {
      case 'string':
        if (type.format) return this.formatted(type.format, type, value, place);
        return typeof value === 'string' ? value : this.fault(type, value, place);
      case 'ref':
        return isRecord(value)
          ? this.struct(type.name, this.schemas.typeNamed(type.name), value, place, within)
          : this.fault(type, value, place);
      case 'array':
        return Array.isArray(value) ? this.array(type, value, place, within) : this.fault(type, value, place);
      case 'map':
        return isRecord(value) ? this.map(type, value, place, within) : this.fault(type, value, place);
      case 'boolean':
        return typeof value === 'boolean' ? value : this.fault(type, value, place);
      case 'integer':
        return this.integer(type, value, place);
      case 'number':
        return typeof value === 'number' ? value : this.fault(type, value, place);
      case 'any':
        return this.anything(value);
    }
  }

  private array(
    type: Extract<FieldType, { type: 'array' }>,
    value: unknown[],
    place: Place,
    within: string,
  ): unknown[] {
    this.enter();
    const result = value.map((item, index) =>
      item === null ? zeroOf(type.items) : this.value(type.items, item, place, `${within}[${index}]`),
    );
    this.depth--;
    return result;
  }

  private map(
    type: Extract<FieldType, { type: 'map' }>,
    value: Record<string, unknown>,
    place: Place,
    within: string,
  ): Record<string, unknown> {
    this.enter();
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const sent = value[key];
      const decoded =
        sent === null ? zeroOf(type.values) : this.value(type.values, sent, place, `${within}.${key}`);
      setField(result, key, decoded);
    }
    this.depth--;
    return result;
  }

  private integer(type: Extract<FieldType, { type: 'integer' }>, value: unknown, place: Place): unknown {
    if (typeof value !== 'number') return this.fault(type, value, place);
    const fits = type.format === 'int32' ? (value | 0) === value : Number.isInteger(value) && inInt64(value);
    return fits ? value : this.fault(type, value, place, `number ${value}`);
  }

  private formatted(
    format: 'date-time' | 'date-time-micro' | 'byte' | 'int-or-string' | 'quantity',
    type: FieldType,
    value: unknown,
    place: Place,
  ): unknown {
    switch (format) {
      case 'int-or-string':
        return typeof value === 'string'
          ? value
          : this.integer({ type: 'integer', format: 'int32' }, value, place);
      case 'quantity':
        return canonicalQuantity(value);
      case 'byte': {
        if (typeof value !== 'string') return this.fault(type, value, place);
        const text = canonicalBase64(value);
        if (!(text instanceof Error)) return text;
        this.firstFault ??= text.message;
        return undefined;
      }
      default: {
        if (typeof value !== 'string') return this.fault(type, value, place);
        const text = canonicalTime(value, format === 'date-time' ? 'seconds' : 'micro');
        if (text instanceof Error) throw new Malformed(text.message);
        return text;
      }
    }
  }

  /** Free-form JSON: a copy. */
  private anything(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    this.enter();
    let result: unknown;
    if (Array.isArray(value)) result = value.map((item) => this.anything(item));
    else {
      const copy: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value)) {
        setField(copy, key, this.anything(item));
      }
      result = copy;
    }
    this.depth--;
    return result;
  }

  private enter(): void {
    if (++this.depth > deepest) throw new Malformed('exceeded max depth');
  }

  private fault(type: FieldType, value: unknown, place: Place, kind = jsonKind(value)): undefined {
    this.firstFault ??=
      `json: cannot unmarshal ${kind} into Go struct field ${structName(place.owner)}.${namesTo(place)} ` +
      `of type ${goType(place.owner, place.field, type)}`;
    return undefined;
  }

  private unknown(field: string, above: Place | undefined, within: string): void {
    if (this.unknownFields.length >= mostUnknownFields) return;
    const path = above ? `${pathTo(above)}${within}.${field}` : field;
    if (!this.unknownFields.includes(path)) this.unknownFields.push(path);
  }
}

/** The field and those above it, as Go joins them: without positions and keys. */
function namesTo(place: Place): string {
  return place.above ? `${namesTo(place.above)}.${place.field}` : place.field;
}

/** The same with positions and keys. */
function pathTo(place: Place): string {
  return place.above ? `${pathTo(place.above)}${place.within}.${place.field}` : place.field;
}

function inInt64(value: number): boolean {
  return value >= -(2 ** 63) && value <= 2 ** 63;
}

/** What null means within a list or map, where a value must stand. */
function zeroOf(type: FieldType): unknown {
  switch (type.type) {
    case 'string':
      if (type.format === 'quantity') return '0';
      if (type.format === 'int-or-string') return 0;
      return type.format === 'date-time' || type.format === 'date-time-micro' ? null : '';
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    case 'array':
      return [];
    case 'map':
    case 'ref':
      return {};
    case 'any':
      return null;
  }
}

/** Small amounts, as most are: nothing to rewrite. */
const canonicalForm = /^[1-9][0-9]{0,2}(?:[numkMGT]|[KMGT]i)?$/;

function canonicalQuantity(value: unknown): string {
  if (typeof value === 'string' && canonicalForm.test(value)) return value;
  const amount = Quantity.check(typeof value === 'string' ? value.trim() : value);
  if (typeof amount === 'string') throw new Malformed(amount);
  return amount.toString();
}
