// What a create is compared with: the object as Go has it before anything is decoded into it. Structs are there, lists and
// pointers that are never left out are null. It decides which fields count as set: `f:containers` is there already, empty.

import type { JsonObject, ObjectType, SchemaSet } from '../../../../shared/machinery/index.ts';

/** Optional fields that Go has as structs, not as pointers: they are written although nothing is in them. */
const structs: ReadonlySet<string> = new Set([
  'DaemonSetSpec.updateStrategy',
  'DeploymentSpec.strategy',
  'JobTemplateSpec.metadata',
  'JobTemplateSpec.spec',
  'PersistentVolumeClaimSpec.resources',
  'PodTemplateSpec.metadata',
  'PodTemplateSpec.spec',
  'ReplicaSetSpec.template',
  'StatefulSetSpec.updateStrategy',
]);

/** Required fields that Go has as pointers. */
const pointers: ReadonlySet<string> = new Set([
  'DaemonSetSpec.selector',
  'DeploymentSpec.selector',
  'ReplicaSetSpec.selector',
  'StatefulSetSpec.selector',
]);

const topLevelStructs: readonly string[] = ['metadata', 'spec', 'status'];

export function zeroObject(schemas: SchemaSet, typeName: string): JsonObject {
  const type = schemas.typeNamed(typeName);
  return zeroStruct(schemas, typeName, type, (field) => topLevelStructs.includes(field));
}

function zeroStruct(
  schemas: SchemaSet,
  typeName: string,
  { properties, required }: ObjectType,
  isStruct: (field: string) => boolean = () => false,
): JsonObject {
  const owner = typeName.slice(typeName.lastIndexOf('.') + 1);
  const result: JsonObject = {};
  for (const [field, type] of Object.entries(properties)) {
    const path = `${owner}.${field}`;
    const present = required.includes(field) || structs.has(path) || isStruct(field);
    if (!present) continue;
    const isObject = type.type === 'ref' && !pointers.has(path);
    result[field] = isObject
      ? zeroStruct(schemas, type.name, schemas.typeNamed(type.name))
      : zeroScalar(type.type);
  }
  return result;
}

function zeroScalar(type: string): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}
