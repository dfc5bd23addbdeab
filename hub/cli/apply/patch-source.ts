// What a list or map is to a patch: the schema's rules for built-in Kinds, none for custom ones.

import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/index.ts';
import type { FieldType } from '../../../shared/machinery/index.ts';
import type { ResourceType } from '../discovery/index.ts';

/** Finds the rules of a field below a type. Undefined: nothing is known, plain JSON. */
export interface PatchRules {
  readonly root: FieldType;
  fieldOf(parent: FieldType | undefined, key: string): FieldType | undefined;
}

/** Undefined for a Kind that is not built in: such objects are patched by JSON merge. */
export async function patchRulesOf(type: ResourceType): Promise<PatchRules | undefined> {
  const schemas = await loadSchemaSet();
  const name = schemaName(type, schemas);
  if (name === undefined) return undefined;
  return {
    root: { type: 'ref', name },
    fieldOf(parent, key) {
      if (parent?.type === 'map') return parent.values;
      if (parent?.type !== 'ref') return undefined;
      const { properties } = schemas.typeNamed(parent.name);
      return Object.hasOwn(properties, key) ? properties[key] : undefined;
    },
  };
}

/** `io.k8s.api.apps.v1.Deployment`: built-in groups have no domain, or one of Kubernetes' own. */
function schemaName({ group, version, kind }: ResourceType, schemas: BuiltInSchemas): string | undefined {
  if (group.includes('.') && !group.endsWith('.k8s.io')) return undefined;
  const suffix = `.${group.split('.')[0] || 'core'}.${version}.${kind}`;
  return schemas.names().find((name) => name.startsWith('io.k8s.') && name.endsWith(suffix));
}
