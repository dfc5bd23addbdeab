// certificatesigningrequests/approval: of the status only the conditions change here; the certificate never does.

import type { Verb } from '../../../../shared/api/index.ts';
import { isRecord, type KubeObject, mutableCopy } from '../../../../shared/machinery/index.ts';
import { answering, type Handler, writing } from '../outcome.ts';
import { get } from '../read.ts';
import { patch, update } from '../update.ts';
import { type HasStatus, statusView, type View } from '../view.ts';

export const approvalHandlers: Partial<Record<Verb, Handler>> = {
  get: answering(get),
  update: writing((parts, kind, request) => update(parts, kind, request, approvalView)),
  patch: writing((parts, kind, request) => patch(parts, kind, request, approvalView)),
};

const approvalView: View = {
  ...statusView,
  compose: (sent: HasStatus, old) => {
    const next: HasStatus = mutableCopy<KubeObject>(old);
    if (sent.metadata) next.metadata = sent.metadata;
    const conditions = isRecord(sent.status) ? sent.status.conditions : undefined;
    const { conditions: _, ...rest } = isRecord(next.status) ? next.status : {};
    next.status = { ...rest, ...(Array.isArray(conditions) && { conditions }) };
    return next;
  },
};
