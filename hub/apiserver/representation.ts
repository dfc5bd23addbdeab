// In what form a client wants an object: as it is, as rows of a Table, or its metadata alone. Read from the Accept header
// as apiserver's handlers/negotiation do; the door chooses between JSON and YAML.

import { ApiError } from '../../shared/machinery/index.ts';
import type { RestRequest } from './request.ts';
import type { ResourceIndex } from './resource-index.ts';
import { type ResourcePath, saysTrue } from './rest-path.ts';

export type Representation =
  | { form: 'object' }
  | { form: 'table'; version: MetaVersion; include: IncludeObject }
  | { form: 'metadata'; version: MetaVersion; ofList: boolean };

export type MetaVersion = 'v1' | 'v1beta1';
export type IncludeObject = 'None' | 'Metadata' | 'Object';

type Form = Representation['form'];

const plain: Representation = { form: 'object' };
const anyForm: readonly Form[] = ['object', 'table', 'metadata'];
const wholeTypes = {
  taken: ['application/json', 'application/yaml', 'application/*', '*/*'],
  named: 'application/json, application/yaml',
};
/** Events come one after the other: YAML has no form for that. */
const streamedTypes = {
  taken: ['application/json', 'application/*', '*/*'],
  named: 'application/json;stream=watch',
};
const metadataKind = 'PartialObjectMetadata';
const metadataListKind = 'PartialObjectMetadataList';

interface Range {
  type: string;
  parameters: ReadonlyMap<string, string>;
  quality: number;
}

const bytesOfTheirOwn = ['log', 'exec', 'attach', 'portforward', 'proxy'];
/** What is asked there is kept nowhere: it has no table. */
const questions = ['binding', 'eviction', 'token'];

/** Logs and streams are bytes whatever a client would like. */
export function representationFor(
  path: ResourcePath,
  index: ResourceIndex,
  { accept }: Pick<RestRequest, 'accept'>,
): Representation {
  const { group, version, resource, subresource = '', query, verb } = path;
  if (bytesOfTheirOwn.includes(subresource)) return plain;
  const verbs = index.find(group, version, resource)?.verbs;
  const isQuestion = questions.includes(subresource) || verbs?.every((verb) => verb === 'create') === true;
  if (isQuestion) return representationOf(accept, query, ['object']);
  const types = verb === 'watch' ? streamedTypes : wholeTypes;
  return representationOf(accept, query, isStreamedList(path) ? ['object', 'metadata'] : anyForm, types);
}

/** A list as a watch: upstream has no tables of it. */
function isStreamedList({ verb, query }: ResourcePath): boolean {
  const options = ['sendInitialEvents', 'allowWatchBookmarks'];
  return verb === 'watch' && options.every((option) => saysTrue(query.get(option)));
}

/** The first of the forms in the client's order. Throws NotAcceptable, and BadRequest for a bad `includeObject`. */
function representationOf(
  accept: string | undefined,
  query: URLSearchParams,
  forms: readonly Form[],
  types = wholeTypes,
): Representation {
  // What most programs say needs no taking apart.
  if (!accept?.trim() || accept === 'application/json') return plain;
  for (const range of rangesOf(accept)) {
    if (!types.taken.includes(range.type) || range.quality === 0) continue;
    const representation = formOf(range.parameters, query);
    if (representation && forms.includes(representation.form)) return representation;
  }
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${types.named}`);
}

/** Whether the client takes a given Kind of a given group and version, e.g. aggregated discovery. */
export function acceptsKind(
  accept: string | undefined,
  kind: string,
  group: string,
  versions: readonly string[],
): string | undefined {
  for (const { type, parameters, quality } of rangesOf(accept ?? '')) {
    if (type !== 'application/json' || quality === 0) continue;
    const version = parameters.get('v') ?? '';
    if (!parameters.has('as')) return undefined;
    if (parameters.get('as') === kind && parameters.get('g') === group && versions.includes(version))
      return version;
  }
  return undefined;
}

function rangesOf(accept: string): Range[] {
  return accept
    .split(',')
    .map((text) => {
      const [type = '', ...rest] = text.split(';').map((part) => part.trim());
      const parameters = new Map(rest.map((part) => splitOnce(part)));
      const quality = Number(parameters.get('q') ?? 1);
      return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
    })
    .sort((left, right) => right.quality - left.quality);
}

function splitOnce(part: string): [string, string] {
  const mark = part.indexOf('=');
  return mark < 0 ? [part, ''] : [part.slice(0, mark).trim().toLowerCase(), part.slice(mark + 1).trim()];
}

function formOf(parameters: ReadonlyMap<string, string>, query: URLSearchParams): Representation | undefined {
  const as = parameters.get('as');
  if (as === undefined) return plain;
  const version = parameters.get('v');
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (as === 'Table') return { form: 'table', version, include: includeOf(query.get('includeObject')) };
  const ofList = as === metadataListKind;
  return ofList || as === metadataKind ? { form: 'metadata', version, ofList } : undefined;
}

function includeOf(text: string | null): IncludeObject {
  if (text === null || text === '') return 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw new ApiError('BadRequest', `unrecognized includeObject value: ${JSON.stringify(text)}`);
}
