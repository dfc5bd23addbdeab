// Removes what a structural schema does not name (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning). In place.

import { isRecord } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';

const mostPaths = 100;
const objectFields = ['apiVersion', 'kind', 'metadata'];

/** Removes unknown fields; answers their paths (the first hundred), e.g. `spec.list[0].x`. The root is an object of the API. */
export function prune(value: unknown, schema: JsonSchemaProps): string[] {
  const pruning = new Pruning();
  pruning.prune(value, schema, '', true);
  return pruning.paths;
}

/** The same for a value that is no object of the API, e.g. a default. */
export function pruneValue(value: unknown, schema: JsonSchemaProps): string[] {
  const pruning = new Pruning();
  pruning.prune(value, schema, '', false);
  return pruning.paths;
}

class Pruning {
  readonly paths: string[] = [];

  prune(value: unknown, schema: JsonSchemaProps, path: string, isRoot: boolean): void {
    const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true;
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      const keep = schema['x-kubernetes-preserve-unknown-fields'] === true;
      value.forEach((item, index) => {
        if (items) this.prune(item, items, `${path}[${index}]`, false);
        else if (!keep) this.prune(item, {}, `${path}[${index}]`, false);
      });
    } else if (isRecord(value)) this.pruneFields(value, schema, path, isObject);
  }

  private pruneFields(
    value: Record<string, unknown>,
    schema: JsonSchemaProps,
    path: string,
    isObject: boolean,
  ): void {
    const keep = schema['x-kubernetes-preserve-unknown-fields'] === true;
    const values = valuesOf(schema);
    const anyValue = schema.additionalProperties === true;
    for (const key of Object.keys(value)) {
      if (isObject && objectFields.includes(key)) continue;
      const property = propertyOf(schema, key);
      const inner = property ?? values;
      const place = path ? `${path}.${key}` : key;
      if (inner) this.prune(value[key], inner, place, false);
      else if (!keep && !anyValue) {
        delete value[key];
        if (this.paths.length < mostPaths) this.paths.push(place);
      }
    }
  }
}
