// What every cluster has from its first start: namespaces, roles, the RuntimeClass of processes, a class of storage, and what a
// board must be able to read before anybody knows it.

import {
  type ConfigMap,
  configmaps,
  defaultClassAnnotation,
  localProvisioner,
  type Namespace,
  namespaces,
  priorityclasses,
  type Resource,
  type RuntimeClass,
  runtimeclasses,
  type StorageClass,
  storageclasses,
  systemPriorityClasses,
} from '../shared/api/index.ts';
import { clusterInfoHubs, type ListedHub } from '../shared/bus/index.ts';
import type { Client } from '../shared/client/index.ts';
import { ApiError, deepEqual, type KubeObject } from '../shared/machinery/index.ts';
import { bootstrapRoles } from './bootstrap-roles.ts';
import { extensionAuthentication } from './extension-authentication.ts';

export interface ClusterInfoOptions {
  client: Client;
  /** The CA's certificate, PEM. */
  ca: string;
  mqttPort: number;
  /** Name or address by which boards reach the hub. */
  advertise: string;
  /** All hubs, where there may be several. */
  hubs?: readonly ListedHub[];
}

const systemNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Creates what is missing; leaves alone what people have changed. */
export async function bootstrap(client: Client, ca: string): Promise<void> {
  for (const name of systemNamespaces) await ensure(client, namespaces, namespace(name));
  await bootstrapRoles(client);
  await ensure(client, runtimeclasses, processRuntime);
  await ensure(client, storageclasses, localClass);
  for (const priority of systemPriorityClasses) await ensure(client, priorityclasses, priority);
  await ensureData(client, extensionAuthentication(ca));
}

/** Tells boards and people that have not joined yet where the brokers are. */
export async function keepClusterInfo({ client, ...facts }: ClusterInfoOptions): Promise<void> {
  await ensureData(client, clusterInfo(facts));
}

function namespace(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Pods of this class run as supervised processes of the board, without a container. */
const processRuntime: RuntimeClass = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'process' },
  handler: 'process',
};

/** A folder on the node that the first pod is sent to. It has no size of its own, so that it can also grow. */
export const localClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local', annotations: { [defaultClassAnnotation]: 'true' } },
  provisioner: localProvisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/** As kubeadm's cluster-info: readable by everyone, believed only by whoever knows the CA's fingerprint. */
function clusterInfo({ ca, mqttPort, advertise, hubs }: Omit<ClusterInfoOptions, 'client'>): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cluster-info', namespace: 'kube-public' },
    data: {
      'ca.crt': ca,
      ...(hubs ? { hubs: clusterInfoHubs(hubs) } : { mqttPort: String(mqttPort), advertise }),
    },
  };
}

async function ensure<T extends KubeObject>(client: Client, resource: Resource<T>, object: T): Promise<void> {
  try {
    await client.create(resource, object);
  } catch (error) {
    if (!ApiError.is(error, 'AlreadyExists')) throw error;
  }
}

async function ensureData(client: Client, object: ConfigMap): Promise<void> {
  await ensure(client, configmaps, object);
  const { name = '', namespace = '' } = object.metadata ?? {};
  for (;;) {
    const current = await client.get(configmaps, { name, namespace });
    const data = { ...current.data, ...object.data };
    if (deepEqual(current.data, data)) return;
    try {
      await client.update(configmaps, { ...current, data });
      return;
    } catch (error) {
      // Another hub has written it meanwhile.
      if (!ApiError.is(error, 'Conflict')) throw error;
    }
  }
}
