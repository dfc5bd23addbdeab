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

/** Whether the identity is another hub's: a certificate that only a hub, which has the CA's key, can make. */
export function isHub({ name, groups }: Identity): boolean {
  return groups.includes('system:kelp-hubs') && name.startsWith('system:kelp-hub:');
}

/** One end of a connection, as far as topics are concerned. */
export interface TopicUser {
  /** The MQTT client id. */
  readonly client: string;
  /** Set where the identity is a node's. */
  readonly node: string | undefined;
  /** Another hub, which has streams to nodes that are connected here. */
  readonly hub?: boolean;
}

/** The node's name where the identity is a node's. */
export function nodeOf({ name, groups }: Identity): string | undefined {
  const [system, node, nodeName, ...rest] = name.split(':');
  const isNode = groups.includes('system:nodes') && system === 'system' && node === 'node';
  return isNode && nodeName && rest.length === 0 && isLevel(nodeName) ? nodeName : undefined;
}

/** Only known topics, and only in the direction from the client to the hub. */
export function mayPublish({ client, node, hub }: TopicUser, topic: string): boolean {
  const parsed = parseTopic(topic);
  switch (parsed?.kind) {
    case 'rpc':
      return parsed.client === client && parsed.part === 'request';
    case 'acks':
    case 'presence':
    case 'lease':
      return parsed.node === node;
    case 'sync':
      return parsed.node === node && parsed.from === 'agent';
    case 'stream':
      return parsed.from === 'agent' ? parsed.node === node : hub === true;
    case 'desired':
    case 'watch':
    case undefined:
      return false;
  }
}

/** `granted`, `refused`, or what the user must have the right to watch. */
export function ruleOfFilter(
  { client, node, hub }: TopicUser,
  filter: string,
): 'granted' | 'refused' | WatchAsked {
  if (isLevel(client) && filter.startsWith(prefixes.rpc(client))) return 'granted';
  if (node) return filter.startsWith(prefixes.node(node)) ? 'granted' : 'refused';
  if (hub && isForHubs(filter)) return 'granted';
  return watchedBy(filter) ?? livenessAsked(filter) ?? 'refused';
}

/** What another hub hears of a node: whether it is there, and what it says in one stream. */
function isForHubs(topic: string): boolean {
  const parsed = parseTopic(topic);
  return parsed?.kind === 'presence' || (parsed?.kind === 'stream' && parsed.from === 'agent');
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
export function mayReceive({ client, node, hub }: TopicUser, topic: string): boolean {
  if (!node && topic.startsWith(prefixes.watch)) return true;
  if (isLevel(client) && topic.startsWith(prefixes.rpc(client))) return true;
  if (node) return topic.startsWith(prefixes.node(node));
  if (hub && isForHubs(topic)) return true;
  const { kind } = parseTopic(topic) ?? {};
  return kind === 'presence' || kind === 'lease';
}
