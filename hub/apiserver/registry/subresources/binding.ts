// pods/binding: the scheduler's word on where a pod runs. Said once.

import type { ObjectReference } from 'kubernetes-types/core/v1';
import { type Pod, pods } from '../../../../shared/api/index.ts';
import {
  conflict,
  type FieldError,
  FieldPath,
  faults,
  formatTime,
  invalid,
  type KubeObject,
  type Live,
  mutableCopy,
  removeCondition,
  type Status,
  setCondition,
} from '../../../../shared/machinery/index.ts';
import { isLiveOf, type Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { decodeBody } from '../decode-body.ts';
import { managerName } from '../managed-fields/index.ts';
import { modify } from '../modify.ts';
import { createdStatus } from '../outcome.ts';
import type { RegistryParts } from '../registry-parts.ts';
import type { View } from '../view.ts';
import { parseWriteOptions } from '../write-options.ts';
import { admitAsked } from './admit-asked.ts';
import { bindingForm, checkUrlName } from './form.ts';

/**
 * `asked`: as admission sees the request. Answers a Status. Throws NotFound, Conflict for a pod that is bound or going,
 * Invalid for a target that is no node.
 */
export async function bind(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  asked: ApiRequest = request,
): Promise<Status> {
  const { dryRun, fieldValidation, fieldManager } = parseWriteOptions(request.query, 'CreateOptions');
  const { object } = decodeBody(parts, bindingForm, request, fieldValidation);
  checkUrlName(object, request, 'Binding');
  const node = targetOf(object, request);
  const later = await admitAsked(parts, asked, object);
  await modify(later, kind, request, {
    view: bindingView,
    dryRun,
    manager: managerName(fieldManager, request),
    want: (old) => {
      if (!isLiveOf(pods, old)) throw new TypeError('only pods are bound');
      checkUnbound(old, object);
      return { sent: bound(old, object, node, formatTime(parts.clock.now())) };
    },
  });
  return createdStatus;
}

const bindingView: View = {
  compose: (sent) => sent,
  prepare: () => undefined,
  validate: () => [],
  countsGeneration: false,
  tracked: false,
};

function targetOf({ target }: KubeObject & { target?: ObjectReference }, { name = '' }: ApiRequest): string {
  const path = new FieldPath('target');
  const found: FieldError[] = [];
  if (target?.kind && target.kind !== 'Node') {
    found.push(faults.notSupported(path.child('kind'), target.kind, ['Node', '<empty>']));
  }
  if (!target?.name) found.push(faults.required(path.child('name')));
  if (!target?.name || found.length > 0) throw invalid('', 'Binding', name, found);
  return target.name;
}

function checkUnbound(pod: Live<Pod>, binding: KubeObject): void {
  const noun = { group: '', resource: 'pods/binding' };
  const { name, uid, deletionTimestamp } = pod.metadata;
  const wanted = binding.metadata?.uid;
  if (wanted && wanted !== uid) {
    throw conflict(
      noun,
      name,
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`,
    );
  }
  if (deletionTimestamp)
    throw conflict(noun, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const node = pod.spec?.nodeName;
  if (node) throw conflict(noun, name, `pod ${name} is already assigned to node ${JSON.stringify(node)}`);
  if (pod.spec?.schedulingGates?.length)
    throw conflict(noun, name, `pod ${name} has non-empty .spec.schedulingGates`);
}

function bound(old: Live<Pod>, binding: KubeObject, node: string, now: string): Pod {
  const pod = mutableCopy<Pod>(old);
  const annotations = { ...pod.metadata?.annotations, ...binding.metadata?.annotations };
  if (pod.metadata && Object.keys(annotations).length > 0) pod.metadata.annotations = annotations;
  if (pod.spec) pod.spec.nodeName = node;
  // A whole new condition: why the pod could not be scheduled before is no longer true.
  const others = removeCondition(pod.status?.conditions ?? [], 'PodScheduled');
  const scheduled = { type: 'PodScheduled', status: 'True' };
  return { ...pod, status: { ...pod.status, conditions: setCondition(others, scheduled, now) } };
}
