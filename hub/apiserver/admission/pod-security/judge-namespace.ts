// The labels of a namespace: they have to be right, and who tightens what is enforced is told whom that would hit.

import { type Namespace, pods } from '../../../../shared/api/index.ts';
import type { Clock } from '../../../../shared/base/index.ts';
import { faultText, goErrors, invalid, type Live } from '../../../../shared/machinery/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import type { PodSecurityConfiguration } from './configuration.ts';
import { existingPodWarnings } from './existing-pods.ts';
import {
  isEquivalent,
  isLabelled,
  isPrivileged,
  isSame,
  isStricter,
  levelText,
  modes,
  type Policy,
  policyOf,
} from './policy.ts';

export interface NamespaceWorld {
  reader: ObjectReader;
  clock: Clock;
  configuration: PodSecurityConfiguration;
}

/** Throws Invalid. `old` is absent for a create. */
export async function judgeNamespace(
  { reader, clock, configuration: { defaults, exemptions } }: NamespaceWorld,
  { warn }: AdmissionRequest,
  next: Namespace,
  old: Live | undefined,
): Promise<void> {
  const { name = '', labels = {} } = next.metadata ?? {};
  const { policy, found } = policyOf(labels, defaults);
  const before = old && policyOf(old.metadata.labels, defaults);
  // What was wrong already stays as it is until somebody mends it.
  if (found.length > 0 && goErrors(found.map(faultText)) !== goErrors((before?.found ?? []).map(faultText)))
    throw invalid('', 'Namespace', name, found);
  if (before && !isTightened(policy, before.policy)) return;
  if (exemptions.namespaces.has(name)) {
    if (!isPrivileged(policy) && !isEquivalent(policy, defaults)) warn?.(exemptWarning(name, labels, policy));
    return;
  }
  if (!before) return;
  const bound = (await reader.list(pods, name)).filter(
    ({ spec }) => !exemptions.runtimeClasses.has(spec?.runtimeClassName ?? ''),
  );
  for (const text of existingPodWarnings(name, bound, policy.enforce, clock)) warn?.(text);
}

/** Whether pods may be against what is enforced now that were not against what was. */
function isTightened({ enforce }: Policy, { enforce: before }: Policy): boolean {
  if (isSame(enforce, before) || enforce.level === 'privileged') return false;
  return enforce.minor !== before.minor || isStricter(enforce.level, before.level);
}

function exemptWarning(name: string, labels: Record<string, string>, policy: Policy): string {
  const asked = modes
    .filter((mode) => policy[mode].level !== 'privileged' && isLabelled(labels, mode))
    .map((mode) => `${mode}=${levelText(policy[mode])}`);
  return `namespace "${name}" is exempt from Pod Security, and the policy (${asked.join(', ')}) will be ignored`;
}
