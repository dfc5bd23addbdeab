// A container's environment: envFrom, then env in order, each with references resolved and $(NAME) expanded.

import type { Container } from '../../../shared/api/index.ts';
import { isLoopback, messageOf } from '../../../shared/base/index.ts';
import type { DesiredState } from '../../link/index.ts';
import { RuntimeFailure } from '../../runtime/index.ts';
import { fieldValue, type PodFacts, resourceValue } from './field-ref.ts';
import { serviceVariables } from './service-links.ts';
import { expandVariables } from './variables.ts';

type EnvVar = NonNullable<Container['env']>[number];
type Source = NonNullable<EnvVar['valueFrom']>;
type EnvFrom = NonNullable<Container['envFrom']>[number];
/** A reference as the API has it; the published types leave out `name` where upstream embeds it. */
interface Reference {
  name?: string;
  optional?: boolean;
}

export interface Environment {
  variables: { name: string; value: string }[];
  /** What was left out, in kubelet's words: for an event. */
  warnings: string[];
}

type Desired = Pick<DesiredState, 'configMap' | 'secret' | 'services'>;

/** Throws RuntimeFailure(CreateContainerConfigError) in kubelet's words. */
export function environmentOf(facts: PodFacts, container: Container, desired: Desired): Environment {
  const variables = new Map<string, string>();
  const ofCluster = new Map([...linksOf(facts, desired), ...clusterVariables(facts)]);
  const warnings: string[] = [];
  for (const from of container.envFrom ?? []) addAll(from, facts, desired, variables, warnings);
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, facts, container, desired, new Map([...ofCluster, ...variables]));
    if (value !== undefined) variables.set(variable.name, value);
  }
  for (const [name, value] of ofCluster) if (!variables.has(name)) variables.set(name, value);
  return { variables: [...variables].map(([name, value]) => ({ name, value })), warnings };
}

/** The Services that there are at its start. */
function linksOf({ pod }: PodFacts, desired: Desired): Map<string, string> {
  if (pod.spec?.enableServiceLinks === false) return new Map();
  return serviceVariables(desired.services(pod.metadata.namespace ?? ''));
}

/** Where the API is, as every pod of a cluster is told; the Service `kubernetes` by its usual names. */
function clusterVariables(facts: PodFacts): Map<string, string> {
  const { apiServer } = facts.network;
  if (!apiServer) return new Map();
  const { port } = apiServer;
  const host = hostFor(facts, apiServer.host);
  const url = `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Map(
    Object.entries({
      KUBERNETES_SERVICE_HOST: host,
      KUBERNETES_SERVICE_PORT: `${port}`,
      KUBERNETES_SERVICE_PORT_HTTPS: `${port}`,
      KUBERNETES_PORT: url,
      [`KUBERNETES_PORT_${port}_TCP`]: url,
      [`KUBERNETES_PORT_${port}_TCP_PROTO`]: 'tcp',
      [`KUBERNETES_PORT_${port}_TCP_PORT`]: `${port}`,
      [`KUBERNETES_PORT_${port}_TCP_ADDR`]: host,
    }),
  );
}

/** What runs on this board itself is reached at the board's address from a network of the pod's own. */
function hostFor({ podIps: [podIp], hostIps }: PodFacts, host: string): string {
  const hasOwnNetwork = podIp !== undefined && !hostIps.includes(podIp);
  return hasOwnNetwork && isLoopback(host) ? (hostIps[0] ?? host) : host;
}

function configError(message: string): RuntimeFailure {
  return new RuntimeFailure('CreateContainerConfigError', message);
}

function dataOf(
  kind: 'configmap' | 'secret',
  { name = '', optional }: Reference,
  facts: PodFacts,
  desired: Desired,
): Record<string, string> | undefined {
  const namespace = facts.pod.metadata.namespace ?? '';
  if (kind === 'configmap') {
    const found = desired.configMap(namespace, name);
    if (!found && !optional) throw configError(`configmap "${name}" not found`);
    return found?.data;
  }
  const found = desired.secret(namespace, name);
  if (!found && !optional) throw configError(`secret "${name}" not found`);
  const entries = Object.entries(found?.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function addAll(
  { configMapRef, secretRef, prefix = '' }: EnvFrom,
  facts: PodFacts,
  desired: Desired,
  variables: Map<string, string>,
  warnings: string[],
): void {
  const reference: Reference = configMapRef ?? secretRef ?? {};
  const data = dataOf(configMapRef ? 'configmap' : 'secret', reference, facts, desired) ?? {};
  const refused: string[] = [];
  for (const [key, value] of Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = prefix + key;
    // v1.32 takes every printable ASCII character except '='.
    if (/^[ -<>-~]+$/.test(name)) variables.set(name, value);
    else refused.push(name);
  }
  if (refused.length > 0) {
    const from = `${configMapRef ? 'configMap' : 'secret'} ${facts.pod.metadata.namespace}/${reference.name}`;
    warnings.push(
      `Keys [${refused.join(', ')}] from the EnvFrom ${from} were skipped since they are considered invalid environment variable names.`,
    );
  }
}

function variableValue(
  { value, valueFrom }: EnvVar,
  facts: PodFacts,
  container: Container,
  desired: Desired,
  variables: ReadonlyMap<string, string>,
): string | undefined {
  if (!valueFrom) return expandVariables(value ?? '', (name) => variables.get(name));
  return referenced(valueFrom, facts, container, desired);
}

function referenced(
  source: Source,
  facts: PodFacts,
  container: Container,
  desired: Desired,
): string | undefined {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef || resourceFieldRef) {
    try {
      if (fieldRef) return fieldValue(facts, fieldRef.fieldPath);
      if (resourceFieldRef) return resourceValue(facts, resourceFieldRef, container);
    } catch (error) {
      throw configError(messageOf(error));
    }
  }
  const keyRef = configMapKeyRef ?? secretKeyRef;
  if (!keyRef) return '';
  const data = dataOf(configMapKeyRef ? 'configmap' : 'secret', keyRef, facts, desired);
  const found = data?.[keyRef.key];
  if (found !== undefined || keyRef.optional) return found;
  const owner = `${configMapKeyRef ? 'ConfigMap' : 'Secret'} ${facts.pod.metadata.namespace}/${keyRef.name}`;
  throw configError(`couldn't find key ${keyRef.key} in ${owner}`);
}
