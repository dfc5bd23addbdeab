// pods/ephemeralcontainers: containers that are added to a pod that runs; nothing else of it changes here.

import { isOf, pods, type Verb, validateEphemeralContainersUpdate } from '../../../../shared/api/index.ts';
import { isRecord, type KubeObject, type Live, mutableCopy } from '../../../../shared/machinery/index.ts';
import { isLiveOf } from '../../kind.ts';
import { answering, type Handler, writing } from '../outcome.ts';
import { get } from '../read.ts';
import { patch, update } from '../update.ts';
import { mainView, type View } from '../view.ts';

interface HasSpec extends KubeObject {
  spec?: unknown;
}

const ephemeralView: View = {
  ...mainView,
  compose: (sent: HasSpec, old) => {
    const next: HasSpec = mutableCopy<KubeObject>(old);
    const { ephemeralContainers } = isRecord(sent.spec) ? sent.spec : {};
    if (isRecord(next.spec)) next.spec = { ...next.spec, ephemeralContainers };
    return next;
  },
  prepare: () => {},
  validate: (strategy, next, old: Live) => [
    ...(strategy.validate?.(next) ?? []),
    ...(isOf(pods, pods, next) && isLiveOf(pods, old) ? validateEphemeralContainersUpdate(next, old) : []),
  ],
  allocates: false,
};

export const ephemeralContainerHandlers: Partial<Record<Verb, Handler>> = {
  get: answering(get),
  update: writing((parts, kind, request) => update(parts, kind, request, ephemeralView)),
  patch: writing((parts, kind, request) => patch(parts, kind, request, ephemeralView)),
};
