// All roles and who has them, at hand at every moment: who may do something is asked with each request.

import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import {
  accountUserName,
  type ClusterRoleBinding,
  clusterrolebindings,
  clusterroles,
  type RoleBinding,
  rolebindings,
  roles,
} from '../../../shared/api/index.ts';
import type { Logger } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { Change, Key, Store, StoreError, Watch } from '../../store/index.ts';
import { isLiveOf, storeKey } from '../kind.ts';
import type { UserInfo } from '../request.ts';

export interface RoleBookOptions {
  store: Store;
  log: Logger;
}

/** What somebody has by one binding. */
export interface Grant {
  /** Undefined: the binding names a role that is not there. */
  rules: readonly PolicyRule[] | undefined;
  roleRef: RoleRef;
  /** e.g. `ClusterRoleBinding "readers" of ClusterRole "view" to Group "team"`. */
  why(): string;
}

interface Bound {
  /** Of a RoleBinding. */
  namespace: string | undefined;
  name: string;
  roleRef: RoleRef;
  /** By the holder that it means: `User:ada`, `Group:team`. */
  subjects: ReadonlyMap<string, Subject>;
}

const prefix = '/rbac.authorization.k8s.io/';

export class RoleBook {
  private readonly options: RoleBookOptions;
  private readonly rules = new Map<Key, readonly PolicyRule[]>();
  private readonly bindings = new Map<Key, Bound>();
  /** Holder → the bindings that name them. */
  private readonly held = new Map<string, Set<Key>>();
  private watch: Watch | undefined;

  constructor(options: RoleBookOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { store } = this.options;
    const { objects, revision } = await store.list(prefix);
    for (const map of [this.rules, this.bindings, this.held]) map.clear();
    for (const object of objects) this.learn(keyOf(object), object);
    this.watch = store.watch(
      prefix,
      { onChanges: (changes) => this.hear(changes), onEnd: (error) => this.onEnd(error) },
      revision,
    );
  }

  stop(): void {
    this.watch?.stop();
  }

  /** What somebody may do everywhere, then what in the namespace; without a namespace only the first. */
  *grantsTo({ name, groups }: UserInfo, namespace: string | undefined): Iterable<Grant> {
    const holders = [`User:${name}`, ...groups.map((group) => `Group:${group}`)];
    for (const where of namespace ? [undefined, namespace] : [undefined]) {
      for (const holder of holders) {
        for (const key of this.held.get(holder) ?? []) {
          const bound = this.bindings.get(key);
          const subject = bound?.subjects.get(holder);
          if (bound && subject && bound.namespace === where) yield this.grant(bound, subject);
        }
      }
    }
  }

  /** What a role allows; undefined: it is not there. `namespace`: of who refers to it. */
  rulesOf(
    roleRef: Pick<RoleRef, 'kind' | 'name'>,
    namespace: string | undefined,
  ): readonly PolicyRule[] | undefined {
    const row = roleRef.kind === 'Role' ? roles : clusterroles;
    return this.rules.get(storeKey(row, namespace, roleRef.name));
  }

  private grant(bound: Bound, subject: Subject): Grant {
    const { namespace, name, roleRef } = bound;
    return {
      rules: this.rulesOf(roleRef, namespace),
      roleRef,
      why: () => {
        const binding = namespace ? `RoleBinding "${name}/${namespace}"` : `ClusterRoleBinding "${name}"`;
        return `${binding} of ${roleRef.kind} "${roleRef.name}" to ${describe(subject)}`;
      },
    };
  }

  private hear(changes: readonly Change[]): void {
    for (const { key, object } of changes) this.learn(key, object);
  }

  private learn(key: Key, object: Live | undefined): void {
    this.forget(key);
    if (!object) return;
    if (isLiveOf(roles, object) || isLiveOf(clusterroles, object)) this.rules.set(key, object.rules ?? []);
    else if (isLiveOf(rolebindings, object) || isLiveOf(clusterrolebindings, object)) this.bind(key, object);
  }

  private bind(key: Key, { metadata, roleRef, subjects = [] }: Live<RoleBinding | ClusterRoleBinding>): void {
    const { namespace, name } = metadata;
    const named = new Map(subjects.flatMap((subject) => holdersOf(subject, namespace)));
    this.bindings.set(key, { namespace, name, roleRef, subjects: named });
    for (const holder of named.keys()) this.held.set(holder, (this.held.get(holder) ?? new Set()).add(key));
  }

  private forget(key: Key): void {
    this.rules.delete(key);
    for (const holder of this.bindings.get(key)?.subjects.keys() ?? []) {
      const keys = this.held.get(holder);
      keys?.delete(key);
      if (keys?.size === 0) this.held.delete(holder);
    }
    this.bindings.delete(key);
  }

  private onEnd(error: StoreError): void {
    const { log } = this.options;
    if (error.code === 'compacted')
      this.start().catch((cause: unknown) => log.error({ err: cause }, 'roles are not followed again'));
    else log.debug({ reason: error.message }, 'roles are no longer followed');
  }
}

const rows = [roles, rolebindings, clusterroles, clusterrolebindings];

function keyOf({ kind, metadata }: Live): Key {
  const row = rows.find((one) => one.kind === kind) ?? roles;
  return storeKey(row, metadata.namespace, metadata.name);
}

/** A service account is known by the name that its tokens say. */
function holdersOf(subject: Subject, namespace: string | undefined): [string, Subject][] {
  const { kind, name } = subject;
  if (kind === 'User' || kind === 'Group') return [[`${kind}:${name}`, subject]];
  const where = subject.namespace || namespace;
  return kind === 'ServiceAccount' && where
    ? [[`User:${accountUserName(where, name)}`, { ...subject, namespace: where }]]
    : [];
}

function describe({ kind, name, namespace }: Subject): string {
  return kind === 'ServiceAccount' ? `${kind} "${name}/${namespace}"` : `${kind} "${name}"`;
}
