// The volume by which every container reaches the API as its pod's account: a token that is renewed, the cluster's
// authority, and the namespace (upstream's TokenVolumeSource). Pure.

import type { Container, PodSpec } from '../../../shared/api/index.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

const prefix = 'kube-api-access-';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour, and a mark by which the API server knows such tokens. */
const expirationSeconds = 3607;

/**
 * Puts the volume into containers that have nothing at its place. `ending` completes the volume's name: the same for all
 * pods of an account, so that pods that were made alike stay so.
 */
export function addTokenVolume(spec: PodSpec, ending: string): void {
  const known = spec.volumes?.find(({ name = '' }) => name.startsWith(prefix))?.name;
  const lacking = [...(spec.initContainers ?? []), ...spec.containers].filter(lacksToken);
  if (lacking.length === 0) return;
  const name = known ?? `${prefix}${ending}`;
  for (const container of lacking) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  }
  if (known === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function lacksToken({ volumeMounts = [] }: Container): boolean {
  return !volumeMounts.some((mount) => mount.mountPath === mountPath);
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
