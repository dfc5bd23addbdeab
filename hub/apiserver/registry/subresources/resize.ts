// pods/resize: other resources for containers that run; nothing else of the pod changes here. Its agent finds them in the
// spec, and says in the status what became of it.

import { isOf, type Pod, pods, type Verb, validatePodResize } from '../../../../shared/api/index.ts';
import { deepEqual, type KubeObject, type Live, mutableCopy } from '../../../../shared/machinery/index.ts';
import { isLiveOf } from '../../kind.ts';
import { answering, type Handler, writing } from '../outcome.ts';
import { get } from '../read.ts';
import { patch, update } from '../update.ts';
import { mainView, type View } from '../view.ts';

const resizeView: View = {
  ...mainView,
  compose: (sent: KubeObject, old) => {
    const next = mutableCopy<KubeObject>(old);
    if (isOf(pods, pods, next) && isOf(pods, pods, sent)) resize(next, sent);
    return next;
  },
  prepare: () => {},
  validate: (strategy, next, old: Live) => [
    ...(strategy.validate?.(next) ?? []),
    ...(isOf(pods, pods, next) && isLiveOf(pods, old) ? validatePodResize(next, old) : []),
  ],
  allocates: false,
};

function resize(next: Pod, sent: Pod): void {
  let changed = false;
  for (const container of next.spec?.containers ?? []) {
    const wanted = sent.spec?.containers?.find(({ name }) => name === container.name);
    if (!wanted) continue;
    if (!deepEqual(wanted.resources ?? {}, container.resources ?? {})) changed = true;
    const { resources, resizePolicy } = wanted;
    if (resources) container.resources = resources;
    else delete container.resources;
    if (resizePolicy) container.resizePolicy = resizePolicy;
    else delete container.resizePolicy;
  }
  if (changed) Object.assign(next, { status: { ...next.status, resize: 'Proposed' } });
}

export const resizeHandlers: Partial<Record<Verb, Handler>> = {
  get: answering(get),
  update: writing((parts, kind, request) => update(parts, kind, request, resizeView)),
  patch: writing((parts, kind, request) => patch(parts, kind, request, resizeView)),
};
