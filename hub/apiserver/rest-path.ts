// From method and URL to what is meant, exactly as kube-apiserver's RequestInfo reads them
// (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go), and from there to a row of the table.

import type { Resource, Subresource, Verb } from '../../shared/api/index.ts';
import { ApiError, notFound } from '../../shared/machinery/index.ts';
import type { ResourceIndex } from './resource-index.ts';
import { isSubresource, verbsOf } from './subresource-verbs.ts';

/** A path below a version, whether or not there is such a resource. */
export interface ResourcePath {
  type: 'resource';
  /** Empty: the method is none of REST's. */
  verb: Verb | '';
  group: string;
  version: string;
  resource: string;
  subresource?: string;
  /** Also set for `/api/v1/namespaces/NAME` itself. */
  namespace?: string;
  name?: string;
  /** The path goes on after the subresource. */
  beyond: boolean;
  /** Of a proxy request: what stands behind `/proxy`, as it was sent. */
  remainder?: string;
  query: URLSearchParams;
}

export interface OtherPath {
  type: 'other';
  /** The method in lower case: what such a request is authorized by. */
  verb: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
}

/** Where a request goes: a row, and what of it. */
export interface Route {
  verb: Verb;
  resource: Resource;
  namespace: string | undefined;
  name: string | undefined;
  subresource: Subresource | undefined;
}

/** A map, for over MQTT a method may be any text: `__proto__` is none. */
const methodVerbs: ReadonlyMap<string, Verb> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

const namespaceSubresources = new Set(['status', 'finalize']);

/** Throws BadRequest for a path that is not percent-encoded properly. */
export function parseRestPath(method: string, url: string): ResourcePath | OtherPath {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const [prefix, ...rest] = path.split('/').filter(Boolean).map(decodeSegment);
  const grouped = prefix === 'apis';
  if ((prefix !== 'api' && !grouped) || rest.length < (grouped ? 3 : 2)) {
    return { type: 'other', verb: method.toLowerCase(), path, query };
  }
  const [group, version, parts] = grouped
    ? [rest[0] ?? '', rest[1] ?? '', rest.slice(2)]
    : ['', rest[0] ?? '', rest.slice(1)];
  const watchPrefix = parts[0] === 'watch' && parts.length > 1;
  const named = pathTo({ group, version, query }, watchPrefix ? parts.slice(1) : parts);
  if (named.subresource === 'proxy') return proxyPath(named, method, path);
  return narrow(named, watchPrefix && method === 'GET' ? 'watch' : (methodVerbs.get(method) ?? ''));
}

/** Everything behind the word is another server's path; the method may be any. */
function proxyPath(named: ResourcePath, method: string, path: string): ResourcePath {
  const remainder = /^(?:.*?\/(?:pods|services|nodes)\/[^/]+)\/+proxy(\/.*)?$/.exec(path)?.[1] ?? '';
  // As upstream: HEAD reads, OPTIONS too is a read for who asks.
  const verb = methodVerbs.get(method) ?? (['HEAD', 'OPTIONS'].includes(method) ? 'get' : '');
  return { ...named, beyond: false, verb, remainder };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new ApiError('BadRequest', `invalid URL escape in "${segment}"`, undefined, { cause });
  }
}

/** `namespaces/NS/pods/NAME/log`, `nodes/NAME`, `namespaces/NS/finalize` … Without a verb yet. */
function pathTo(
  { group, version, query }: Pick<ResourcePath, 'group' | 'version' | 'query'>,
  parts: readonly string[],
): ResourcePath {
  const [first, second, third] = parts;
  const inNamespace = first === 'namespaces' && second !== undefined;
  const nested = inNamespace && third !== undefined && !namespaceSubresources.has(third);
  const [resource = '', name, subresource, ...more] = nested ? parts.slice(2) : parts;
  const beyond = more.length > 0;
  const path: ResourcePath = { type: 'resource', verb: '', group, version, resource, beyond, query };
  if (inNamespace) path.namespace = second;
  if (name !== undefined) path.name = name;
  if (subresource !== undefined) path.subresource = subresource;
  return path;
}

/** A get or delete without a name is a list, a watch or a deletecollection; a field selector may then give the name. */
function narrow(path: ResourcePath, verb: Verb | ''): ResourcePath {
  path.verb = verb;
  if (path.name !== undefined) return path;
  if (verb === 'delete') path.verb = 'deletecollection';
  if (verb !== 'get' && verb !== 'watch') return path;
  path.verb = verb === 'watch' || saysTrue(path.query.get('watch')) ? 'watch' : 'list';
  const exact = exactName(path.query.get('fieldSelector') ?? '');
  if (exact !== undefined) path.name = exact;
  return path;
}

/** As Go's conversion of a query parameter to a bool: present and not `false` or `0`. */
export function saysTrue(parameter: string | null): boolean {
  return parameter !== null && !['false', '0'].includes(parameter.toLowerCase());
}

function exactName(fieldSelector: string): string | undefined {
  for (const term of fieldSelector.split(',')) {
    const name = /^metadata\.name==?([^=!]+)$/.exec(term.trim())?.[1];
    if (name !== undefined && !/[/%]/.test(name)) return name;
  }
  return undefined;
}

export function noSuchResource(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource', {});
}

export function noSuchMethod(): ApiError {
  return new ApiError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

function isTerminating({ group, resource }: Resource, verb: Verb): ApiError {
  const message = `${verb} not allowed while custom resource definition is terminating`;
  return new ApiError('MethodNotAllowed', message, { group, kind: resource });
}

/** Finds the row; throws NotFound where there is no such path and MethodNotAllowed where the path has not that verb. */
export function routeOf(path: ResourcePath, index: ResourceIndex): Route {
  const resource = index.find(path.group, path.version, path.resource);
  if (!resource || path.beyond || !fitsScope(path, resource)) throw noSuchResource();
  if (namesOne(path) && isOnlyCreated(resource)) throw noSuchResource();
  const { verb, name } = path;
  const namespace = resource.namespaced ? path.namespace : undefined;
  if (path.subresource === undefined) {
    if (resource.terminating && verb === 'create') throw isTerminating(resource, verb);
    if (verb === '' || !resource.verbs.includes(verb) || !fitsName(path, resource)) throw noSuchMethod();
    return { verb, resource, namespace, name, subresource: undefined };
  }
  const { subresource } = path;
  if (!isSubresource(subresource) || !resource.subresources.includes(subresource))
    throw resource.custom && name !== undefined ? notFound(resource, name) : noSuchResource();
  if (verb === '' || !verbsOf(subresource).includes(verb)) throw noSuchMethod();
  return { verb, resource, namespace, name, subresource };
}

function fitsScope(path: ResourcePath, resource: Resource): boolean {
  if (resource.namespaced) return path.namespace !== undefined || !namesOne(path);
  return path.namespace === undefined || resource.resource === 'namespaces';
}

/** Reviews: nothing of them has a name. */
function isOnlyCreated({ verbs }: Resource): boolean {
  return verbs.every((verb) => verb === 'create');
}

/** Whether the path itself ends in an object's name (a list's name comes from its field selector). */
function namesOne({ verb, name }: ResourcePath): boolean {
  return name !== undefined && verb !== 'list' && verb !== 'watch';
}

function fitsName(path: ResourcePath, resource: Resource): boolean {
  switch (path.verb) {
    case 'list':
    case 'watch':
      return true;
    case 'create':
    case 'deletecollection':
      return path.name === undefined && (!resource.namespaced || path.namespace !== undefined);
    default:
      return path.name !== undefined;
  }
}
