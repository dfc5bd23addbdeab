// The parts of OpenAPI documents that we write, as types: schemas, and operations before they take the form of a version.

export interface GroupVersionKind {
  group: string;
  kind: string;
  version: string;
}

/** A JSON schema as both versions of OpenAPI know it. Names that start with `x-` are Kubernetes' own. */
export interface JsonSchema {
  description?: string;
  $ref?: string;
  type?: string;
  format?: string;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: JsonSchema;
  items?: JsonSchema;
  /** Version 3 only. */
  oneOf?: JsonSchema[];
  /** Version 3 only. */
  allOf?: JsonSchema[];
  'x-kubernetes-group-version-kind'?: GroupVersionKind[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
}

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

export interface QueryParameter {
  name: string;
  type: 'string' | 'boolean' | 'integer';
  description: string;
}

/** One thing that can be asked of a path. Types are named as in the schema set. */
export interface Operation {
  method: Method;
  /** x-kubernetes-action, e.g. `list`. */
  action: string;
  /** e.g. `listCoreV1NamespacedPod` */
  id: string;
  description: string;
  kind?: GroupVersionKind;
  query: readonly QueryParameter[];
  /** The type of the body; absent: there is none. */
  body?: { type: string; required: boolean };
  consumes: readonly string[];
  produces: readonly string[];
  /** The type of the answer; absent: plain text. */
  answer?: string;
  codes: readonly number[];
}

export interface Path {
  /** e.g. `/api/v1/namespaces/{namespace}/pods` */
  path: string;
  /** Parameters within the path: name → description. */
  parameters: Record<string, string>;
  operations: Operation[];
}

/** The words of HTTP codes that operations answer. */
export const codeWords: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  401: 'Unauthorized',
};
