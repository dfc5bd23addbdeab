// What a status may not say: terminated containers that live again, addresses that are none, another class of service.

import { isIP } from 'node:net';
import type { ContainerStatus, Pod, PodSpec, PodStatus } from 'kubernetes-types/core/v1';
import { dns1123Subdomain, type FieldError, FieldPath, faults, type Live } from '../../../machinery/index.ts';
import { sidecarsOf } from '../sidecars.ts';
import { address, named, qualified } from './rules.ts';
import { validateAnnotationUpdate } from './update.ts';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

export function validatePodStatusUpdate(next: Pod, old: Live<Pod>): FieldError[] {
  const path = new FieldPath('status');
  const [after, before] = [next.status ?? {}, old.status ?? {}];
  const nominated = after.nominatedNodeName;
  return [
    ...validateAnnotationUpdate(next, old),
    // Upstream's path, though it is the status that has conditions.
    ...validateConditions(after, new FieldPath('metadata.conditions')),
    ...(nominated && nominated !== before.nominatedNodeName
      ? named(dns1123Subdomain, nominated, path.child('nominatedNodeName'))
      : []),
    ...validateQosClass(after, before, path.child('qosClass')),
    ...validateTransitions(after, before, old.spec, path),
    ...validateIps(after.podIPs ?? [], path.child('podIPs')),
    ...validateHostIps(after, path.child('hostIPs')),
  ];
}

function validateConditions({ conditions = [] }: PodStatus, path: FieldPath): FieldError[] {
  return conditions.flatMap(({ type }, position) =>
    systemConditions.has(type) ? [] : qualified(type ?? '', path.index(position).child('Type')),
  );
}

function validateQosClass(after: PodStatus, before: PodStatus, path: FieldPath): FieldError[] {
  if (after.qosClass === before.qosClass) return [];
  return [faults.invalid(path, after.qosClass ?? '', 'field is immutable')];
}

function validateTransitions(
  after: PodStatus,
  before: PodStatus,
  spec: PodSpec | undefined,
  path: FieldPath,
): FieldError[] {
  const policy = spec?.restartPolicy ?? 'Always';
  const sidecars = new Set(sidecarsOf(spec).map(({ name }) => name));
  const none: ReadonlySet<string> = new Set();
  const lists = [
    { field: 'containerStatuses', policy, restarting: none },
    { field: 'initContainerStatuses', policy, restarting: sidecars },
    { field: 'ephemeralContainerStatuses', policy: 'Never', restarting: none },
  ] as const;
  return lists.flatMap((list) =>
    validateTransition(
      after[list.field] ?? [],
      before[list.field] ?? [],
      list.policy,
      list.restarting,
      path.child(list.field),
    ),
  );
}

/** What has ended for good stays ended. */
function validateTransition(
  after: readonly ContainerStatus[],
  before: readonly ContainerStatus[],
  policy: string,
  restarting: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  if (policy === 'Always') return [];
  return before.flatMap(({ name, state }, position) => {
    if (!state?.terminated || restarting.has(name)) return [];
    if (state.terminated.exitCode !== 0 && policy === 'OnFailure') return [];
    const revived = after.filter((each) => each.name === name && !each.state?.terminated);
    const at = path.index(position).child('state');
    return revived.map(() => faults.forbidden(at, 'may not be transitioned to non-terminated state'));
  });
}

type Ips = readonly { ip?: string }[];

function validateIps(ips: Ips, path: FieldPath): FieldError[] {
  const found = ips.flatMap(({ ip = '' }, position) => address(ip, path.index(position)));
  if (ips.length < 2) return found;
  const families = new Set(ips.map(({ ip = '' }) => isIP(ip)));
  if (families.size !== ips.length || ips.length > 2) {
    found.push(faults.invalid(path, ips, 'may specify no more than one IP for each IP family'));
  }
  const seen = new Set<string>();
  for (const [position, each] of ips.entries()) {
    if (seen.has(each.ip ?? '')) found.push(faults.duplicate(path.index(position), each));
    seen.add(each.ip ?? '');
  }
  return found;
}

function validateHostIps({ hostIP = '', hostIPs = [] }: PodStatus, path: FieldPath): FieldError[] {
  const [first] = hostIPs;
  if (!first) return [];
  const differs = faults.invalid(path.index(0).child('ip'), first.ip ?? '', 'must be equal to `hostIP`');
  return [...(first.ip === hostIP ? [] : [differs]), ...validateIps(hostIPs, path)];
}
