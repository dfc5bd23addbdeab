// Which flow a request belongs to: the first FlowSchema that matches, by its matchingPrecedence and then by its name
// (k8s.io/apiserver/pkg/util/flowcontrol/rule.go). Which rules are about somebody is found out once.

import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  ResourcePolicyRule,
  Subject,
} from 'kubernetes-types/flowcontrol/v1';
import { accountOf, accountUserName } from '../../../shared/api/index.ts';
import type { UserInfo } from '../request.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';

/** A schema's spec and what it stands for. */
export interface Classified<F> {
  spec: Pick<FlowSchemaSpec, 'rules'>;
  flow: F;
}

type Path = ResourcePath | OtherPath;

/** Undefined: all. */
type Names = ReadonlySet<string> | undefined;

/** What a schema says of one user. */
interface Applying<F> {
  flow: F;
  rules: readonly Rule[];
}

interface Rule {
  matches(path: Path): boolean;
}

interface Compiled<F> {
  flow: F;
  rules: readonly (Rule & { isAbout(user: UserInfo): boolean })[];
}

interface Known<F> {
  groups: readonly string[];
  applying: readonly Applying<F>[];
}

/** How many users are remembered. */
const mostUsers = 1024;

export class FlowSchemas<F> {
  private readonly compiled: readonly Compiled<F>[];
  private readonly otherwise: F;
  private readonly users = new Map<string, Known<F>>();

  /** In the order of precedence. `otherwise`: what takes the requests of those whom no schema knows. */
  constructor(schemas: readonly Classified<F>[], otherwise: F) {
    this.compiled = schemas.map(({ spec, flow }) => ({ flow, rules: (spec.rules ?? []).map(compile) }));
    this.otherwise = otherwise;
  }

  flowOf(user: UserInfo, path: Path): F {
    for (const { flow, rules } of this.applyingTo(user))
      for (const rule of rules) if (rule.matches(path)) return flow;
    return this.otherwise;
  }

  private applyingTo(user: UserInfo): readonly Applying<F>[] {
    const known = this.users.get(user.name);
    if (known && sameItems(known.groups, user.groups)) return known.applying;
    const applying = this.compiled.flatMap(({ flow, rules }) => {
      const about = rules.filter((rule) => rule.isAbout(user));
      return about.length > 0 ? [{ flow, rules: about }] : [];
    });
    if (this.users.size >= mostUsers) this.users.clear();
    this.users.set(user.name, { groups: user.groups, applying });
    return applying;
  }
}

/** The order in which schemas are asked. */
export function byPrecedence(
  a: { spec: FlowSchemaSpec; name: string },
  b: { spec: FlowSchemaSpec; name: string },
): number {
  return (
    (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0) ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((item, at) => item === b[at]));
}

function compile({ subjects = [], resourceRules = [], nonResourceRules = [] }: PolicyRules) {
  const resources = resourceRules.map(compileResourceRule);
  const others = nonResourceRules.map(compileNonResourceRule);
  return {
    isAbout: (user: UserInfo) => subjects.some((subject) => isMeant(subject, user)),
    matches: (path: Path) =>
      path.type === 'resource'
        ? resources.some((matches) => matches(path))
        : others.some((matches) => matches(path)),
  };
}

type PolicyRules = NonNullable<FlowSchemaSpec['rules']>[number];

function isMeant({ kind, user, group, serviceAccount }: Subject, { name, groups }: UserInfo): boolean {
  switch (kind) {
    case 'User':
      return user !== undefined && (user.name === '*' || user.name === name);
    case 'Group':
      return group !== undefined && (group.name === '*' || groups.includes(group.name));
    case 'ServiceAccount': {
      if (!serviceAccount) return false;
      const { namespace, name: account } = serviceAccount;
      return account === '*'
        ? accountOf(name)?.namespace === namespace
        : name === accountUserName(namespace, account);
    }
    default:
      return false;
  }
}

function compileResourceRule(rule: ResourcePolicyRule): (path: ResourcePath) => boolean {
  const verbs = namesIn(rule.verbs);
  const groups = namesIn(rule.apiGroups);
  const resources = namesIn(rule.resources);
  const namespaces = namesIn(rule.namespaces ?? []);
  const { clusterScope = false } = rule;
  return ({ verb, group, resource, subresource, namespace }) =>
    has(verbs, verb) &&
    has(resources, subresource ? `${resource}/${subresource}` : resource) &&
    has(groups, group) &&
    (namespace ? has(namespaces, namespace) : clusterScope);
}

function compileNonResourceRule(rule: NonResourcePolicyRule): (path: OtherPath) => boolean {
  const verbs = namesIn(rule.verbs);
  // As upstream: what is below a path is meant with it, with or without a star.
  const urls = rule.nonResourceURLs.map((url) => {
    const start = url.endsWith('*') ? url.slice(0, -1) : url;
    return { url, prefix: start.endsWith('/') ? start : `${start}/` };
  });
  return ({ verb, path }) =>
    has(verbs, verb) &&
    urls.some(({ url, prefix }) => url === '*' || url === path || path.startsWith(prefix));
}

function namesIn(list: readonly string[]): Names {
  return list.length === 1 && list[0] === '*' ? undefined : new Set(list);
}

function has(names: Names, name: string): boolean {
  return names === undefined || names.has(name);
}
