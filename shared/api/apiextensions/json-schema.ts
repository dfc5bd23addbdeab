// apiextensions/v1 JSONSchemaProps: the OpenAPI v3 schema of a custom resource, as far as a structural schema may have it.

import { isRecord } from '../../machinery/index.ts';

export interface JsonSchemaProps {
  id?: string;
  $schema?: string;
  $ref?: string;
  description?: string;
  type?: string;
  format?: string;
  title?: string;
  default?: unknown;
  maximum?: number;
  exclusiveMaximum?: boolean;
  minimum?: number;
  exclusiveMinimum?: boolean;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  uniqueItems?: boolean;
  multipleOf?: number;
  enum?: unknown[];
  maxProperties?: number;
  minProperties?: number;
  required?: string[];
  items?: unknown;
  allOf?: JsonSchemaProps[];
  oneOf?: JsonSchemaProps[];
  anyOf?: JsonSchemaProps[];
  not?: JsonSchemaProps;
  properties?: Record<string, JsonSchemaProps>;
  additionalProperties?: unknown;
  patternProperties?: Record<string, JsonSchemaProps>;
  dependencies?: Record<string, unknown>;
  additionalItems?: unknown;
  definitions?: Record<string, JsonSchemaProps>;
  externalDocs?: unknown;
  example?: unknown;
  nullable?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
}

/** A rule in CEL. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** The schema of a list's items; undefined: there is none (or a list of schemas, which is not supported). */
export function itemsOf(schema: JsonSchemaProps): JsonSchemaProps | undefined {
  return isRecord(schema.items) ? schema.items : undefined;
}

/** The schema of a map's values; undefined: anything, or none at all. */
export function valuesOf(schema: JsonSchemaProps): JsonSchemaProps | undefined {
  return isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined;
}

/** The schema of a named property; never one of the prototype's. */
export function propertyOf(schema: JsonSchemaProps, name: string): JsonSchemaProps | undefined {
  const { properties } = schema;
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Schemas of the same object that only say more of its values: a structural schema has its types outside them. */
export function valueValidationsOf(schema: JsonSchemaProps): JsonSchemaProps[] {
  return [
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.not ? [schema.not] : []),
  ];
}

/** The schemas right within this one. */
export function innerSchemasOf(schema: JsonSchemaProps): JsonSchemaProps[] {
  const inner = [itemsOf(schema), valuesOf(schema), ...Object.values(schema.properties ?? {})];
  return [...inner.filter((each) => each !== undefined), ...valueValidationsOf(schema)];
}
