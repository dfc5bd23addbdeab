// Labels of nodes that have a newer name, where a pod asks for the old one.

import type { NodeSelectorTerm, PodSpec } from 'kubernetes-types/core/v1';
import type { FieldPath } from '../../machinery/index.ts';

const use = (label: string) => `use "${label}" instead`;

const deprecated: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', `deprecated since v1.14; ${use('kubernetes.io/arch')}`],
  ['beta.kubernetes.io/os', `deprecated since v1.14; ${use('kubernetes.io/os')}`],
  [
    'failure-domain.beta.kubernetes.io/region',
    `deprecated since v1.17; ${use('topology.kubernetes.io/region')}`,
  ],
  ['failure-domain.beta.kubernetes.io/zone', `deprecated since v1.17; ${use('topology.kubernetes.io/zone')}`],
  ['beta.kubernetes.io/instance-type', `deprecated since v1.17; ${use('node.kubernetes.io/instance-type')}`],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  [
    'scheduler.alpha.kubernetes.io/preferAvoidPods',
    'deprecated since v1.22; use Taints and Tolerations instead',
  ],
  ['node-role.kubernetes.io/master', use('node-role.kubernetes.io/control-plane')],
]);

/** What is to be said of a label of nodes; undefined: nothing. */
export function nodeLabelWarning(key: string): string | undefined {
  return deprecated.get(key);
}

/** In node selectors, node affinity and topology spread; `path` is the spec's. */
export function deprecatedLabelWarnings(spec: PodSpec, path: FieldPath): string[] {
  const affinity = spec.affinity?.nodeAffinity ?? {};
  const at = path.child('affinity', 'nodeAffinity');
  const required = at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  const preferred = at.child('preferredDuringSchedulingIgnoredDuringExecution');
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const message = deprecated.get(key);
      return message ? [`${path.child('nodeSelector').key(key)}: ${message}`] : [];
    }),
    ...(affinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap(
      (term, position) => termWarnings(term, required.index(position)),
    ),
    ...(affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, position) =>
      termWarnings(preference ?? {}, preferred.index(position).child('preference')),
    ),
    ...spreadWarnings(spec, path.child('topologySpreadConstraints')),
  ];
}

/** A term of pod affinity without a selector matches no pod; `path` is the spec's. */
export function nullSelectorWarnings({ affinity }: PodSpec, path: FieldPath): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((field) => {
    const at = path.child('affinity', field);
    const required = at.child('requiredDuringSchedulingIgnoredDuringExecution');
    const preferred = at.child('preferredDuringSchedulingIgnoredDuringExecution');
    const { requiredDuringSchedulingIgnoredDuringExecution: must = [] } = affinity?.[field] ?? {};
    const { preferredDuringSchedulingIgnoredDuringExecution: may = [] } = affinity?.[field] ?? {};
    return [
      ...must.map((term, position) => ({ term, at: required.index(position) })),
      ...may.map((each, position) => ({
        term: each.podAffinityTerm,
        at: preferred.index(position).child('podAffinityTerm'),
      })),
    ].flatMap(({ term, at: place }) => (term?.labelSelector ? [] : [nullSelector(place)]));
  });
}

function nullSelector(path: FieldPath): string {
  return `${path.child('labelSelector')}: a null labelSelector results in matching no pod`;
}

/** A term of a node selector; `path` is the term's. */
export function termWarnings({ matchExpressions = [] }: NodeSelectorTerm, path: FieldPath): string[] {
  return matchExpressions.flatMap(({ key }, position) =>
    labelWarnings(key, path.child('matchExpressions').index(position).child('key')),
  );
}

/** One label, by its key; `path` is where the key stands. */
export function labelWarnings(key: string, path: FieldPath): string[] {
  const message = deprecated.get(key);
  return message ? [`${path}: ${key} is ${message}`] : [];
}

function spreadWarnings({ topologySpreadConstraints = [] }: PodSpec, path: FieldPath): string[] {
  return topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, position) => {
    const at = path.index(position);
    const message = deprecated.get(topologyKey);
    return [
      ...(message ? [`${at.child('topologyKey')}: ${topologyKey} is ${message}`] : []),
      ...(labelSelector ? [] : [nullSelector(at)]),
    ];
  });
}
