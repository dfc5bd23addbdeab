// `authorizer`: what an expression may ask about permissions (k8s.io/apiserver/pkg/cel/library/authz.go), e.g.
// authorizer.group('').resource('pods').namespace('default').check('create').allowed().

import type { Environment } from '@marcbachmann/cel-js';
import { accountGroups, accountUserName } from '../../account-names.ts';

/** Of a path or a resource. `user`: absent, the one whose request it is. */
export interface AskedPermission {
  verb: string;
  path?: string;
  group?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  user?: { name: string; groups: readonly string[] };
}

export interface GivenPermission {
  allowed: boolean;
  reason?: string;
  error?: string;
}

export type Decide = (asked: AskedPermission) => GivenPermission;
type Subject = Omit<AskedPermission, 'verb'>;

/** What is to be checked, as far as it has been said. */
class Check {
  readonly decide: Decide;
  readonly subject: Subject;

  constructor(decide: Decide, subject: Subject) {
    this.decide = decide;
    this.subject = subject;
  }
}

class PathCheck extends Check {}
class GroupCheck extends Check {}
class ResourceCheck extends Check {}

/** The value of `authorizer`. */
export class CelAuthorizer extends Check {
  readonly requestResource: ResourceCheck;

  /** `own`: the resource of the request itself. */
  constructor(decide: Decide, own: Subject) {
    super(decide, {});
    this.requestResource = new ResourceCheck(decide, own);
  }
}

/** The authorizer of somebody else. */
class AccountAuthorizer extends Check {}

class Decision {
  readonly given: GivenPermission;

  constructor(given: GivenPermission) {
    this.given = given;
  }
}

const types = {
  authorizer: 'kubernetes.authorization.Authorizer',
  account: 'kubernetes.authorization.AccountAuthorizer',
  path: 'kubernetes.authorization.PathCheck',
  group: 'kubernetes.authorization.GroupCheck',
  resource: 'kubernetes.authorization.ResourceCheck',
  decision: 'kubernetes.authorization.Decision',
};

export function addAuthorizer(environment: Environment): void {
  environment
    .registerType(types.path, { ctor: PathCheck })
    .registerType(types.group, { ctor: GroupCheck })
    .registerType(types.resource, { ctor: ResourceCheck })
    .registerType(types.decision, { ctor: Decision })
    .registerType(types.account, { ctor: AccountAuthorizer })
    .registerType(types.authorizer, { ctor: CelAuthorizer, fields: { requestResource: types.resource } });
  for (const type of [types.authorizer, types.account]) addSubjects(environment, type);
  environment.registerFunction(
    `${types.authorizer}.serviceAccount(string, string): ${types.account}`,
    ({ decide }: Check, namespace: string, name: string) =>
      new AccountAuthorizer(decide, { user: accountUser(namespace, name) }),
  );
  for (const field of ['subresource', 'namespace', 'name'])
    environment.registerFunction(
      `${types.resource}.${field}(string): ${types.resource}`,
      ({ decide, subject }: Check, value: string) =>
        new ResourceCheck(decide, { ...subject, [field]: value }),
    );
  // Permissions here do not know selectors: who may for all objects may for those that are selected.
  for (const selector of ['fieldSelector', 'labelSelector'])
    environment.registerFunction(
      `${types.resource}.${selector}(string): ${types.resource}`,
      (check: ResourceCheck) => check,
    );
  for (const type of [types.path, types.resource])
    environment.registerFunction(
      `${type}.check(string): ${types.decision}`,
      ({ decide, subject }: Check, verb: string) => new Decision(decide({ ...subject, verb })),
    );
  addDecision(environment);
}

function addSubjects(environment: Environment, type: string): void {
  environment
    .registerFunction(`${type}.path(string): ${types.path}`, ({ decide, subject }: Check, path: string) => {
      if (!path) throw new Error('path must not be empty');
      return new PathCheck(decide, { ...subject, path });
    })
    .registerFunction(
      `${type}.group(string): ${types.group}`,
      ({ decide, subject }: Check, group: string) => new GroupCheck(decide, { ...subject, group }),
    );
  if (type === types.authorizer)
    environment.registerFunction(
      `${types.group}.resource(string): ${types.resource}`,
      ({ decide, subject }: Check, resource: string) => new ResourceCheck(decide, { ...subject, resource }),
    );
}

function addDecision(environment: Environment): void {
  const told = (name: string, type: string, of: (given: GivenPermission) => unknown) =>
    environment.registerFunction(`${types.decision}.${name}(): ${type}`, ({ given }: Decision) => of(given));
  told('allowed', 'bool', ({ allowed }) => allowed);
  told('reason', 'string', ({ reason = '' }) => reason);
  told('errored', 'bool', ({ error }) => error !== undefined);
  told('error', 'string', ({ error = '' }) => error);
}

function accountUser(namespace: string, name: string): { name: string; groups: readonly string[] } {
  return {
    name: accountUserName(namespace, name),
    groups: [...accountGroups(namespace), 'system:authenticated'],
  };
}

/** The name of the variable's type. */
export const authorizerType = types.authorizer;
