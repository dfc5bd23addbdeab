// Columns of custom objects (apiextensions-apiserver/pkg/registry/customresource/tableconvertor): the name, then what the
// definition says.

import type { DefinitionColumn } from '../../../shared/api/apiextensions/index.ts';
import type { Column } from '../../../shared/api/index.ts';
import { compactJson, humanDuration, type KubeObject, parseTime } from '../../../shared/machinery/index.ts';
import { find, parsePath, type Step } from '../../../shared/machinery/jsonpath/index.ts';

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const createdDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

const name: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: nameDescription,
  priority: 0,
  cell: ({ metadata }) => metadata?.name ?? '',
};

const age: DefinitionColumn = {
  name: 'Age',
  type: 'date',
  description: createdDescription,
  jsonPath: '.metadata.creationTimestamp',
};

export function customColumns(columns: readonly DefinitionColumn[] = [age]): Column[] {
  return [name, ...columns.map(columnOf)];
}

function columnOf({
  name,
  type,
  format = '',
  description,
  priority = 0,
  jsonPath,
}: DefinitionColumn): Column {
  const steps = stepsOf(jsonPath);
  return {
    name,
    type: typeOf(type),
    format,
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell: (object, now) => (steps ? cellOf(firstOf(steps, object), type, now) : null),
  };
}

/** Undefined: a path that cannot be read shows nothing. */
function stepsOf(jsonPath: string): Step[] | undefined {
  try {
    return parsePath(jsonPath);
  } catch {
    return undefined;
  }
}

/** The first that the path finds. */
function firstOf(steps: readonly Step[], object: KubeObject): unknown {
  try {
    return find(steps, object)[0];
  } catch {
    return undefined;
  }
}

function cellOf(value: unknown, type: string, now: number): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : compactJson(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      return typeof value === 'string' ? ageOf(value, now) : null;
  }
}

function ageOf(text: string, now: number): string {
  const time = parseTime(text);
  return time === undefined ? '<invalid>' : humanDuration(now - time);
}

function typeOf(type: string): Column['type'] {
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'date':
      return type;
    default:
      return 'string';
  }
}
