// `kelp describe pod`.

import { isRecord } from '../../../shared/machinery/index.ts';
import { listAt, textAt, textsAt, valueAt } from '../json.ts';
import { describeContainers } from './containers.ts';
import { controllerOf } from './controller-of.ts';
import { type DescribeText, dateText, orNone, sinceText } from './describe-text.ts';
import type { Describer } from './describer.ts';
import { describeSpread, tolerations } from './pod-template.ts';
import { describeVolumes } from './volumes.ts';

export const describePod: Describer = async (text, pod) => {
  describeIdentity(text, pod);
  describeStatus(text, pod);
  for (const [label, field, statuses] of [
    ['Init Containers', 'initContainers', 'initContainerStatuses'],
    ['Containers', 'containers', 'containerStatuses'],
    ['Ephemeral Containers', 'ephemeralContainers', 'ephemeralContainerStatuses'],
  ] as const) {
    const containers = listAt(pod, 'spec', field);
    if (containers.length === 0 && field !== 'containers') continue;
    describeContainers(text, label, containers, {
      space: '',
      statuses: listAt(pod, 'status', statuses),
      pod,
    });
  }
  describeConditions(text, pod);
  describeVolumes(text, listAt(pod, 'spec', 'volumes'), '');
  text.line(0, 'QoS Class:', textAt(pod, 'status', 'qosClass'));
  text.labels('Node-Selectors', textsAt(pod, 'spec', 'nodeSelector'));
  text.multiline('Tolerations', tolerations(pod));
  describeSpread(text, pod, '');
};

function describeIdentity(text: DescribeText, pod: unknown): void {
  const optional = (title: string, ...path: string[]) => {
    const value = textAt(pod, ...path);
    if (value !== '') text.line(0, `${title}:`, value);
  };
  text.line(0, 'Name:', textAt(pod, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(pod, 'metadata', 'namespace'));
  optional('Priority', 'spec', 'priority');
  optional('Priority Class Name', 'spec', 'priorityClassName');
  optional('Runtime Class Name', 'spec', 'runtimeClassName');
  optional('Service Account', 'spec', 'serviceAccountName');
  const node = textAt(pod, 'spec', 'nodeName');
  text.line(0, 'Node:', orNone(node && `${node}/${textAt(pod, 'status', 'hostIP')}`));
  const started = textAt(pod, 'status', 'startTime');
  if (started) text.line(0, 'Start Time:', dateText(started));
  text.labels('Labels', textsAt(pod, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(pod, 'metadata', 'annotations'));
}

function describeStatus(text: DescribeText, pod: unknown): void {
  const phase = textAt(pod, 'status', 'phase');
  const deleted = textAt(pod, 'metadata', 'deletionTimestamp');
  if (deleted && !['Failed', 'Succeeded'].includes(phase)) {
    text.line(0, 'Status:', `Terminating (lasts ${sinceText(deleted)})`);
    text.line(0, 'Termination Grace Period:', `${textAt(pod, 'metadata', 'deletionGracePeriodSeconds')}s`);
  } else text.line(0, 'Status:', phase);
  for (const field of ['reason', 'message'] as const) {
    const value = textAt(pod, 'status', field);
    if (value) text.line(0, field === 'reason' ? 'Reason:' : 'Message:', value);
  }
  const profile = valueAt(pod, 'spec', 'securityContext', 'seccompProfile');
  if (isRecord(profile)) text.line(0, 'SeccompProfile:', textAt(profile, 'type'));
  text.line(0, 'IP:', textAt(pod, 'status', 'podIP'));
  const addresses = listAt(pod, 'status', 'podIPs');
  if (addresses.length === 0) text.line(0, 'IPs:', '<none>');
  else text.line(0, 'IPs:');
  for (const address of addresses) text.line(1, 'IP:', textAt(address, 'ip'));
  const controller = controllerOf(pod);
  if (controller) text.line(0, 'Controlled By:', controller);
  const nominated = textAt(pod, 'status', 'nominatedNodeName');
  if (nominated) text.line(0, 'NominatedNodeName:', nominated);
}

function describeConditions(text: DescribeText, pod: unknown): void {
  const conditions = listAt(pod, 'status', 'conditions');
  const gates = listAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  if (gates.length > 0) {
    text.line(0, 'Readiness Gates:');
    text.line(1, 'Type', 'Status');
  }
  for (const gate of gates) {
    const found = conditions.find((condition) => textAt(condition, 'type') === gate);
    text.line(1, `${gate} `, `${textAt(found, 'status') || '<none>'} `);
  }
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type', 'Status');
  for (const condition of conditions)
    text.line(1, `${textAt(condition, 'type')} `, `${textAt(condition, 'status')} `);
}
