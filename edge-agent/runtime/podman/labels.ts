// How containers and pods of podman are known as ours: labels that say everything, so that after a crash nothing else is
// needed. What has no such label, or another agent's, is never touched.

import type { ContainerIdentity, ContainerSpec, Sandbox } from '../runtime.ts';

const label = {
  agent: 'io.kelp.agent',
  podUid: 'io.kelp.pod.uid',
  podNamespace: 'io.kelp.pod.namespace',
  podName: 'io.kelp.pod.name',
  container: 'io.kelp.container.name',
  attempt: 'io.kelp.container.attempt',
  specHash: 'io.kelp.container.hash',
  image: 'io.kelp.container.image',
  imageId: 'io.kelp.container.image-id',
  logPath: 'io.kelp.container.log',
  flags: 'io.kelp.container.flags',
};

const flagNames = ['stdin', 'stdinOnce', 'tty'] as const;

export type Labels = Record<string, string>;

/** What a container is, beside podman's own knowledge of it. */
export interface ContainerFacts extends ContainerIdentity {
  image: string;
  imageId: string;
  specHash: string;
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
}

/** The filter that finds everything of this agent. `agent`: its data directory, one per agent of a machine. */
export function ownFilter(agent: string): string {
  return JSON.stringify({ label: [`${label.agent}=${agent}`] });
}

/** Of a container that never starts: one that is found was left by an agent that ended, and is removed. */
export function passingLabels(agent: string): Labels {
  return { [label.agent]: agent, [label.container]: '-' };
}

export function podLabels(agent: string, { uid, namespace, name }: Sandbox): Labels {
  return {
    [label.agent]: agent,
    [label.podUid]: uid,
    [label.podNamespace]: namespace,
    [label.podName]: name,
  };
}

export function containerFacts(spec: ContainerSpec, imageId: string, specHash: string): ContainerFacts {
  const { podUid, podNamespace, podName, name, attempt, image, logPath } = spec;
  const { stdin = false, stdinOnce = false, tty = false } = spec;
  const identity = { podUid, podNamespace, podName, name, attempt };
  return { ...identity, image, imageId, specHash, logPath, stdin, stdinOnce, tty };
}

export function containerLabels(agent: string, facts: ContainerFacts): Labels {
  return {
    [label.agent]: agent,
    [label.podUid]: facts.podUid,
    [label.podNamespace]: facts.podNamespace,
    [label.podName]: facts.podName,
    [label.container]: facts.name,
    [label.attempt]: String(facts.attempt),
    [label.specHash]: facts.specHash,
    [label.image]: facts.image,
    [label.imageId]: facts.imageId,
    [label.logPath]: facts.logPath,
    [label.flags]: flagNames.filter((flag) => facts[flag]).join(' '),
  };
}

/** Undefined: a container of the pod itself (its pause process). */
export function factsIn(labels: Labels): ContainerFacts | undefined {
  const name = labels[label.container];
  if (name === undefined) return undefined;
  const flags = (labels[label.flags] ?? '').split(' ');
  return {
    podUid: podUidIn(labels),
    podNamespace: labels[label.podNamespace] ?? '',
    podName: labels[label.podName] ?? '',
    name,
    attempt: Number(labels[label.attempt] ?? 0),
    image: labels[label.image] ?? '',
    imageId: labels[label.imageId] ?? '',
    specHash: labels[label.specHash] ?? '',
    logPath: labels[label.logPath] ?? '',
    stdin: flags.includes('stdin'),
    stdinOnce: flags.includes('stdinOnce'),
    tty: flags.includes('tty'),
  };
}

export function podUidIn(labels: Labels): string {
  return labels[label.podUid] ?? '';
}

/** Readable in `podman ps`, and unique: creating the same one twice fails. */
export function containerName({ name, podName, podNamespace, podUid, attempt }: ContainerIdentity): string {
  return `kelp_${name}_${podName}_${podNamespace}_${podUid}_${attempt}`;
}

export function podName({ name, namespace, uid }: Sandbox): string {
  return `kelp_${name}_${namespace}_${uid}`;
}
