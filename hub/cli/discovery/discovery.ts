// Which resource a word means: plural, singular, kind or short name, with or without its group, or a category.

import { UserError } from '../../../shared/base/index.ts';
import type { Api } from '../api.ts';
import { readTypes } from './read-types.ts';
import type { ResourceType } from './resource-type.ts';

export class Discovery {
  private readonly api: Api;
  private read: Promise<ResourceType[]> | undefined;

  constructor({ api }: { api: Api }) {
    this.api = api;
  }

  /** Everything that is served, in the server's order; asked for once. */
  types(): Promise<readonly ResourceType[]> {
    this.read ??= readTypes(this.api);
    return this.read;
  }

  /** `deploy`, `deployments.apps`, `Deployment.v1.apps` … Throws UserError for what there is not. */
  async named(word: string): Promise<ResourceType> {
    const found = find(await this.types(), word.toLowerCase());
    if (found) return found;
    throw new UserError(`the server doesn't have a resource type "${word.split('.', 1)[0]}"`);
  }

  /** All that a word means: a category is the resources in it, in the server's order. */
  async meant(word: string): Promise<ResourceType[]> {
    const types = await this.types();
    const members = types.filter(({ categories }) => categories.includes(word.toLowerCase()));
    return members.length > 0 && !find(types, word.toLowerCase())
      ? onePerGroup(members)
      : [await this.named(word)];
  }

  /** The type of a manifest's objects; undefined when the server has none such. */
  async ofKind(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const types = await this.types();
    return types.find((type) => type.group === group && type.version === version && type.kind === kind);
  }
}

type Match = (type: ResourceType, name: string) => boolean;

/** Plurals win over singulars and kinds, those over short names, as in kubectl. */
const ways: readonly Match[] = [
  ({ resource }, name) => resource === name,
  ({ singular, kind }, name) => singular === name || kind.toLowerCase() === name,
  ({ shortNames }, name) => shortNames.includes(name),
];

function find(types: readonly ResourceType[], word: string): ResourceType | undefined {
  const [name = '', ...rest] = word.split('.');
  const group = rest.join('.');
  const [version = '', ...beyond] = rest;
  for (const matches of ways) {
    const candidates = types.filter((type) => matches(type, name));
    const found =
      rest.length === 0
        ? candidates[0]
        : (candidates.find((type) => type.version === version && type.group === beyond.join('.')) ??
          candidates.find((type) => type.group === group) ??
          candidates.find((type) => type.group.startsWith(group)));
    if (found) return found;
  }
  return undefined;
}

function onePerGroup(types: readonly ResourceType[]): ResourceType[] {
  const seen = new Set<string>();
  return types.filter(({ group, resource }) => {
    const key = `${group}/${resource}`;
    return !seen.has(key) && seen.add(key);
  });
}
