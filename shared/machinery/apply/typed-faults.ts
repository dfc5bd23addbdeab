// Whether an applied configuration is of its type, in the words of structured-merge-diff (v4).

import { goText } from '../go-text.ts';
import { isRecord } from '../json-object.ts';
import type { FieldType } from '../schema.ts';
import { elementText, indexElement, type PathElement, pathText } from './path-element.ts';
import { elementOf, type ListKey, type Shapes, TypedError } from './shape.ts';

/** Throws TypedError that names every fault: fields that there are not, values of a wrong type, duplicate items. */
export function checkTyped(shapes: Shapes, typeName: string, object: unknown): void {
  const check = new Check(shapes);
  check.struct(typeName, object);
  const { faults } = check;
  if (faults.length === 0) return;
  throw new TypedError(faults.length === 1 ? `${faults[0]}` : ['errors:', ...faults].join('\n  '));
}

const mostFaults = 100;

class Check {
  readonly faults: string[] = [];
  private readonly shapes: Shapes;
  private readonly path: PathElement[] = [];

  constructor(shapes: Shapes) {
    this.shapes = shapes;
  }

  struct(typeName: string, value: unknown): void {
    if (!this.isMap(value)) return;
    const { properties, others } = this.shapes.schemas.typeNamed(typeName);
    for (const [name, field] of Object.entries(value)) {
      const type = Object.hasOwn(properties, name) ? properties[name] : others;
      this.at(`f:${name}`, () =>
        type ? this.value(type, field) : this.fault('field not declared in schema'),
      );
    }
  }

  private value(type: FieldType, value: unknown): void {
    if (value === null || value === undefined) return;
    switch (type.type) {
      case 'ref':
        this.struct(type.name, value);
        break;
      case 'map':
        this.map(type.values, value);
        break;
      case 'array':
        this.list(type, value);
        break;
      case 'any':
        break;
      default:
        this.scalar(type, value);
    }
  }

  private map(values: FieldType, value: unknown): void {
    if (!this.isMap(value)) return;
    for (const [name, field] of Object.entries(value)) this.at(`f:${name}`, () => this.value(values, field));
  }

  private list(type: Extract<FieldType, { type: 'array' }>, value: unknown): void {
    if (!Array.isArray(value)) {
      this.fault(`expected list, got ${pointerTo(value)}`);
      return;
    }
    const shape = this.shapes.of(type);
    const seen = new Set<PathElement>();
    for (const [index, item] of value.entries()) {
      const element = shape.kind === 'list' ? this.elementAt(shape.keys, item, index) : indexElement(index);
      if (element === undefined) return;
      if (seen.has(element)) this.fault(`duplicate entries for key ${elementText(element)}`);
      seen.add(element);
      this.at(element, () => this.value(type.items, item));
    }
  }

  private elementAt(
    keys: readonly ListKey[] | undefined,
    item: unknown,
    index: number,
  ): PathElement | undefined {
    try {
      return elementOf(keys, item);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.fault(`element ${index}: ${error.message}`);
      return undefined;
    }
  }

  private scalar(type: FieldType, value: unknown): void {
    switch (type.type) {
      case 'integer':
      case 'number':
        if (typeof value !== 'number') this.fault(`expected numeric (int or float), got ${goTypeOf(value)}`);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.fault(`expected boolean, got ${pointerTo(value)}`);
        return;
      case 'string':
        if (type.format === 'int-or-string' || type.format === 'quantity') {
          if (typeof value === 'object') this.fault(`expected any scalar, got ${pointerTo(value)}`);
        } else if (typeof value !== 'string')
          this.fault(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    }
  }

  private isMap(value: unknown): value is Record<string, unknown> {
    if (value === null || value === undefined) return false;
    if (isRecord(value)) return true;
    this.fault(`expected map, got ${pointerTo(value)}`);
    return false;
  }

  private at(element: PathElement, work: () => void): void {
    this.path.push(element);
    work();
    this.path.pop();
  }

  private fault(text: string): void {
    if (this.faults.length >= mostFaults) return;
    const path = pathText(this.path);
    this.faults.push(path ? `${path}: ${text}` : text);
  }
}

/** Go's %v of structured-merge-diff's value: `&{5}`. */
function pointerTo(value: unknown): string {
  return `&{${goText(value)}}`;
}

/** Go's %T. */
function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isRecord(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Go's %#v. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isRecord(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
  return `map[string]interface {}{${fields.join(', ')}}`;
}
