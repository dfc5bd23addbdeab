// What every cluster has from its first start: namespaces, the RuntimeClass of processes, the mandatory levels of requests,
// and what a board must be able to read before anybody knows it.

import {
  type ConfigMap,
  configmaps,
  flowschemas,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  type Namespace,
  namespaces,
  priorityclasses,
  prioritylevelconfigurations,
  type Resource,
  type RuntimeClass,
  runtimeclasses,
  systemPriorityClasses,
} from '../shared/api/index.ts';
import type { Client } from '../shared/client/index.ts';
import { ApiError, deepEqual, type KubeObject } from '../shared/machinery/index.ts';

export interface BootstrapOptions {
  client: Client;
  /** The CA's certificate, PEM. */
  ca: string;
  mqttPort: number;
  /** Name or address by which boards reach the hub. */
  advertise: string;
}

const systemNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Creates what is missing; leaves alone what people have changed. */
export async function bootstrap({ client, ...facts }: BootstrapOptions): Promise<void> {
  for (const name of systemNamespaces) await ensure(client, namespaces, namespace(name));
  await ensure(client, runtimeclasses, processRuntime);
  for (const priority of systemPriorityClasses) await ensure(client, priorityclasses, priority);
  for (const level of mandatoryPriorityLevels) await ensure(client, prioritylevelconfigurations, level);
  for (const schema of mandatoryFlowSchemas) await ensure(client, flowschemas, schema);
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

/** As kubeadm's cluster-info: readable by everyone, believed only by whoever knows the CA's fingerprint. */
function clusterInfo({ ca, mqttPort, advertise }: Omit<BootstrapOptions, 'client'>): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cluster-info', namespace: 'kube-public' },
    data: { 'ca.crt': ca, mqttPort: String(mqttPort), advertise },
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
  const current = await client.get(configmaps, { name, namespace });
  if (deepEqual(current.data, object.data)) return;
  await client.update(configmaps, { ...current, data: { ...current.data, ...object.data } });
}
