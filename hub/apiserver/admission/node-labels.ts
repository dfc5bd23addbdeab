// Which labels a node may give itself (upstream's plugin/pkg/admission/noderestriction and kubelet/apis/well_known_labels.go):
// of those under kubernetes.io and k8s.io only what a kubelet knows of its board.

type Labels = Readonly<Record<string, string>> | undefined;

const known = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);
const knownDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const reserved = 'node-restriction.kubernetes.io';

/** Keys that were set, changed or removed. */
export function modifiedLabels(next: Labels, old: Labels): string[] {
  const keys = new Set([...Object.keys(next ?? {}), ...Object.keys(old ?? {})]);
  return [...keys].filter((key) => next?.[key] !== old?.[key]);
}

/** Those that only others than the node itself may touch, sorted. */
export function forbiddenLabels(keys: readonly string[]): string[] {
  return keys.filter(isForbidden).sort();
}

function isForbidden(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  if (isUnder(domain, reserved)) return true;
  if (!isUnder(domain, 'kubernetes.io') && !isUnder(domain, 'k8s.io')) return false;
  return !known.has(key) && !knownDomains.some((allowed) => isUnder(domain, allowed));
}

function isUnder(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}
