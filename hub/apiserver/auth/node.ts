// What a node may do: report about itself and its pods, and read what was delivered to it. Admission (NodeRestriction)
// then looks at what it writes. After upstream's node authorizer, and stricter: there is no cluster-wide read.

import type { AccessReview } from '../request.ts';
import type { Authorizer, Decision } from './authorize.ts';

export interface NodeAuthorizerOptions {
  /** Whether the object is delivered to the node. */
  mayRead(node: string, resource: string, namespace: string, name: string): boolean;
}

const prefix = 'system:node:';

/** The node's name; undefined: the user is no node. */
export function nodeOf(user: { name: string; groups: readonly string[] }): string | undefined {
  return user.groups.includes('system:nodes') && user.name.startsWith(prefix)
    ? user.name.slice(prefix.length)
    : undefined;
}

type Rule = (review: AccessReview, node: string, options: NodeAuthorizerOptions) => boolean;

const verbs = (review: AccessReview, ...allowed: string[]) => allowed.includes(review.verb);
const ofItself = (review: AccessReview, node: string) => review.name === node;

/** By `resource` or `resource/subresource` with the group; what is not here is refused. */
const rules: Record<string, Rule> = {
  nodes: (review, node) =>
    verbs(review, 'create') || (ofItself(review, node) && verbs(review, 'get', 'patch', 'update')),
  'nodes/status': (review, node) => ofItself(review, node) && verbs(review, 'patch', 'update'),
  'leases.coordination.k8s.io': (review, node) =>
    review.namespace === 'kube-node-lease' &&
    (verbs(review, 'create') || (ofItself(review, node) && verbs(review, 'get', 'patch', 'update'))),
  // Whether the pod is this node's, or the mirror of one, is known from the object: NodeRestriction looks.
  pods: (review, node, options) =>
    verbs(review, 'create', 'delete') || (verbs(review, 'get') && reads(review, node, options)),
  'pods/status': (review) => verbs(review, 'patch', 'update'),
  // Whether it is bound to one of the node's pods: NodeRestriction looks.
  'serviceaccounts/token': (review) => verbs(review, 'create'),
  configmaps: (review, node, options) => verbs(review, 'get') && reads(review, node, options),
  secrets: (review, node, options) => verbs(review, 'get') && reads(review, node, options),
  persistentvolumeclaims: (review, node, options) => verbs(review, 'get') && reads(review, node, options),
  // A volume is let go with its folder: NodeRestriction looks whether it is this node's, and that nothing else changes.
  persistentvolumes: (review, node, options) => verbs(review, 'get', 'patch') && reads(review, node, options),
  events: (review) => verbs(review, 'create', 'patch', 'update'),
  'certificatesigningrequests.certificates.k8s.io': (review) => verbs(review, 'create', 'get'),
};

function reads(
  { resource = '', namespace = '', name = '' }: AccessReview,
  node: string,
  options: NodeAuthorizerOptions,
): boolean {
  return options.mayRead(node, resource, namespace, name);
}

export function nodeAuthorizer(options: NodeAuthorizerOptions): Authorizer {
  return {
    name: 'node',
    authorize(review): Decision | undefined {
      const node = nodeOf(review.user);
      if (node === undefined || review.resource === undefined) return undefined;
      const noun = `${review.resource}${review.group ? `.${review.group}` : ''}${review.subresource ? `/${review.subresource}` : ''}`;
      if (rules[noun]?.(review, node, options)) return { allowed: true };
      return { allowed: false, reason: `node "${node}" can only read and write what is its own` };
    },
    // What is delivered to a node changes all the time: it is looked up, not listed.
    rules: (user) =>
      nodeOf(user) === undefined
        ? undefined
        : { incomplete: 'node authorizer does not support user rule resolution' },
  };
}
