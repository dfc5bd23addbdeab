// `kelp describe statefulset` and `daemonset`.

import { listAt, recordAt, textAt, textsAt } from '../json.ts';
import { type DescribeText, dateText } from './describe-text.ts';
import type { Describer } from './describer.ts';
import { describePodTemplate } from './pod-template.ts';
import { describePodsStatus, selectorText } from './workloads.ts';

const count = (object: unknown, ...path: string[]) => textAt(object, ...path) || '0';

export const describeStatefulSet: Describer = async (text, set, session) => {
  text.line(0, 'Name:', textAt(set, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(set, 'metadata', 'namespace'));
  text.line(0, 'CreationTimestamp:', dateText(textAt(set, 'metadata', 'creationTimestamp')));
  text.line(0, 'Selector:', selectorText(set));
  text.labels('Labels', textsAt(set, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(set, 'metadata', 'annotations'));
  text.line(
    0,
    'Replicas:',
    `${count(set, 'spec', 'replicas')} desired | ${count(set, 'status', 'replicas')} total`,
  );
  text.line(0, 'Update Strategy:', textAt(set, 'spec', 'updateStrategy', 'type'));
  const rolling = recordAt(set, 'spec', 'updateStrategy', 'rollingUpdate');
  const partition = textAt(rolling, 'partition');
  if (partition) text.line(1, 'Partition:', partition);
  const unavailable = textAt(rolling, 'maxUnavailable');
  if (partition && unavailable) text.line(1, 'MaxUnavailable:', unavailable);
  await describePodsStatus(text, set, session);
  text.line(0, 'Pod Template:');
  describePodTemplate(text, recordAt(set, 'spec', 'template'));
  describeClaims(text, listAt(set, 'spec', 'volumeClaimTemplates'));
};

function describeClaims(text: DescribeText, claims: readonly unknown[]): void {
  text.line(0, 'Volume Claims:', ...(claims.length === 0 ? ['<none>'] : []));
  for (const claim of claims) {
    text.line(1, 'Name:', textAt(claim, 'metadata', 'name'));
    text.line(1, 'StorageClass:', textAt(claim, 'spec', 'storageClassName'));
    text.labels('  Labels', textsAt(claim, 'metadata', 'labels'));
    text.labels('  Annotations', textsAt(claim, 'metadata', 'annotations'));
    text.line(1, 'Capacity:', textAt(claim, 'spec', 'resources', 'requests', 'storage') || '<default>');
    text.line(1, 'Access Modes:', `[${listAt(claim, 'spec', 'accessModes').join(' ')}]`);
  }
}

export const describeDaemonSet: Describer = async (text, set, session) => {
  text.line(0, 'Name:', textAt(set, 'metadata', 'name'));
  text.line(0, 'Selector:', selectorText(set));
  const nodes = Object.entries(textsAt(set, 'spec', 'template', 'spec', 'nodeSelector'));
  const nodeSelector = nodes.map(([key, value]) => `${key}=${value}`).sort();
  text.line(0, 'Node-Selector:', nodeSelector.join(',') || '<none>');
  text.labels('Labels', textsAt(set, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(set, 'metadata', 'annotations'));
  const status = (field: string) => count(set, 'status', field);
  text.line(0, `Desired Number of Nodes Scheduled: ${status('desiredNumberScheduled')}`);
  text.line(0, `Current Number of Nodes Scheduled: ${status('currentNumberScheduled')}`);
  text.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status('updatedNumberScheduled')}`);
  text.line(0, `Number of Nodes Scheduled with Available Pods: ${status('numberAvailable')}`);
  text.line(0, `Number of Nodes Misscheduled: ${status('numberMisscheduled')}`);
  await describePodsStatus(text, set, session);
  text.line(0, 'Pod Template:');
  describePodTemplate(text, recordAt(set, 'spec', 'template'));
};
