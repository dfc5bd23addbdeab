// Containers of a pod or a pod template: image, state, resources, probes, environment, mounts.

import { isRecord, Quantity } from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, valueAt } from '../json.ts';
import { boolText, type DescribeText, dateText, orNone } from './describe-text.ts';

export interface ContainersOptions {
  /** `  ` inside a pod template. */
  space: string;
  statuses: readonly unknown[];
  /** What an environment variable gets of the pod's fields; absent in templates. */
  pod?: unknown;
}

export function describeContainers(
  text: DescribeText,
  label: string,
  containers: readonly unknown[],
  { space, statuses, pod }: ContainersOptions,
): void {
  text.line(0, containers.length === 0 ? `${space}${label}: <none>` : `${space}${label}:`);
  for (const container of containers) {
    const name = textAt(container, 'name');
    const status = statuses.find((candidate) => textAt(candidate, 'name') === name);
    text.line(1, `${space ? ' ' : ''}${name}:`);
    describeBasics(text, container, status);
    describeWords(text, 'Command', listAt(container, 'command'));
    describeWords(text, 'Args', listAt(container, 'args'));
    if (status !== undefined) describeState(text, status);
    describeResources(text, container);
    for (const probe of ['liveness', 'readiness', 'startup'] as const) {
      const found = valueAt(container, `${probe}Probe`);
      if (isRecord(found)) text.line(2, `${probe[0]?.toUpperCase()}${probe.slice(1)}:`, probeText(found));
    }
    describeEnvironment(text, container, pod);
    describeMounts(text, container);
  }
}

function describeBasics(text: DescribeText, container: unknown, status: unknown): void {
  if (status !== undefined) text.line(2, 'Container ID:', textAt(status, 'containerID'));
  text.line(2, 'Image:', textAt(container, 'image'));
  if (status !== undefined) text.line(2, 'Image ID:', textAt(status, 'imageID'));
  const ports = listAt(container, 'ports');
  for (const [label, field] of [
    ['Port', 'containerPort'],
    ['Host Port', 'hostPort'],
  ] as const) {
    const shown = ports.map((port) => `${textAt(port, field) || 0}/${textAt(port, 'protocol')}`);
    text.line(2, `${label}${shown.length > 1 ? 's' : ''}:`, orNone(shown.join(', ')));
  }
  const profile = valueAt(container, 'securityContext', 'seccompProfile');
  if (isRecord(profile)) {
    text.line(2, 'SeccompProfile:', textAt(profile, 'type'));
    if (textAt(profile, 'type') === 'Localhost')
      text.line(3, 'LocalhostProfile:', textAt(profile, 'localhostProfile'));
  }
}

function describeWords(text: DescribeText, title: string, words: readonly unknown[]): void {
  if (words.length === 0) return;
  text.line(2, `${title}:`);
  for (const line of words.flatMap((word) => String(word).split('\n'))) text.line(3, line);
}

function describeState(text: DescribeText, status: unknown): void {
  describeOneState(text, 'State', recordAt(status, 'state'));
  const last = recordAt(status, 'lastState');
  if (isRecord(last.terminated)) describeOneState(text, 'Last State', last);
  text.line(2, 'Ready:', boolText(valueAt(status, 'ready')));
  text.line(2, 'Restart Count:', textAt(status, 'restartCount') || '0');
}

function describeOneState(
  text: DescribeText,
  title: string,
  { running, waiting, terminated }: Record<string, unknown>,
): void {
  if (isRecord(running)) {
    text.line(2, `${title}:`, 'Running');
    text.line(3, 'Started:', dateText(textAt(running, 'startedAt')));
  } else if (isRecord(waiting) || !isRecord(terminated)) {
    text.line(2, `${title}:`, 'Waiting');
    const reason = textAt(waiting, 'reason');
    if (reason) text.line(3, 'Reason:', reason);
  } else {
    text.line(2, `${title}:`, 'Terminated');
    for (const field of ['reason', 'message'] as const) {
      const value = textAt(terminated, field);
      if (value) text.line(3, `${field === 'reason' ? 'Reason' : 'Message'}:`, value);
    }
    text.line(3, 'Exit Code:', textAt(terminated, 'exitCode'));
    if (Number(textAt(terminated, 'signal')) > 0) text.line(3, 'Signal:', textAt(terminated, 'signal'));
    text.line(3, 'Started:', dateText(textAt(terminated, 'startedAt')));
    text.line(3, 'Finished:', dateText(textAt(terminated, 'finishedAt')));
  }
}

function describeResources(text: DescribeText, container: unknown): void {
  for (const [title, field] of [
    ['Limits', 'limits'],
    ['Requests', 'requests'],
  ] as const) {
    const amounts = recordAt(container, 'resources', field);
    if (Object.keys(amounts).length > 0) text.line(2, `${title}:`);
    for (const name of Object.keys(amounts).sort()) text.line(3, `${name}:`, textAt(amounts, name));
  }
}

function probeText(probe: Record<string, unknown>): string {
  const number = (field: string) => textAt(probe, field) || '0';
  const attributes = `delay=${number('initialDelaySeconds')}s timeout=${number('timeoutSeconds')}s period=${number('periodSeconds')}s #success=${number('successThreshold')} #failure=${number('failureThreshold')}`;
  if (isRecord(probe.exec)) return `exec [${listAt(probe.exec, 'command').join(' ')}] ${attributes}`;
  if (isRecord(probe.httpGet)) {
    const { httpGet } = probe;
    const port = textAt(httpGet, 'port');
    const path = textAt(httpGet, 'path').replace(/^(?!\/)/, '/');
    return `http-get ${textAt(httpGet, 'scheme').toLowerCase()}://${textAt(httpGet, 'host')}:${port}${path} ${attributes}`;
  }
  if (isRecord(probe.tcpSocket))
    return `tcp-socket ${textAt(probe.tcpSocket, 'host')}:${textAt(probe.tcpSocket, 'port')} ${attributes}`;
  if (isRecord(probe.grpc))
    return `grpc <pod>:${textAt(probe.grpc, 'port')} ${textAt(probe.grpc, 'service')} ${attributes}`;
  return `unknown ${attributes}`;
}

function describeEnvironment(text: DescribeText, container: unknown, pod: unknown): void {
  const sources = listAt(container, 'envFrom');
  if (sources.length > 0) text.line(2, 'Environment Variables from:');
  for (const source of sources) {
    const field = isRecord(valueAt(source, 'configMapRef')) ? 'configMapRef' : 'secretRef';
    const kind = field === 'configMapRef' ? 'ConfigMap' : 'Secret';
    const prefix = textAt(source, 'prefix');
    const optional = `Optional: ${valueAt(source, field, 'optional') === true}`;
    text.line(3, textAt(source, field, 'name'), prefix ? `${kind} with prefix '${prefix}'` : kind, optional);
  }
  const variables = listAt(container, 'env');
  text.line(2, 'Environment:', ...(variables.length === 0 ? ['<none>'] : []));
  for (const variable of variables) describeVariable(text, variable, container, pod);
}

function describeVariable(text: DescribeText, variable: unknown, container: unknown, pod: unknown): void {
  const name = `${textAt(variable, 'name')}:`;
  const from = recordAt(variable, 'valueFrom');
  if (Object.keys(from).length === 0) {
    const [first = '', ...others] = textAt(variable, 'value').split('\n');
    text.line(3, name, first);
    for (const line of others) text.line(3, '', line);
  } else if (isRecord(from.fieldRef)) {
    const path = textAt(from.fieldRef, 'fieldPath');
    text.line(3, name, `${podField(pod, path)} (${textAt(from.fieldRef, 'apiVersion')}:${path})`);
  } else if (isRecord(from.resourceFieldRef)) {
    const resource = textAt(from.resourceFieldRef, 'resource');
    const amount = pod === undefined ? '' : resourceAmount(container, from.resourceFieldRef);
    text.line(3, name, `${amount} (${resource})`);
  } else {
    const [ref, phrase] = isRecord(from.secretKeyRef)
      ? [from.secretKeyRef, 'in secret']
      : [from.configMapKeyRef, 'of config map'];
    const what = `<set to the key '${textAt(ref, 'key')}' ${phrase} '${textAt(ref, 'name')}'>`;
    text.line(3, name, what, `Optional: ${valueAt(ref, 'optional') === true}`);
  }
}

/** In units of the divisor, rounded up: cores, bytes. */
function resourceAmount(container: unknown, ref: unknown): string {
  const [kind = '', ...rest] = textAt(ref, 'resource').split('.');
  const amount = Quantity.check(textAt(container, 'resources', kind, rest.join('.')) || '0');
  const divisor = Quantity.check(textAt(ref, 'divisor') || '1');
  if (!(amount instanceof Quantity) || !(divisor instanceof Quantity)) return '';
  const unit = divisor.sign === 0 ? 1000 : divisor.milliValue();
  return String(Math.ceil(amount.milliValue() / unit));
}

function podField(pod: unknown, path: string): string {
  const keyed = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(path);
  return keyed
    ? textAt(pod, ...(keyed[1] ?? '').split('.'), keyed[2] ?? '')
    : textAt(pod, ...path.split('.'));
}

function describeMounts(text: DescribeText, container: unknown): void {
  const mounts = listAt(container, 'volumeMounts');
  text.line(2, 'Mounts:', ...(mounts.length === 0 ? ['<none>'] : []));
  const sorted = [...mounts].sort((a, b) => (textAt(a, 'mountPath') < textAt(b, 'mountPath') ? -1 : 1));
  for (const mount of sorted) {
    const subPath = textAt(mount, 'subPath');
    const flags = [
      valueAt(mount, 'readOnly') === true ? 'ro' : 'rw',
      ...(subPath ? [`path=${JSON.stringify(subPath)}`] : []),
    ];
    text.line(3, `${textAt(mount, 'mountPath')} from ${textAt(mount, 'name')} (${flags.join(',')})`);
  }
}
