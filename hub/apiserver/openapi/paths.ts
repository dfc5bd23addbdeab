// From the rows of the table to the paths of an OpenAPI document: what can be asked of each resource.

import type { Resource, Subresource } from '../../../shared/api/index.ts';
import { patchType, type Root } from './definitions.ts';
import type { GroupVersionKind, JsonSchema, Operation, Path } from './document.ts';
import {
  connectForms,
  createForm,
  deleteCollectionForm,
  deleteForm,
  deleteOptions,
  type Form,
  listForm,
  logForm,
  metaTypes,
  patchForm,
  readForm,
  replaceForm,
  statusType,
} from './operations.ts';

/** A row with the name of its type. */
export interface TypedRow {
  row: Resource;
  type: string;
  /** The type as it is to be shown, where the schema set does not say all of it. */
  schema?: JsonSchema;
}

const coreKind = (kind: string): GroupVersionKind => ({ group: '', kind, version: 'v1' });

/** What any document mentions. */
const sharedRoots: readonly Root[] = [
  { name: statusType, kind: coreKind('Status') },
  { name: deleteOptions, kind: coreKind('DeleteOptions') },
  { name: `${metaTypes}.WatchEvent`, kind: coreKind('WatchEvent') },
  { name: `${metaTypes}.APIResourceList`, kind: coreKind('APIResourceList') },
  { name: patchType },
];

/** Types of subresources that are not the resource's own. */
const subresourceTypes: Partial<Record<Subresource, { type: string; kind: GroupVersionKind }>> = {
  scale: {
    type: 'io.k8s.api.autoscaling.v1.Scale',
    kind: { group: 'autoscaling', kind: 'Scale', version: 'v1' },
  },
  binding: { type: 'io.k8s.api.core.v1.Binding', kind: coreKind('Binding') },
  eviction: {
    type: 'io.k8s.api.policy.v1.Eviction',
    kind: { group: 'policy', kind: 'Eviction', version: 'v1' },
  },
  token: {
    type: 'io.k8s.api.authentication.v1.TokenRequest',
    kind: { group: 'authentication.k8s.io', kind: 'TokenRequest', version: 'v1' },
  },
};

type FormsOf = (type: string, what: string) => Form[];

const readAndWrite: FormsOf = (type, what) => [
  readForm(type, what),
  replaceForm(type, what),
  patchForm(type, what),
];
const createOnly: FormsOf = (type, what) => [createForm(type, what)];
const connect: FormsOf = (_, what) => connectForms(what);

/** What each subresource can be asked. */
const subresourceForms: Record<Subresource, FormsOf> = {
  status: readAndWrite,
  scale: readAndWrite,
  approval: readAndWrite,
  ephemeralcontainers: readAndWrite,
  resize: readAndWrite,
  finalize: (type, what) => [replaceForm(type, what)],
  binding: createOnly,
  eviction: createOnly,
  token: createOnly,
  log: (_, what) => [logForm(what)],
  exec: connect,
  attach: connect,
  portforward: connect,
  proxy: connect,
};

/** The types that the paths of these rows mention. */
export function rootsOf(rows: readonly TypedRow[]): Root[] {
  const own = rows.flatMap(({ row, type, schema }): Root[] => [
    { name: type, kind: kindOf(row), ...(schema && { schema }) },
    ...(row.verbs.includes('list')
      ? [
          {
            name: `${type}List`,
            kind: { ...kindOf(row), kind: row.listKind ?? `${row.kind}List` },
            listOf: type,
          },
        ]
      : []),
    ...row.subresources.flatMap((name) => {
      const other = subresourceTypes[name];
      return other ? [{ name: other.type, kind: other.kind }] : [];
    }),
  ]);
  return [...own, ...sharedRoots];
}

function kindOf({ group, version, kind }: Resource): GroupVersionKind {
  return { group, kind, version };
}

const namespaceParameter = { namespace: 'object name and auth scope, such as for teams and projects' };

/** Paths of one row: its collection, its objects, their subresources. */
export function pathsOf({ row, type }: TypedRow): Path[] {
  const base = row.group ? `/apis/${row.group}/${row.version}` : `/api/${row.version}`;
  const everywhere = `${base}/${row.resource}`;
  const scoped = row.namespaced ? `${base}/namespaces/{namespace}/${row.resource}` : everywhere;
  const inNamespace: Record<string, string> = row.namespaced ? namespaceParameter : {};
  const named = { ...inNamespace, name: `name of the ${row.kind}` };
  const paths: Path[] = [
    { path: scoped, parameters: inNamespace, operations: collectionOperations(row, type) },
    { path: `${scoped}/{name}`, parameters: named, operations: objectOperations(row, type) },
  ];
  for (const name of row.subresources) {
    const operations = subresourceOperations(row, type, name);
    paths.push({ path: `${scoped}/{name}/${name}`, parameters: named, operations });
  }
  if (row.namespaced && row.verbs.includes('list')) {
    const list = operation({ ...row, namespaced: false }, listForm(type, row.kind));
    const operations = [{ ...list, id: `${list.id}ForAllNamespaces` }];
    paths.push({ path: everywhere, parameters: {}, operations });
  }
  return paths.filter(({ operations }) => operations.length > 0);
}

function collectionOperations(row: Resource, type: string): Operation[] {
  const forms = [listForm(type, row.kind), createForm(type, `a ${row.kind}`), deleteCollectionForm(row.kind)];
  return operations(row, forms);
}

function objectOperations(row: Resource, type: string): Operation[] {
  return operations(row, [...readAndWrite(type, `the specified ${row.kind}`), deleteForm(row.kind)]);
}

function operations(row: Resource, forms: readonly Form[]): Operation[] {
  return forms.filter(({ verb }) => row.verbs.includes(verb)).map((form) => operation(row, form));
}

function subresourceOperations(row: Resource, type: string, name: Subresource): Operation[] {
  const other = subresourceTypes[name];
  const forms = subresourceForms[name](other?.type ?? type, `${name} of the specified ${row.kind}`);
  return forms.map((form) => operation(row, form, capital(name), other?.kind));
}

function operation(row: Resource, form: Form, suffix = '', kind = kindOf(row)): Operation {
  const { verb: _, word, ...rest } = form;
  // kubectl sends what it finds here.
  const consumes = row.custom ? form.consumes.filter((type) => !type.includes('strategic')) : form.consumes;
  const group = capital(row.group.split('.')[0] || 'core');
  const scope = row.namespaced ? 'Namespaced' : '';
  return {
    ...rest,
    consumes,
    id: `${word}${group}${capital(row.version)}${scope}${row.kind}${suffix}`,
    kind,
  };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
