// The life of a request for a resource: find out what is meant, ask whether it is allowed, do it.
// Doing it is the registry's: registry/handlers.ts says who does what, registry/write-steps.ts what a write goes through.

import { ApiError, type ResourceNoun } from '../../shared/machinery/index.ts';
import { refuseBeyondBounds } from './body-bounds.ts';
import { handlerOf, kindOf, noTypeMeta, type Outcome, type RegistryParts } from './registry/index.ts';
import type { AccessReview, ApiRequest, RequestAudit, RestRequest, UserInfo } from './request.ts';
import { type OtherPath, type ResourcePath, type Route, routeOf } from './rest-path.ts';

export type Authorize = (review: AccessReview) => Promise<{ allowed: boolean; reason?: string }>;

export interface PipelineOptions {
  parts: RegistryParts;
  authorize: Authorize;
}

export class Pipeline {
  private readonly options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.options = options;
  }

  /** A REST request. Also what does not exist is refused first to whom it is not allowed. */
  async run(path: ResourcePath, request: RestRequest): Promise<{ request: ApiRequest; outcome: Outcome }> {
    await this.allow(reviewOf(path, request.user), request.audit);
    const asked = askedOf(path, request, routeOf(path, this.options.parts.index));
    checkBody(asked, request);
    return { request: asked, outcome: await this.serve(asked) };
  }

  /** A request that is structured already, e.g. from the in-process transport. */
  async runDirect(request: ApiRequest): Promise<Outcome> {
    const { user, verb, resource, namespace, name, subresource } = request;
    const { group, resource: plural } = resource;
    await this.allow({ user, verb, group, resource: plural, subresource, namespace, name }, request.audit);
    return this.serve({ ...request });
  }

  /** Throws Forbidden in upstream's words. `audit`: of the request that is decided by this. */
  async allow(review: AccessReview, audit?: RequestAudit): Promise<void> {
    await allowBy(this.options.authorize, review, audit);
  }

  /** The same for a path, whatever is there. */
  async allowAny(
    path: ResourcePath | OtherPath,
    { user, audit }: Pick<RestRequest, 'user' | 'audit'>,
  ): Promise<void> {
    const { verb } = path;
    await this.allow(
      path.type === 'resource' ? reviewOf(path, user) : { user, verb, path: path.path },
      audit,
    );
  }

  /** The request becomes the pipeline's own. */
  private async serve(request: ApiRequest): Promise<Outcome> {
    const parts = request.fence ? { ...this.options.parts, guards: [request.fence] } : this.options.parts;
    const said = new Set<string>();
    request.warn = (text) => void said.add(text);
    if (isPart(request)) request.audit?.sendsPart(request.body);
    const outcome = await handlerOf(request)(parts, await kindOf(parts, request), request);
    if (said.size === 0 || outcome.type !== 'object') return outcome;
    return { ...outcome, warnings: [...(outcome.warnings ?? []), ...said] };
  }
}

function askedOf({ query, remainder }: ResourcePath, request: RestRequest, route: Route): ApiRequest {
  const { verb, resource, namespace, name, subresource } = route;
  const { user, body, text, duplicates, bodyFault, userAgent, upgrade, signal, timeLeft, audit } = request;
  return {
    user,
    verb,
    resource,
    namespace,
    name,
    subresource,
    query,
    body,
    text,
    duplicates,
    bodyFault,
    userAgent,
    upgrade,
    remainder,
    signal,
    timeLeft,
    fence: undefined,
    audit,
    warn: undefined,
  };
}

/** Whether what was sent is no object of its own: a patch, or options. */
function isPart({ verb, body }: ApiRequest): boolean {
  return body !== undefined && ['patch', 'delete', 'deletecollection'].includes(verb);
}

function reviewOf(path: ResourcePath, user: UserInfo): AccessReview {
  const { verb, group, resource, subresource, namespace, name } = path;
  return { user, verb, group, resource, subresource, namespace, name };
}

/** Throws Forbidden in upstream's words. */
export async function allowBy(
  authorize: Authorize,
  review: AccessReview,
  audit?: RequestAudit,
): Promise<void> {
  const decision = await authorize(review);
  audit?.decides(decision);
  if (!decision.allowed) throw refusal(review, decision.reason);
}

function refusal(review: AccessReview, reason: string | undefined): ApiError {
  const { user, verb, group = '', resource, subresource, namespace, name = '', path } = review;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  const because = reason ? `: ${reason}` : '';
  if (resource === undefined) {
    return new ApiError('Forbidden', `forbidden: ${who} path ${JSON.stringify(path ?? '')}${because}`, {});
  }
  const noun: ResourceNoun = { group, resource };
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const message = `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}${because}`;
  return forbiddenNoun(noun, name, message);
}

function forbiddenNoun({ group, resource }: ResourceNoun, name: string, message: string): ApiError {
  const qualified = group ? `${resource}.${group}` : resource;
  const subject = name ? `${qualified} ${JSON.stringify(name)}` : qualified;
  return new ApiError('Forbidden', `${subject} is forbidden: ${message}`, {
    ...(name && { name }),
    ...(group && { group }),
    kind: resource,
  });
}

const bodyTypes = ['application/json', 'application/yaml'];

/** Sets the type of a patch; throws UnsupportedMediaType for a body in a form that the verb does not take, and BadRequest. */
function checkBody(asked: ApiRequest, { contentType }: RestRequest): void {
  refuseBeyondBounds(asked.body);
  if (asked.bodyFault && !['create', 'update', 'patch'].includes(asked.verb))
    throw new ApiError('BadRequest', noTypeMeta(asked.bodyFault.why));
  if (asked.subresource === 'proxy') return; // what is passed on is read by somebody else
  const type = contentType?.split(';')[0]?.trim().toLowerCase() || undefined;
  if (asked.verb === 'patch') asked.patchType = type ?? '';
  else if (asked.verb === 'create' || asked.verb === 'update') {
    if (type === undefined || type === '*/*' || bodyTypes.includes(type)) return;
    const message = `the body of the request was in an unknown format - accepted media types include: ${bodyTypes.join(', ')}`;
    throw new ApiError('UnsupportedMediaType', message);
  }
}
