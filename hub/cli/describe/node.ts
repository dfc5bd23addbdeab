// `kelp describe node`: its facts and what runs there.

import { ApiError, Quantity } from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { readList, readObject } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DescribeText, dateText, sinceText } from './describe-text.ts';
import type { Describer } from './describer.ts';

export const describeNode: Describer = async (text, node, session) => {
  const name = textAt(node, 'metadata', 'name');
  text.line(0, 'Name:', name);
  text.line(0, 'Roles:', rolesOf(textsAt(node, 'metadata', 'labels')));
  text.labels('Labels', textsAt(node, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(node, 'metadata', 'annotations'));
  text.line(0, 'CreationTimestamp:', dateText(textAt(node, 'metadata', 'creationTimestamp')));
  text.multiline('Taints', taintsOf(node));
  text.line(0, 'Unschedulable:', String(valueAt(node, 'spec', 'unschedulable') === true));
  await describeLease(text, name, session);
  describeConditions(text, node);
  text.line(0, 'Addresses:');
  for (const address of listAt(node, 'status', 'addresses'))
    text.line(1, `${textAt(address, 'type')}:`, textAt(address, 'address'));
  for (const [title, field] of [
    ['Capacity', 'capacity'],
    ['Allocatable', 'allocatable'],
  ] as const) {
    const amounts = recordAt(node, 'status', field);
    if (Object.keys(amounts).length > 0) text.line(0, `${title}:`);
    for (const resource of Object.keys(amounts).sort())
      text.line(1, `${resource}:`, textAt(amounts, resource));
  }
  describeSystem(text, node);
  await describePods(text, node, session);
};

function rolesOf(labels: Readonly<Record<string, string>>): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith('node-role.kubernetes.io/')) return [key.slice('node-role.kubernetes.io/'.length)];
    return key === 'kubernetes.io/role' && value ? [value] : [];
  });
  return roles.sort().join(',') || '<none>';
}

/** By effect, then by key. */
function taintsOf(node: unknown): string[] {
  return listAt(node, 'spec', 'taints')
    .map((taint) => ['effect', 'key', 'value'].map((field) => textAt(taint, field)))
    .sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1))
    .map(([effect, key, value]) => `${key}${value ? `=${value}` : ''}:${effect}`);
}

async function describeLease(text: DescribeText, name: string, session: Session): Promise<void> {
  const type = await session.discovery.named('leases.coordination.k8s.io');
  const lease = await readObject(session, type, name, { namespace: 'kube-node-lease' }).catch(
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      text.line(0, 'Lease:', `Failed to get lease: ${error.message}`);
    },
  );
  if (lease === undefined) return;
  const time = (field: string) => {
    const found = textAt(lease, 'spec', field);
    return found ? dateText(found) : '<unset>';
  };
  text.line(0, 'Lease:');
  text.line(1, 'HolderIdentity:', textAt(lease, 'spec', 'holderIdentity') || '<unset>');
  text.line(1, 'AcquireTime:', time('acquireTime'));
  text.line(1, 'RenewTime:', time('renewTime'));
}

function describeConditions(text: DescribeText, node: unknown): void {
  const conditions = listAt(node, 'status', 'conditions');
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message');
  text.line(1, '----', '------', '-----------------', '------------------', '------', '-------');
  for (const condition of conditions) {
    const field = (key: string) => textAt(condition, key);
    const times = [field('lastHeartbeatTime'), field('lastTransitionTime')].map(
      (time) => `${dateText(time)} `,
    );
    text.line(
      1,
      `${field('type')} `,
      `${field('status')} `,
      ...times,
      `${field('reason')} `,
      field('message'),
    );
  }
}

const systemInfo = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
] as const;

function describeSystem(text: DescribeText, node: unknown): void {
  text.line(0, 'System Info:');
  for (const [title, field] of systemInfo)
    text.line(1, `${title}:`, textAt(node, 'status', 'nodeInfo', field));
  for (const [title, value] of [
    ['PodCIDR', textAt(node, 'spec', 'podCIDR')],
    ['PodCIDRs', listAt(node, 'spec', 'podCIDRs').join(',')],
    ['ProviderID', textAt(node, 'spec', 'providerID')],
  ] as const)
    if (value) text.line(0, `${title}:`, value);
}

async function describePods(text: DescribeText, node: unknown, session: Session): Promise<void> {
  const fieldSelector = `spec.nodeName=${textAt(node, 'metadata', 'name')},status.phase!=Failed,status.phase!=Succeeded`;
  const pods = await readList(session, await session.discovery.named('pods'), { fieldSelector });
  const allocatable = recordAt(node, 'status', 'allocatable');
  text.line(0, 'Non-terminated Pods:', `(${pods.length} in total)`);
  text.line(
    1,
    'Namespace',
    'Name',
    '',
    'CPU Requests',
    'CPU Limits',
    'Memory Requests',
    'Memory Limits',
    'Age',
  );
  text.line(
    1,
    '---------',
    '----',
    '',
    '------------',
    '----------',
    '---------------',
    '-------------',
    '---',
  );
  for (const pod of pods) {
    const amounts = (['cpu', 'memory'] as const).flatMap((resource) =>
      (['requests', 'limits'] as const).map((field) =>
        shareText(amountOf(pod, field, resource), allocatable, resource),
      ),
    );
    const { metadata } = pod;
    text.line(
      1,
      textAt(metadata, 'namespace'),
      textAt(metadata, 'name'),
      '',
      ...amounts,
      sinceText(textAt(metadata, 'creationTimestamp')),
    );
  }
  text.line(0, 'Allocated resources:');
  text.line(0, '  (Total limits may be over 100 percent, i.e., overcommitted.)');
  text.line(1, 'Resource', 'Requests', 'Limits');
  text.line(1, '--------', '--------', '------');
  const standard = ['cpu', 'memory', 'ephemeral-storage'];
  const others = Object.keys(allocatable).filter(
    (name) => !standard.includes(name) && name !== 'pods' && /\/|^hugepages-/.test(name),
  );
  for (const resource of [...standard, ...others.sort()]) {
    const sums = (['requests', 'limits'] as const).map((field) =>
      pods.reduce((sum, pod) => sum.add(amountOf(pod, field, resource)), Quantity.zero),
    );
    const shown = sums.map((sum) =>
      others.includes(resource) && !resource.startsWith('hugepages-')
        ? String(sum)
        : shareText(sum, allocatable, resource),
    );
    text.line(1, resource, ...shown);
  }
}

/** What the scheduler counts: all containers, or the largest init container; and the overhead. */
function amountOf(pod: unknown, field: 'requests' | 'limits', resource: string): Quantity {
  const amounts = (list: string) =>
    listAt(pod, 'spec', list).map((container) => quantity(textAt(container, 'resources', field, resource)));
  const sum = amounts('containers').reduce((total, amount) => total.add(amount), Quantity.zero);
  const largest = amounts('initContainers').reduce(
    (most, amount) => (amount.compare(most) > 0 ? amount : most),
    sum,
  );
  const overhead = quantity(textAt(pod, 'spec', 'overhead', resource));
  return field === 'limits' && largest.sign === 0 ? largest : largest.add(overhead);
}

function quantity(text: string): Quantity {
  const found = text === '' ? Quantity.zero : Quantity.check(text);
  return found instanceof Quantity ? found : Quantity.zero;
}

function shareText(amount: Quantity, allocatable: unknown, resource: string): string {
  const whole = quantity(textAt(allocatable, resource)).milliValue();
  const percent = whole > 0 ? Math.trunc((amount.milliValue() / whole) * 100) : 0;
  return `${amount} (${percent}%)`;
}
