// The pod template of a workload, and what it has in common with a pod.

import { listAt, textAt, textsAt, valueAt } from '../json.ts';
import { describeContainers } from './containers.ts';
import type { DescribeText } from './describe-text.ts';
import { describeVolumes } from './volumes.ts';

/** What follows `Pod Template:`. */
export function describePodTemplate(text: DescribeText, template: unknown): void {
  text.labels('  Labels', textsAt(template, 'metadata', 'labels'));
  const annotations = textsAt(template, 'metadata', 'annotations');
  if (Object.keys(annotations).length > 0) text.annotations('  Annotations', annotations);
  const account = textAt(template, 'spec', 'serviceAccountName');
  if (account) text.line(0, '  Service Account:', account);
  const inits = listAt(template, 'spec', 'initContainers');
  const options = { space: '  ', statuses: [] };
  if (inits.length > 0) describeContainers(text, 'Init Containers', inits, options);
  describeContainers(text, 'Containers', listAt(template, 'spec', 'containers'), options);
  describeVolumes(text, listAt(template, 'spec', 'volumes'), '  ');
  describeSpread(text, template, '  ');
  const priority = textAt(template, 'spec', 'priorityClassName');
  if (priority) text.line(0, '  Priority Class Name:', priority);
  text.labels('  Node-Selectors', textsAt(template, 'spec', 'nodeSelector'));
  text.multiline('  Tolerations', tolerations(template));
}

export function describeSpread(text: DescribeText, pod: unknown, space: string): void {
  const constraints = listAt(pod, 'spec', 'topologySpreadConstraints');
  if (constraints.length === 0) return;
  const shown = [...constraints]
    .sort((a, b) => (textAt(a, 'topologyKey') < textAt(b, 'topologyKey') ? -1 : 1))
    .map((constraint) => {
      const labels = Object.entries(textsAt(constraint, 'labelSelector', 'matchLabels')).map(
        ([key, value]) => `${key}=${value}`,
      );
      const selector = labels.length > 0 ? ` for selector ${labels.join(',')}` : '';
      return `${textAt(constraint, 'topologyKey')}:${textAt(constraint, 'whenUnsatisfiable')} when max skew ${textAt(constraint, 'maxSkew')} is exceeded${selector}`;
    });
  text.multiline(`${space}Topology Spread Constraints`, shown);
}

/** `key=value:Effect op=Exists for 300s` each, by key. */
export function tolerations(pod: unknown): string[] {
  return listAt(pod, 'spec', 'tolerations')
    .map((toleration) => ({ toleration, key: textAt(toleration, 'key') }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
    .map(({ toleration, key }) => {
      const [value, effect] = [textAt(toleration, 'value'), textAt(toleration, 'effect')];
      const what = key + (value && `=${value}`) + (effect && `:${effect}`);
      const exists = textAt(toleration, 'operator') === 'Exists' && value === '';
      const seconds = valueAt(toleration, 'tolerationSeconds');
      const lasting = seconds === undefined || seconds === null ? '' : ` for ${seconds}s`;
      return what + (exists ? `${what ? ' ' : ''}op=Exists` : '') + lasting;
    });
}
