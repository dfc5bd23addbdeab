// May they? A list of authorizers is asked in turn; the first that has an opinion decides. Nobody has one: no.

import type { AccessReview } from '../request.ts';
import type { RuleSource } from './rules.ts';

export interface Decision {
  allowed: boolean;
  reason?: string;
}

export interface Authorizer extends RuleSource {
  /** Undefined: no opinion. */
  authorize(review: AccessReview): Decision | undefined;
}

export type Authorize = (review: AccessReview) => Promise<Decision>;

export function authorizeWith(authorizers: readonly Authorizer[]): Authorize {
  return async (review) => {
    for (const authorizer of authorizers) {
      const decision = authorizer.authorize(review);
      if (decision) return decision;
    }
    return { allowed: false };
  };
}

const allowed: Decision = { allowed: true };

/** Group system:masters may do everything. */
export const mastersAuthorizer: Authorizer = {
  name: 'masters',
  authorize: ({ user }) => (user.groups.includes('system:masters') ? allowed : undefined),
  rules: ({ groups }) =>
    groups.includes('system:masters')
      ? {
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        }
      : undefined,
};

const publicPaths = ['/healthz', '/livez', '/readyz', '/version'];
const discoveryPaths = ['/api', '/apis', '/openapi', '/version'];
const below = (path: string, roots: readonly string[]) =>
  roots.some((root) => path === root || path.startsWith(`${root}/`));

/** As upstream's system:public-info-viewer and system:discovery: health for everyone, discovery for whoever is known. */
export const discoveryAuthorizer: Authorizer = {
  name: 'discovery',
  authorize({ user, verb, path }) {
    if (path === undefined || verb !== 'get') return undefined;
    if (below(path, publicPaths)) return allowed;
    const known = user.groups.includes('system:authenticated');
    return known && (path === '/' || below(path, discoveryPaths)) ? allowed : undefined;
  },
  rules({ groups }) {
    const paths = groups.includes('system:authenticated')
      ? ['/', ...discoveryPaths, ...publicPaths]
      : publicPaths;
    const urls = [...new Set(paths)].flatMap((path) => (path === '/' ? [path] : [path, `${path}/*`]));
    return { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: urls }] };
  },
};

/** Reviews about oneself: group → what may be created. */
const aboutOneself: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews'],
  'authorization.k8s.io': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
};

/** As upstream's system:basic-user: whoever is known may ask who they are and what they may do. */
export const basicUserAuthorizer: Authorizer = {
  name: 'basic-user',
  authorize({ user, verb, group = '', resource = '', subresource }) {
    if (!user.groups.includes('system:authenticated') || verb !== 'create' || subresource) return undefined;
    return aboutOneself[group]?.includes(resource) ? allowed : undefined;
  },
  rules: ({ groups }) =>
    groups.includes('system:authenticated')
      ? {
          resourceRules: Object.entries(aboutOneself).map(([group, resources]) => ({
            verbs: ['create'],
            apiGroups: [group],
            resources,
          })),
        }
      : undefined,
};

/** As upstream's system:node-bootstrapper: whoever holds a join token may ask for a certificate and fetch it. */
export const bootstrapAuthorizer: Authorizer = {
  name: 'bootstrap',
  authorize({ user, group, resource, subresource, verb }) {
    if (!user.groups.includes('system:bootstrappers')) return undefined;
    const requests =
      group === 'certificates.k8s.io' && resource === 'certificatesigningrequests' && !subresource;
    return requests && ['create', 'get'].includes(verb) ? allowed : undefined;
  },
  rules: ({ groups }) =>
    groups.includes('system:bootstrappers')
      ? {
          resourceRules: [
            {
              verbs: ['create', 'get'],
              apiGroups: ['certificates.k8s.io'],
              resources: ['certificatesigningrequests'],
            },
          ],
        }
      : undefined,
};
