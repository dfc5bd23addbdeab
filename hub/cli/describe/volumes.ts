// Volumes of a pod or a pod template.

import { isRecord } from '../../../shared/machinery/index.ts';
import { listAt, textAt, valueAt } from '../json.ts';
import type { DescribeText } from './describe-text.ts';

type Lines = [string, string][];
export type DescribeSource = (source: unknown) => Lines;

const optional = (source: unknown) => (valueAt(source, 'optional') === true ? 'true' : 'false');

/** By the field that says what a volume is. */
export const sources: Readonly<Record<string, DescribeSource>> = {
  hostPath: (source) => [
    ['Type', 'HostPath (bare host directory volume)'],
    ['Path', textAt(source, 'path')],
    ['HostPathType', textAt(source, 'type')],
  ],
  emptyDir: (source) => [
    ['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"],
    ['Medium', textAt(source, 'medium')],
    ['SizeLimit', textAt(source, 'sizeLimit') || '<unset>'],
  ],
  nfs: (source) => [
    ['Type', 'NFS (an NFS mount that lasts the lifetime of a pod)'],
    ['Server', textAt(source, 'server')],
    ['Path', textAt(source, 'path')],
    ['ReadOnly', valueAt(source, 'readOnly') === true ? 'true' : 'false'],
  ],
  secret: (source) => [
    ['Type', 'Secret (a volume populated by a Secret)'],
    ['SecretName', textAt(source, 'secretName')],
    ['Optional', optional(source)],
  ],
  configMap: (source) => [
    ['Type', 'ConfigMap (a volume populated by a ConfigMap)'],
    ['Name', textAt(source, 'name')],
    ['Optional', optional(source)],
  ],
  persistentVolumeClaim: (source) => [
    ['Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)'],
    ['ClaimName', textAt(source, 'claimName')],
    ['ReadOnly', valueAt(source, 'readOnly') === true ? 'true' : 'false'],
  ],
  projected: (source) => [
    ['Type', 'Projected (a volume that contains injected data from multiple sources)'],
    ...listAt(source, 'sources').flatMap(projectedLines),
  ],
  downwardAPI: (source) => [
    ['Type', 'DownwardAPI (a volume populated by information about the pod)'],
    ['Items', ''],
    ...listAt(source, 'items').map((item): [string, string] => [
      `  ${textAt(item, 'fieldRef', 'fieldPath') || textAt(item, 'resourceFieldRef', 'resource')} -> ${textAt(item, 'path')}`,
      '',
    ]),
  ],
};

function projectedLines(source: unknown): Lines {
  const { secret, configMap, serviceAccountToken, downwardAPI } = isRecord(source) ? source : {};
  if (isRecord(secret))
    return [
      ['SecretName', textAt(secret, 'name')],
      ['SecretOptionalName', nullable(secret)],
    ];
  if (isRecord(configMap))
    return [
      ['ConfigMapName', textAt(configMap, 'name')],
      ['ConfigMapOptional', nullable(configMap)],
    ];
  if (isRecord(serviceAccountToken))
    return [['TokenExpirationSeconds', textAt(serviceAccountToken, 'expirationSeconds')]];
  return isRecord(downwardAPI) ? [['DownwardAPI', 'true']] : [];
}

function nullable(source: unknown): string {
  return textAt(source, 'optional') || '<nil>';
}

export function describeVolumes(text: DescribeText, volumes: readonly unknown[], space: string): void {
  text.line(0, `${space}Volumes:`, ...(volumes.length === 0 ? ['<none>'] : []));
  for (const volume of volumes) {
    text.line(1, `${space ? ' ' : ''}${textAt(volume, 'name')}:`);
    const kind = Object.keys(sources).find((field) => isRecord(valueAt(volume, field)));
    const lines = kind === undefined ? undefined : sources[kind]?.(valueAt(volume, kind));
    if (!lines) text.line(1, '<unknown>');
    for (const [title, value] of lines ?? []) {
      if (title.startsWith('  ')) text.line(2, title);
      else text.line(2, `${title}:`, ...(value === '' && title === 'Items' ? [] : [value]));
    }
  }
}
