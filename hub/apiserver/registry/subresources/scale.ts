// scale: the number of replicas of whatever has one, as an autoscaling/v1 Scale.

import type { Scale } from 'kubernetes-types/autoscaling/v1';
import type { ScaleMapping, Verb } from '../../../../shared/api/index.ts';
import {
  ApiError,
  conflict,
  deepFreeze,
  FieldPath,
  faults,
  invalid,
  type KubeObject,
  type Live,
  mutableCopy,
  notFound,
} from '../../../../shared/machinery/index.ts';
import type { Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { noSuchResource } from '../../rest-path.ts';
import { applyPatchType } from '../apply/apply.ts';
import { applyScale } from '../apply/apply-scale.ts';
import type { Written } from '../create.ts';
import { decodeBody } from '../decode-body.ts';
import { managerName } from '../managed-fields/index.ts';
import { modify, type Wanted } from '../modify.ts';
import { answering, type Handler, writing } from '../outcome.ts';
import { decodePatched, parsePatchOptions, patched } from '../patch.ts';
import { get } from '../read.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { settleAddress } from '../settle-address.ts';
import { mainView, type View } from '../view.ts';
import { parseWriteOptions } from '../write-options.ts';
import { scaleForm } from './form.ts';

export const scaleHandlers: Partial<Record<Verb, Handler>> = {
  get: answering((parts, kind, request) => asScale(kind, request, () => readScale(parts, kind, request))),
  update: writing((parts, kind, request) => asScale(kind, request, () => update(parts, kind, request))),
  patch: writing((parts, kind, request) => asScale(kind, request, () => patch(parts, kind, request))),
};

async function readScale(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Scale> {
  return scaleOf(mappingOf(kind), await get(parts, kind, request));
}

async function update(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Written> {
  const { dryRun, fieldValidation, fieldManager } = parseWriteOptions(request.query, 'UpdateOptions');
  const { object, warnings } = decodeBody(parts, scaleForm, request, fieldValidation);
  const manager = managerName(fieldManager, request);
  return write(parts, kind, request, { dryRun, manager, want: () => ({ sent: object, warnings }) });
}

async function patch(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Written> {
  const mapping = mappingOf(kind);
  if (request.patchType === applyPatchType) {
    const { dryRun, manager, want } = applyScale(parts, kind, request, mapping);
    return write(parts, kind, request, { dryRun, manager, want });
  }
  const { dryRun, fieldValidation, fieldManager } = parsePatchOptions(request);
  return write(parts, kind, request, {
    dryRun,
    manager: managerName(fieldManager, request),
    want: (old) => {
      const result = patched(parts, scaleForm, request, scaleOf(mapping, old));
      const { object, warnings } = decodePatched(parts, scaleForm, result, fieldValidation, request);
      return { sent: object, warnings };
    },
  });
}

interface WantedScale {
  dryRun: boolean;
  manager: string;
  want(old: Live): Wanted;
}

async function write(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  { dryRun, manager, want }: WantedScale,
): Promise<Written> {
  const mapping = mappingOf(kind);
  const written = await modify(parts, kind, request, {
    view: scaleView(mapping),
    dryRun,
    manager,
    want: (old) => {
      const wanted = want(old);
      settleAddress(wanted.sent, kind, request);
      // A custom resource's own validation says it, in its own words.
      if (!kind.row.custom) checkReplicas(wanted.sent);
      checkIdentity(wanted.sent, old, kind);
      return wanted;
    },
  });
  return { ...written, object: scaleOf(mapping, written.object) };
}

/** Puts the Scale's replicas into a copy of the object; all else stays. */
function scaleView(mapping: ScaleMapping): View {
  return {
    ...mainView,
    compose: (sent, old) => {
      const next = mutableCopy<KubeObject>(old);
      mapping.setReplicas(next, replicasOf(sent));
      return next;
    },
    asked: {
      of: (next, old) => ({ next: scaleOf(mapping, next), old: scaleBefore(mapping, old) }),
      take: (scale, next) => mapping.setReplicas(next, replicasOf(scale)),
    },
  };
}

/** What has never been scaled has no replicas. */
function scaleBefore(mapping: ScaleMapping, old: Live): Live {
  const copy = mutableCopy<KubeObject>(old);
  mapping.setReplicas(copy, replicasBefore(mapping, old));
  return deepFreeze({ ...scaleOf(mapping, copy), metadata: old.metadata });
}

function replicasBefore(mapping: ScaleMapping, old: Live): number {
  try {
    return mapping.replicas(old);
  } catch (error) {
    if (ApiError.is(error, 'InternalError')) return 0;
    throw error;
  }
}

function scaleOf(mapping: ScaleMapping, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const selector = mapping.selector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { replicas: mapping.replicas(object) },
    status: { replicas: mapping.statusReplicas(object), ...(selector && { selector }) },
  };
}

function replicasOf(scale: KubeObject & { spec?: { replicas?: number } }): number {
  return scale.spec?.replicas ?? 0;
}

function checkReplicas(scale: KubeObject): void {
  const replicas = replicasOf(scale);
  if (replicas >= 0) return;
  const path = new FieldPath('spec').child('replicas');
  const fault = faults.invalid(path, replicas, 'must be greater than or equal to 0');
  throw invalid('autoscaling', 'Scale', scale.metadata?.name ?? '', [fault]);
}

/** A uid that was sent must be the object's. */
function checkIdentity({ metadata }: KubeObject, old: Live, { row }: Kind): void {
  const { uid, name } = old.metadata;
  if (!metadata?.uid || metadata.uid === uid) return;
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  throw conflict({ group: row.group, resource: `${row.resource}/scale` }, name, why);
}

function mappingOf({ strategy }: Kind): ScaleMapping {
  if (!strategy.scale) throw noSuchResource();
  return strategy.scale;
}

/** Upstream names the subresource when the object is missing. */
async function asScale<T>({ row }: Kind, { name = '' }: ApiRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!ApiError.is(error, 'NotFound')) throw error;
    throw notFound({ group: row.group, resource: `${row.resource}/scale` }, name);
  }
}
