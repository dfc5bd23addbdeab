// Which function serves which verb of which resource or subresource: two lists, all there is.

import type { Subresource, Verb } from '../../../shared/api/index.ts';
import type { ApiRequest } from '../request.ts';
import { noSuchMethod } from '../rest-path.ts';
import { create } from './create.ts';
import { remove, removeCollection } from './delete.ts';
import { answering, type Handler, writing } from './outcome.ts';
import { get, list, watch } from './read.ts';
import { approvalHandlers } from './subresources/approval.ts';
import { bind } from './subresources/binding.ts';
import { attach, exec, portForward } from './subresources/connect.ts';
import { ephemeralContainerHandlers } from './subresources/ephemeral-containers.ts';
import { evict } from './subresources/eviction.ts';
import { finalize } from './subresources/finalize.ts';
import { openLog } from './subresources/log.ts';
import { proxy } from './subresources/proxy.ts';
import { resizeHandlers } from './subresources/resize.ts';
import { scaleHandlers } from './subresources/scale.ts';
import { requestToken } from './subresources/token.ts';
import { patch, update } from './update.ts';
import { statusView } from './view.ts';
import { virtualHandler } from './virtual/index.ts';

const verbs: Readonly<Record<Verb, Handler>> = {
  get: answering(get),
  list: answering(list),
  watch: async (parts, kind, request) => ({ type: 'watch', stream: await watch(parts, kind, request) }),
  create: writing(create),
  update: writing(update),
  patch: writing(patch),
  delete: answering(remove),
  deletecollection: answering(removeCollection),
};

const subresources: Readonly<Partial<Record<Subresource, Partial<Record<Verb, Handler>>>>> = {
  status: {
    get: verbs.get,
    update: writing((parts, kind, request) => update(parts, kind, request, statusView)),
    patch: writing((parts, kind, request) => patch(parts, kind, request, statusView)),
  },
  scale: scaleHandlers,
  binding: { create: answering(bind, 201) },
  eviction: { create: answering(evict, 201) },
  finalize: { update: writing(finalize) },
  approval: approvalHandlers,
  token: { create: answering(requestToken, 201) },
  log: { get: openLog },
  ephemeralcontainers: ephemeralContainerHandlers,
  resize: resizeHandlers,
  exec: { get: exec, create: exec },
  attach: { get: attach, create: attach },
  portforward: { get: portForward, create: portForward },
  proxy: { get: proxy, create: proxy, update: proxy, patch: proxy, delete: proxy },
};

/** Throws MethodNotAllowed for what this server does not serve. */
export function handlerOf({
  resource,
  verb,
  subresource,
}: Pick<ApiRequest, 'resource' | 'verb' | 'subresource'>): Handler {
  const own = virtualHandler(resource, verb) ?? (resource.virtual ? undefined : verbs[verb]);
  const handler = subresource ? subresources[subresource]?.[verb] : own;
  if (!handler) throw noSuchMethod();
  return handler;
}
