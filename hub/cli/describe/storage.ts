// `kelp describe persistentvolume`, `persistentvolumeclaim` and `storageclass`.

import { isRecord } from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { readList } from '../resource-arguments/index.ts';
import { boolText, type DescribeText, sinceText } from './describe-text.ts';
import type { Describer } from './describer.ts';
import { type DescribeSource, sources as podSources } from './volumes.ts';

const shortModes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;
const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function modesText(modes: readonly unknown[]): string {
  return shortModes
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

function classOf(object: unknown): string {
  return (
    textsAt(object, 'metadata', 'annotations')[classAnnotation] ?? textAt(object, 'spec', 'storageClassName')
  );
}

function statusOf(object: unknown): string {
  const deleted = textAt(object, 'metadata', 'deletionTimestamp');
  return deleted ? `Terminating (lasts ${sinceText(deleted)})` : textAt(object, 'status', 'phase');
}

const finalizersOf = (object: unknown) => `[${listAt(object, 'metadata', 'finalizers').join(' ')}]`;

export const describePersistentVolume: Describer = async (text, volume) => {
  text.line(0, 'Name:', textAt(volume, 'metadata', 'name'));
  text.labels('Labels', textsAt(volume, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(volume, 'metadata', 'annotations'));
  text.line(0, 'Finalizers:', finalizersOf(volume));
  text.line(0, 'StorageClass:', classOf(volume));
  text.line(0, 'Status:', statusOf(volume));
  const claim = recordAt(volume, 'spec', 'claimRef');
  const isClaimed = isRecord(valueAt(volume, 'spec', 'claimRef'));
  text.line(0, 'Claim:', isClaimed ? `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}` : '');
  text.line(0, 'Reclaim Policy:', textAt(volume, 'spec', 'persistentVolumeReclaimPolicy'));
  text.line(0, 'Access Modes:', modesText(listAt(volume, 'spec', 'accessModes')));
  const mode = textAt(volume, 'spec', 'volumeMode');
  if (mode) text.line(0, 'VolumeMode:', mode);
  text.line(0, 'Capacity:', textAt(volume, 'spec', 'capacity', 'storage') || '0');
  describeAffinity(text, volume);
  text.line(0, 'Message:', textAt(volume, 'status', 'message'));
  describeSource(text, recordAt(volume, 'spec'));
};

function describeAffinity(text: DescribeText, volume: unknown): void {
  const required = valueAt(volume, 'spec', 'nodeAffinity', 'required');
  if (!isRecord(required)) {
    text.line(0, 'Node Affinity:', '<none>');
    return;
  }
  const terms = listAt(required, 'nodeSelectorTerms');
  text.line(0, 'Node Affinity:', '');
  text.line(1, 'Required Terms:', terms.length === 0 ? '<none>' : '');
  terms.forEach((term, index) => {
    const [first = '<none>', ...others] = listAt(term, 'matchExpressions').map(expressionText);
    text.line(2, `Term ${index}:`, first);
    for (const other of others) text.line(2, '', other);
  });
}

function expressionText(expression: unknown): string {
  const values = listAt(expression, 'values');
  const shown = values.length > 0 ? ` [${values.join(', ')}]` : '';
  return `${textAt(expression, 'key')} ${textAt(expression, 'operator').toLowerCase()}${shown}`;
}

/** By the field that says what a volume is made of. */
const sources: Readonly<Record<string, DescribeSource>> = {
  ...podSources,
  local: (source) => [
    ['Type', 'LocalVolume (a persistent volume backed by local storage on a node)'],
    ['Path', textAt(source, 'path')],
  ],
  csi: (source) => [
    ['Type', 'CSI (a Container Storage Interface (CSI) volume source)'],
    ['Driver', textAt(source, 'driver')],
    ['FSType', textAt(source, 'fsType')],
    ['VolumeHandle', textAt(source, 'volumeHandle')],
    ['ReadOnly', valueAt(source, 'readOnly') === true ? 'true' : 'false'],
    ...attributeLines(textsAt(source, 'volumeAttributes')),
  ],
};

/** One line each, further in than all other values. */
function attributeLines(attributes: Readonly<Record<string, string>>): [string, string][] {
  const lines = Object.keys(attributes)
    .sort()
    .map((key) => `    ${key}=${attributes[key]}`);
  const [first = '<none>', ...others] = lines;
  return [['VolumeAttributes', first], ...others.map((line): [string, string] => ['', line])];
}

function describeSource(text: DescribeText, spec: unknown): void {
  text.line(0, 'Source:');
  const field = Object.keys(sources).find((each) => isRecord(valueAt(spec, each)));
  if (field === undefined) text.line(1, '<unknown>');
  else
    for (const [title, value] of sources[field]?.(valueAt(spec, field)) ?? [])
      text.line(2, title ? `${title}:` : '    ', value);
}

export const describePersistentVolumeClaim: Describer = async (text, claim, session) => {
  const namespace = textAt(claim, 'metadata', 'namespace');
  const name = textAt(claim, 'metadata', 'name');
  const volume = textAt(claim, 'spec', 'volumeName');
  text.line(0, 'Name:', name);
  text.line(0, 'Namespace:', namespace);
  text.line(0, 'StorageClass:', classOf(claim));
  text.line(0, 'Status:', statusOf(claim));
  text.line(0, 'Volume:', volume);
  text.labels('Labels', textsAt(claim, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(claim, 'metadata', 'annotations'));
  text.line(0, 'Finalizers:', finalizersOf(claim));
  text.line(0, 'Capacity:', volume ? textAt(claim, 'status', 'capacity', 'storage') || '0' : '');
  text.line(0, 'Access Modes:', volume ? modesText(listAt(claim, 'status', 'accessModes')) : '');
  const mode = textAt(claim, 'spec', 'volumeMode');
  if (mode) text.line(0, 'VolumeMode:', mode);
  const source = valueAt(claim, 'spec', 'dataSource');
  if (isRecord(source)) describeDataSource(text, source);
  const pods = await readList(session, await session.discovery.named('pods'), { namespace });
  const users = pods.filter((pod) => claimsOf(pod).includes(name));
  text.multiline(
    'Used By',
    users.map((pod) => textAt(pod, 'metadata', 'name')),
  );
};

function describeDataSource(text: DescribeText, source: unknown): void {
  text.line(0, 'DataSource:');
  const group = textAt(source, 'apiGroup');
  if (group) text.line(1, 'APIGroup:', group);
  text.line(1, 'Kind:', textAt(source, 'kind'));
  text.line(1, 'Name:', textAt(source, 'name'));
}

function claimsOf(pod: unknown): string[] {
  return listAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const named = textAt(volume, 'persistentVolumeClaim', 'claimName');
    const isEphemeral = isRecord(valueAt(volume, 'ephemeral'));
    return named || (isEphemeral && `${textAt(pod, 'metadata', 'name')}-${textAt(volume, 'name')}`) || [];
  });
}

export const describeStorageClass: Describer = async (text, storageClass) => {
  const annotations = textsAt(storageClass, 'metadata', 'annotations');
  const isDefault = defaultAnnotations.some((key) => annotations[key] === 'true');
  text.line(0, 'Name:', textAt(storageClass, 'metadata', 'name'));
  text.line(0, 'IsDefaultClass:', isDefault ? 'Yes' : 'No');
  text.line(0, 'Annotations:', labelsText(annotations));
  text.line(0, 'Provisioner:', textAt(storageClass, 'provisioner'));
  text.line(0, 'Parameters:', labelsText(textsAt(storageClass, 'parameters')));
  const expansion = valueAt(storageClass, 'allowVolumeExpansion');
  text.line(0, 'AllowVolumeExpansion:', expansion === undefined ? '<unset>' : boolText(expansion));
  const options = listAt(storageClass, 'mountOptions');
  text.line(0, 'MountOptions:', ...(options.length === 0 ? ['<none>'] : []));
  for (const option of options) text.line(1, String(option));
  text.line(0, 'ReclaimPolicy:', textAt(storageClass, 'reclaimPolicy'));
  text.line(0, 'VolumeBindingMode:', textAt(storageClass, 'volumeBindingMode'));
  describeTopologies(text, storageClass);
};

/** As Go formats labels on one line. */
function labelsText(labels: Readonly<Record<string, string>>): string {
  const keys = Object.keys(labels).sort();
  return keys.map((key) => `${key}=${labels[key]}`).join(',') || '<none>';
}

function describeTopologies(text: DescribeText, storageClass: unknown): void {
  if (valueAt(storageClass, 'allowedTopologies') === undefined) return;
  const topologies = listAt(storageClass, 'allowedTopologies');
  text.line(0, 'AllowedTopologies:', topologies.length === 0 ? '<none>' : '');
  topologies.forEach((topology, index) => {
    const [first = '<none>', ...others] = listAt(topology, 'matchLabelExpressions').map(
      (expression) => `${textAt(expression, 'key')} in [${listAt(expression, 'values').join(', ')}]`,
    );
    text.line(1, `Term ${index}:`, first);
    for (const other of others) text.line(1, '', other);
  });
}
