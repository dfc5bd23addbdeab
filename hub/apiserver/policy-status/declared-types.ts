// The API's types as CEL's: what an expression may ask of an object, and of which type the answer is.

import type { Environment } from '@marcbachmann/cel-js';
import { escapedName } from '../../../shared/api/apiextensions/cel/index.ts';
import type { FieldType, SchemaSet } from '../../../shared/machinery/index.ts';

/** Declares types in one environment, each once, those that others are made of first. */
export class DeclaredTypes {
  private readonly environment: Environment;
  private readonly schemas: SchemaSet;
  private readonly begun = new Set<string>();
  private readonly declared = new Set<string>();

  constructor(environment: Environment, schemas: SchemaSet) {
    this.environment = environment;
    this.schemas = schemas;
  }

  /** Answers the type's name in expressions. */
  declare(name: string): string {
    if (!this.begun.has(name)) {
      this.begun.add(name);
      const { properties, others } = this.schemas.typeNamed(name);
      // Of what has fields without a type nothing is known.
      if (others) return 'dyn';
      const fields = Object.entries(properties).map(([field, type]) => [
        escapedName(field),
        this.typeOf(type),
      ]);
      this.environment.registerType({ name: spelled(name), fields: Object.fromEntries(fields) });
      this.environment.registerOperator(`${spelled(name)} == null`, () => false);
      this.declared.add(name);
    }
    // A type that is part of itself ends there: it could not be declared before its parts.
    return this.declared.has(name) ? spelled(name) : 'dyn';
  }

  private typeOf(field: FieldType): string {
    switch (field.type) {
      case 'string':
        return ofText(field.format);
      case 'boolean':
        return 'bool';
      case 'integer':
        return 'int';
      case 'number':
        return 'double';
      case 'map':
        return `map<string, ${this.typeOf(field.values)}>`;
      case 'array':
        return `list<${this.typeOf(field.items)}>`;
      case 'ref':
        return this.declare(field.name);
      case 'any':
        return 'dyn';
    }
  }
}

function ofText(format: (FieldType & { type: 'string' })['format']): string {
  switch (format) {
    case 'date-time':
    case 'date-time-micro':
      return 'google.protobuf.Timestamp';
    case 'byte':
      return 'bytes';
    case 'int-or-string':
      return 'dyn';
    default:
      return 'string';
  }
}

function spelled(name: string): string {
  return name.replaceAll(/[^\w.]/g, '_');
}
