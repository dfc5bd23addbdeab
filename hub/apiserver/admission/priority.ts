// Priority: turns the name of a PriorityClass into a number, keeps one default class, and lets nobody delete the system's.

import {
  isOf,
  type Pod,
  type PriorityClass,
  pods,
  priorityclasses,
  systemPriorityClasses,
} from '../../../shared/api/index.ts';
import { forbidden, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { isLiveOf } from '../kind.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';
import { newPodOf, type PodWithSpec, podForbidden, podOf } from './pod-admission.ts';

const defaultPolicy = 'PreemptLowerPriority';
const computedBy = 'priority admission controller computed';

export function priority({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'Priority',
    async admit(request, object, old) {
      if (request.verb === 'delete') return keepSystemClass(request);
      const created = newPodOf(request, object);
      if (created) return setPriority(created, await classOf(created, reader));
      const changed = podOf(request, object);
      if (changed && old && isLiveOf(pods, old)) keepPriority(changed, old);
    },
    async validate(request, object, old) {
      await refuseSecondDefault(request, object, old, reader);
    },
  };
}

function keepSystemClass({ resource, name = '' }: AdmissionRequest): void {
  if (resource.group !== priorityclasses.group || resource.resource !== priorityclasses.resource) return;
  if (!systemPriorityClasses.some(({ metadata }) => metadata?.name === name)) return;
  throw forbidden(resource, name, 'this is a system priority class and cannot be deleted');
}

interface Chosen {
  /** Absent: no class at all. */
  name?: string;
  value: number;
  policy: string;
}

async function classOf(pod: PodWithSpec, reader: ObjectReader): Promise<Chosen> {
  const { priorityClassName: name } = pod.spec;
  if (!name) {
    const found = await defaultClass(reader);
    return found ? chosen(found) : { value: 0, policy: defaultPolicy };
  }
  const found = await reader.get(priorityclasses, { name });
  if (!found) throw podForbidden(pod, `no PriorityClass with name ${name} was found`);
  return chosen(found);
}

function chosen({ metadata, value, preemptionPolicy }: Live<PriorityClass>): Chosen {
  return { name: metadata.name, value, policy: preemptionPolicy ?? defaultPolicy };
}

/** Of several the least, as upstream: two may have been made at the same time. */
async function defaultClass(reader: ObjectReader): Promise<Live<PriorityClass> | undefined> {
  const all = await reader.list(priorityclasses);
  return all.filter(({ globalDefault }) => globalDefault).sort((a, b) => a.value - b.value)[0];
}

function setPriority(pod: PodWithSpec, { name, value, policy }: Chosen): void {
  const { spec } = pod;
  if (name !== undefined) spec.priorityClassName = name;
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; ${computedBy} ${value} from the given PriorityClass name`;
    throw podForbidden(pod, why);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ${computedBy} ${policy} from the given PriorityClass name`;
    throw podForbidden(pod, why);
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** What was computed stays also where an update leaves it out. */
function keepPriority({ spec }: PodWithSpec, old: Live<Pod>): void {
  if (old.spec?.priority !== undefined) spec.priority ??= old.spec.priority;
  if (old.spec?.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.spec.preemptionPolicy;
}

async function refuseSecondDefault(
  { resource }: AdmissionRequest,
  object: KubeObject | undefined,
  old: Live | undefined,
  reader: ObjectReader,
): Promise<void> {
  if (!isOf(priorityclasses, resource, object) || !object.globalDefault) return;
  const found = await defaultClass(reader);
  const name = object.metadata?.name ?? '';
  if (!found || (old && found.metadata.name === name)) return;
  const why = `PriorityClass ${found.metadata.name} is already marked as default. Only one default can exist`;
  throw forbidden(resource, name, why);
}
