// Which secrets a pod may name where its account says that it has listed them all. Upstream has deprecated this for
// namespaces of their own, and acts on it still. Pure.

import {
  type Container,
  enforceMountableSecrets,
  type PodSpec,
  type ServiceAccount,
} from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

/** What Go takes for true. */
const yes = ['1', 't', 'T', 'TRUE', 'true', 'True'];

type Account = Live<ServiceAccount>;

function isEnforced({ metadata }: Account): boolean {
  return yes.includes(metadata.annotations?.[enforceMountableSecrets] ?? '');
}

/** Why a new pod is refused, in upstream's words; undefined: it names nothing else. */
export function unlistedSecret(account: Account, spec: PodSpec): string | undefined {
  if (!isEnforced(account)) return undefined;
  const { volumes = [], initContainers = [], containers, imagePullSecrets = [] } = spec;
  const pulls = new Set(account.imagePullSecrets?.map(({ name }) => name));
  const pull = imagePullSecrets.findIndex(({ name }) => !pulls.has(name));
  return (
    firstUnlisted(account, [
      ...volumes.flatMap(({ secret }) => (secret ? [['volume with', secret.secretName] as const] : [])),
      ...namedBy('init container', initContainers),
      ...namedBy('container', containers),
    ]) ??
    (pull < 0
      ? undefined
      : `imagePullSecrets[${pull}].name="${imagePullSecrets[pull]?.name}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`)
  );
}

/** The same of containers that are added to a pod. */
export function unlistedLater(account: Account, { ephemeralContainers = [] }: PodSpec): string | undefined {
  if (!isEnforced(account)) return undefined;
  return firstUnlisted(account, namedBy('ephemeral container', ephemeralContainers));
}

type Named = readonly [who: string, secret: string | undefined];

function firstUnlisted({ metadata, secrets }: Account, named: readonly Named[]): string | undefined {
  const listed = new Set(secrets?.map(({ name }) => name));
  const [who, secret] = named.find(([, name]) => !listed.has(name)) ?? [];
  if (who === undefined) return undefined;
  return `${who} secret.secretName="${secret ?? ''}" is not allowed because service account ${metadata.name} does not reference that secret`;
}

function namedBy(noun: string, containers: readonly Pick<Container, 'name' | 'env' | 'envFrom'>[]): Named[] {
  return containers.flatMap(({ name, env = [], envFrom = [] }) => [
    ...env.flatMap(({ name: variable, valueFrom }): Named[] => {
      const secret = valueFrom?.secretKeyRef;
      return secret ? [[`${noun} ${name} with envVar ${variable} referencing`, secret.name]] : [];
    }),
    ...envFrom.flatMap(({ secretRef }): Named[] =>
      secretRef ? [[`${noun} ${name} with envFrom referencing`, secretRef.name]] : [],
    ),
  ]);
}
