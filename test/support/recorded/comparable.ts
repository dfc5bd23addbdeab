// Makes a recorded answer and ours comparable: what differs from run to run becomes the word that the recording has for it,
// and what each version (or Kelp) adds by itself is known by name.

import { deepEqual, isRecord } from '../../../shared/machinery/index.ts';
import type { Json } from '../https-json.ts';

/** Fields that tell a run from another, wherever they stand. */
const ofTheRun = new Set(['uid', 'resourceVersion', 'selfLink', 'creationTimestamp', 'healthCheckNodePort']);

const words: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\b10\.96\.\d+\.\d+\b/g, '10.96.N.N'],
  [/(?<=^|,)(\d+):3[012]\d{3}\//g, '$1:NODEPORT/'],
  [/\b(kube-api-access-|UP-|pod-gen-)(?:[a-z0-9]{5}\b|RAND5)/g, '$1RAND5'],
  [/too old resource version: \d+ \(\d+\)/, 'too old resource version: N (N)'],
  [/precondition \(\w+\)/, 'precondition (1)'],
  [/in record \(\d+\)/, 'in record (N)'],
  [/(\\?"resourceVersion\\?":\\?")\d+/g, '$1N'],
  [/current: \d+/, 'current: N'],
  [/(?:k8s\.io\/(?:kubernetes|apimachinery)\/)?pkg\//g, 'pkg/'],
];

/** What v1.32 fills in and v1.21 did not know: field → value. */
const newerDefaults: Readonly<Record<string, Json>> = {
  internalTrafficPolicy: 'Cluster',
  allocateLoadBalancerNodePorts: true,
  seLinuxMount: false,
  completionMode: 'NonIndexed',
  suspend: false,
  podReplacementPolicy: 'TerminatingOrFailed',
  manualSelector: false,
  persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  availableReplicas: 0,
  lendablePercent: 0,
  lastPhaseTransitionTime: 'TIME',
};

/** `without`: further fields that are not compared, wherever they stand. */
export function comparable(value: Json, without: readonly string[] = []): Json {
  if (typeof value === 'string') return comparableText(value);
  if (Array.isArray(value)) return value.map((each) => comparable(each, without));
  if (!isRecord(value)) return value;
  const fields = Object.entries(value)
    .filter(([key, field]) => isCompared(key, field) && !without.includes(key))
    .map(([key, field]) => [comparableText(key), settled(key, comparable(field, without))])
    .filter(([key, field]) => !saysNothing(key, field));
  return Object.fromEntries(fields);
}

function isCompared(key: string, field: unknown): boolean {
  return !ofTheRun.has(key) && !key.startsWith('kelp.dev/') && field !== undefined;
}

/** Metadata of which only a time was left that is not set. */
function saysNothing(key: string, field: Json): boolean {
  return ['metadata', 'annotations'].includes(key) && isRecord(field) && Object.keys(field).length === 0;
}

function settled(key: string, field: Json): Json {
  return key === 'nodePort' && Number(field) >= 30_000 ? 'NODEPORT' : field;
}

export function comparableText(text: string): string {
  return words.reduce((was, [differs, word]) => was.replace(differs, word), text);
}

/** What only Kelp warns of: that it keeps something without acting on it. */
export function withoutKelpsOwn(warnings: string | undefined): string | undefined {
  const kept = warnings?.split(/, (?=299 )/).filter((warning) => warning && !warning.includes('Kelp stores'));
  return kept && kept.length > 0 ? kept.join(', ') : undefined;
}

/** The paths at which two values differ, with both sides. */
export function differences(found: Json, wanted: Json, path = ''): string[] {
  if (Array.isArray(found) && Array.isArray(wanted)) {
    const length = Math.max(found.length, wanted.length);
    return Array.from({ length }, (_, at) => differences(found[at], wanted[at], `${path}[${at}]`)).flat();
  }
  if (isRecord(found) && isRecord(wanted)) {
    const keys = new Set([...Object.keys(found), ...Object.keys(wanted)]);
    return [...keys].flatMap((key) => {
      if (wanted[key] === undefined && deepEqual(found[key], newerDefaults[key])) return [];
      return differences(found[key], wanted[key], path ? `${path}.${key}` : key);
    });
  }
  if (found === wanted) return [];
  return [`${path}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`];
}
