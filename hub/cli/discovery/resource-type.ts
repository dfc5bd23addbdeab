// One resource that the server serves, as discovery says it, and its paths.

export interface ResourceType {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  /** The plural in paths. */
  resource: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
}

/** `deployments.apps`, `pods` */
export function qualifiedResource({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): string {
  return group ? `${resource}.${group}` : resource;
}

/** `deployment.apps`, `pod`: how messages and `-o name` call an object's kind. */
export function qualifiedKind({ group, kind }: Pick<ResourceType, 'group' | 'kind'>): string {
  return group ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();
}

/** `apps/v1`, `v1` */
export function apiVersionOfType({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version;
}

export interface Address {
  /** Ignored for cluster-scoped resources; absent: all namespaces. */
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
}

export function pathOf(type: ResourceType, { namespace, name, subresource }: Address = {}): string {
  const root = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  const parts = [
    ...(type.namespaced && namespace ? ['namespaces', namespace] : []),
    type.resource,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}

/** With what is set of the parameters; false, undefined and the empty text are left out. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== false && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
