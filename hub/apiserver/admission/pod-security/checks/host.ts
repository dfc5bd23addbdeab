// How close a pod comes to its node: namespaces, ports and folders of the host.

import type { PodSpec } from '../../../../../shared/api/index.ts';
import {
  type Check,
  contextsOf,
  namesOf,
  type PodCheck,
  plural,
  quoted,
  settersOf,
  sorted,
  these,
} from './check.ts';

const hostNamespaces: PodCheck = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') };
};

const hostPorts: PodCheck = ({ spec }) => {
  const ports: string[] = [];
  const names = namesOf(spec, (container) => {
    const used = (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
    ports.push(...used);
    return used.length > 0;
  });
  if (names.length === 0) return undefined;
  const listed = sorted(ports);
  const verb = names.length === 1 ? 'uses' : 'use';
  const detail = `${these('container', names)} ${verb} ${plural('hostPort', listed)} ${listed.join(', ')}`;
  return { reason: 'hostPort', detail };
};

const hostPathVolumes: PodCheck = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return names.length > 0 ? { reason: 'hostPath volumes', detail: these('volume', names) } : undefined;
};

const allowedVolumes = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir'],
  ...['ephemeral', 'persistentVolumeClaim', 'projected', 'secret'],
];
const restrictedVolumeTypes = [
  ...['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd'],
  ...[
    'flexVolume',
    'cinder',
    'cephfs',
    'flocker',
    'fc',
    'azureFile',
    'vsphereVolume',
    'quobyte',
    'azureDisk',
  ],
  ...['photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos'],
];

type Volume = NonNullable<PodSpec['volumes']>[number];

/** Undefined: it is allowed. */
function restrictedType(volume: Volume): string | undefined {
  if (allowedVolumes.some((type) => type in volume)) return undefined;
  return restrictedVolumeTypes.find((type) => type in volume) ?? 'unknown';
}

const restrictedVolumes: PodCheck = ({ spec }) => {
  const types: string[] = [];
  const names = (spec.volumes ?? []).flatMap((volume) => {
    const type = restrictedType(volume);
    if (type === undefined) return [];
    types.push(type);
    return [volume.name];
  });
  if (names.length === 0) return undefined;
  const listed = sorted(types);
  const verb = names.length === 1 ? 'uses' : 'use';
  const detail = `${these('volume', names)} ${verb} ${plural('restricted volume type', listed)} ${quoted(listed)}`;
  return { reason: 'restricted volume types', detail };
};

const windowsHostProcess: PodCheck = ({ spec }) => {
  const setters = settersOf(
    spec.securityContext?.windowsOptions?.hostProcess === true,
    contextsOf(spec, ({ windowsOptions }) => windowsOptions?.hostProcess === true),
  );
  if (!setters) return undefined;
  const detail = `${setters} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: 'hostProcess', detail };
};

export const hostChecks: readonly Check[] = [
  { id: 'hostNamespaces', level: 'baseline', versions: [[0, hostNamespaces]] },
  { id: 'hostPathVolumes', level: 'baseline', versions: [[0, hostPathVolumes]] },
  { id: 'hostPorts', level: 'baseline', versions: [[0, hostPorts]] },
  { id: 'windowsHostProcess', level: 'baseline', versions: [[0, windowsHostProcess]] },
  {
    ...{ id: 'restrictedVolumes', level: 'restricted', overrides: 'hostPathVolumes' },
    versions: [[0, restrictedVolumes]],
  },
];
