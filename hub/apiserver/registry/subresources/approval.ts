// certificatesigningrequests/approval: only the conditions Approved and Denied change here; the certificate never does.

import type { Verb } from '../../../../shared/api/index.ts';
import { formatTime, isRecord, type KubeObject, mutableCopy } from '../../../../shared/machinery/index.ts';
import { answering, type Handler, writing } from '../outcome.ts';
import { get } from '../read.ts';
import { patch, update } from '../update.ts';
import { type HasStatus, statusView, type View } from '../view.ts';

export const approvalHandlers: Partial<Record<Verb, Handler>> = {
  get: answering(get),
  update: writing((parts, kind, request) => update(parts, kind, request, approvalView(parts.clock.now()))),
  patch: writing((parts, kind, request) => patch(parts, kind, request, approvalView(parts.clock.now()))),
};

/** `now` is milliseconds since the epoch: conditions that come without times get it. */
function approvalView(now: number): View {
  return {
    ...statusView,
    compose: (sent: HasStatus, old) => {
      const next: HasStatus = mutableCopy<KubeObject>(old);
      const conditions = isRecord(sent.status) ? sent.status.conditions : undefined;
      const { conditions: _, ...rest } = isRecord(next.status) ? next.status : {};
      next.status = { ...rest, ...(Array.isArray(conditions) && { conditions: conditions.map(timed(now)) }) };
      return next;
    },
  };
}

function timed(now: number): (condition: unknown) => unknown {
  const time = formatTime(now);
  return (condition) =>
    isRecord(condition) ? { lastUpdateTime: time, lastTransitionTime: time, ...condition } : condition;
}
