// From a manifest to a static pod, and from that to its mirror: the object by which the hub shows it. Pure.
// As upstream: uid and annotation are a hash of what the file says, the name ends with the node's.

import { createHash } from 'node:crypto';
import { mirrorPod, type Pod, qosClass } from '../../../shared/api/index.ts';
import { canonicalJson, formatTime, type Live, type ObjectMeta } from '../../../shared/machinery/index.ts';

const annotation = (name: string) => `kubernetes.io/config.${name}`;

const hashKey = annotation('hash');

interface Named {
  metadata?: ObjectMeta;
}

export const isMirror = ({ metadata }: Named) => metadata?.annotations?.[mirrorPod] !== undefined;
export const isStatic = ({ metadata }: Named) =>
  metadata?.annotations?.[annotation('source')] === 'file' && !isMirror({ metadata });
/** The hash that a static pod and its mirror have in common. */
export const configHash = ({ metadata }: Named) => metadata?.annotations?.[hashKey] ?? '';

interface Origin {
  /** The file's name. */
  file: string;
  nodeName: string;
  /** When it was first seen, milliseconds since the epoch. */
  seenAt: number;
}

export function staticPod(manifest: Pod, { file, nodeName, seenAt }: Origin): Live<Pod> {
  const hash = createHash('sha256')
    .update(canonicalJson({ file, nodeName, manifest }))
    .digest('hex')
    .slice(0, 32);
  const { name = '', namespace = 'default', labels, annotations } = manifest.metadata ?? {};
  const spec = manifest.spec ?? { containers: [] };
  const tolerations = [...(spec.tolerations ?? []), { effect: 'NoExecute', operator: 'Exists' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name: `${name}-${nodeName}`, namespace, uid: hash, resourceVersion: '0' },
      creationTimestamp: formatTime(seenAt),
      ...(labels && { labels }),
      annotations: {
        ...annotations,
        [hashKey]: hash,
        [annotation('seen')]: new Date(seenAt).toISOString(),
        [annotation('source')]: 'file',
      },
    },
    spec: { ...spec, nodeName, tolerations },
    status: { phase: 'Pending', qosClass: qosClass(spec) },
  };
}

/** What is created at the hub; its owner, the node, is added by whoever knows that object. */
export function mirrorOf({ metadata, spec }: Live<Pod>): Pod {
  const { name, namespace = '', labels, annotations = {} } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace },
      ...(labels && { labels }),
      annotations: { ...annotations, [mirrorPod]: annotations[hashKey] ?? '' },
    },
    ...(spec && { spec }),
  };
}

/** `namespace/name`: what a static pod and its mirror, and a pod and its successor, have in common. */
export const fullName = ({ metadata }: Named) => `${metadata?.namespace}/${metadata?.name}`;
