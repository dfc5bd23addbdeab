// THE LIST of resources that are answered by a function instead of the store. Where their rows say `virtual`, nothing of them
// is stored.

import type { ResourceNames, Verb } from '../../../../shared/api/index.ts';
import type { Handler } from '../outcome.ts';
import { reviewAccess, reviewOwnAccess } from './access-reviews.ts';
import { componentStatuses } from './component-statuses.ts';
import { createDefinition, patchDefinition } from './definitions.ts';
import { getting, listing } from './listing.ts';
import { nodeMetrics, podMetrics } from './metrics.ts';
import { bindNamed } from './pod-bindings.ts';
import { reviewOwnRules } from './rules-review.ts';
import { reviewSelf } from './self-subject-review.ts';
import { reviewToken } from './token-review.ts';

type Handlers = Readonly<Partial<Record<Verb, Handler>>>;

/** By `resource.group`. */
const virtual: Readonly<Record<string, Handlers>> = {
  'bindings.': { create: bindNamed },
  'componentstatuses.': { get: getting(componentStatuses), list: listing(componentStatuses) },
  'customresourcedefinitions.apiextensions.k8s.io': { create: createDefinition, patch: patchDefinition },
  'nodes.metrics.k8s.io': { get: getting(nodeMetrics), list: listing(nodeMetrics) },
  'pods.metrics.k8s.io': { get: getting(podMetrics), list: listing(podMetrics) },
  'tokenreviews.authentication.k8s.io': { create: reviewToken },
  'selfsubjectreviews.authentication.k8s.io': { create: reviewSelf },
  'subjectaccessreviews.authorization.k8s.io': { create: reviewAccess },
  'localsubjectaccessreviews.authorization.k8s.io': { create: reviewAccess },
  'selfsubjectaccessreviews.authorization.k8s.io': { create: reviewOwnAccess },
  'selfsubjectrulesreviews.authorization.k8s.io': { create: reviewOwnRules },
};

export function virtualHandler({ group, resource }: ResourceNames, verb: Verb): Handler | undefined {
  return virtual[`${resource}.${group}`]?.[verb];
}
