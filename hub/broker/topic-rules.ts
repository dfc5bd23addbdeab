// Who may use which topic. Nodes: what stands below their own name. People and programs: what they may watch, and their
// own pair of rpc topics.

import { isLevel, parseTopic, prefixes, type WatchAsked, watchedBy } from '../../shared/bus/index.ts';

/** Who was authenticated. */
export interface Identity {
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Record<string, string[]>;
}

/** One end of a connection, as far as topics are concerned. */
export interface TopicUser {
  /** The MQTT client id. */
  readonly client: string;
  /** Set where the identity is a node's. */
  readonly node: string | undefined;
}

/** The node's name where the identity is a node's. */
export function nodeOf({ name, groups }: Identity): string | undefined {
  const [system, node, nodeName, ...rest] = name.split(':');
  const isNode = groups.includes('system:nodes') && system === 'system' && node === 'node';
  return isNode && nodeName && rest.length === 0 && isLevel(nodeName) ? nodeName : undefined;
}

/** Only known topics, and only in the direction from the client to the hub. */
export function mayPublish({ client, node }: TopicUser, topic: string): boolean {
  const parsed = parseTopic(topic);
  switch (parsed?.kind) {
    case 'rpc':
      return parsed.client === client && parsed.part === 'request';
    case 'acks':
    case 'presence':
    case 'lease':
      return parsed.node === node;
    case 'sync':
    case 'stream':
      return parsed.node === node && parsed.from === 'agent';
    case 'desired':
    case 'watch':
    case undefined:
      return false;
  }
}

/** `granted`, `refused`, or what the user must have the right to watch. */
export function ruleOfFilter(
  { client, node }: TopicUser,
  filter: string,
): 'granted' | 'refused' | WatchAsked {
  if (isLevel(client) && filter.startsWith(prefixes.rpc(client))) return 'granted';
  if (node) return filter.startsWith(prefixes.node(node)) ? 'granted' : 'refused';
  return watchedBy(filter) ?? livenessAsked(filter) ?? 'refused';
}

/** Presence is a part of a node's state, leases mirror the Lease objects: the right is the one to watch those. */
function livenessAsked(filter: string): WatchAsked | undefined {
  const topic = parseTopic(filter.replace('/+/', '/any node/'));
  if (topic?.kind !== 'presence' && topic?.kind !== 'lease') return undefined;
  const name = topic.node === 'any node' ? {} : { name: topic.node };
  return topic.kind === 'presence'
    ? { group: '', resource: 'nodes', ...name }
    : { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease', ...name };
}

/** The last look before a message goes out: what `ruleOfFilter` grants can match nothing else. */
export function mayReceive({ client, node }: TopicUser, topic: string): boolean {
  if (isLevel(client) && topic.startsWith(prefixes.rpc(client))) return true;
  if (node) return topic.startsWith(prefixes.node(node));
  if (topic.startsWith(prefixes.watch)) return true;
  const { kind } = parseTopic(topic) ?? {};
  return kind === 'presence' || kind === 'lease';
}
