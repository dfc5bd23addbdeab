// The topic tree: the only place where a topic is spelled. Builders refuse what would break out of a level,
// parsers answer undefined for what is not ours.

/** One object of the API, as it stands in a topic. `''` is the core group; no namespace: cluster-scoped. */
export interface ObjectAddress {
  group: string;
  resource: string;
  namespace?: string;
  name: string;
}

/** Who speaks: `agent` is read by the hub, `hub` by the agent. */
export type Side = 'agent' | 'hub';

export type Topic =
  | { kind: 'watch'; address: ObjectAddress }
  | { kind: 'desired'; node: string; address: ObjectAddress }
  | { kind: 'acks' | 'presence' | 'lease'; node: string }
  | { kind: 'sync'; node: string; from: Side }
  | { kind: 'stream'; node: string; id: string; from: Side }
  | { kind: 'rpc'; client: string; part: 'request' | 'response' };

const root = 'kelp/v1';
export const watchRoot = `${root}/watch`;
const nodesRoot = `${root}/nodes`;
const rpcRoot = `${root}/rpc`;

/** Longer than any name of Kubernetes (253 bytes). */
const longestLevel = 255;

/** What MQTT gives a meaning, and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[/+#\u0000-\u001f\u007f]/;

/** True where `text` can be one level of a topic. */
export function isLevel(text: string): boolean {
  return text.length > 0 && text.length <= longestLevel && !unsafe.test(text);
}

function level(text: string): string {
  if (!isLevel(text)) throw new TypeError(`${JSON.stringify(text)} cannot be a level of a topic`);
  return text;
}

function spell({ group, resource, namespace, name }: ObjectAddress): string {
  return `${group === '' ? 'core' : level(group)}/${level(resource)}/${namespace ? level(namespace) : '_'}/${level(name)}`;
}

function read(levels: readonly string[]): ObjectAddress | undefined {
  const [group, resource, namespace, name, ...rest] = levels;
  if (!group || !resource || !namespace || !name || rest.length > 0) return undefined;
  return {
    group: group === 'core' ? '' : group,
    resource,
    ...(namespace !== '_' && { namespace }),
    name,
  };
}

/** Where an object's newest state is published; empty payload: deleted. */
export function watchTopic(address: ObjectAddress): string {
  return `${watchRoot}/${spell(address)}`;
}

/** Where a node hears of an object that it is to hold. */
export function desiredTopic(node: string, address: ObjectAddress): string {
  return `${nodesRoot}/${level(node)}/desired/${spell(address)}`;
}

/** What the node has saved durably. */
export function acksTopic(node: string): string {
  return `${nodesRoot}/${level(node)}/acks`;
}

/** Whether the node's agent is there; retained. */
export function presenceTopic(node: string): string {
  return `${nodesRoot}/${level(node)}/presence`;
}

/** A sign of life. */
export function leaseTopic(node: string): string {
  return `${nodesRoot}/${level(node)}/lease`;
}

/** The digest exchange, one topic for each direction. */
export function syncTopic(node: string, from: Side): string {
  return `${nodesRoot}/${level(node)}/sync/${from}`;
}

/** Frames of one stream, one topic for each direction. */
export function streamTopic(node: string, id: string, from: Side): string {
  return `${nodesRoot}/${level(node)}/streams/${level(id)}/${from}`;
}

export function rpcTopic(client: string, part: 'request' | 'response'): string {
  return `${rpcRoot}/${level(client)}/${part}`;
}

/** With what the topics of one owner begin. */
export const prefixes = {
  watch: `${watchRoot}/`,
  node: (node: string): string => `${nodesRoot}/${level(node)}/`,
  rpc: (client: string): string => `${rpcRoot}/${level(client)}/`,
};

/** Filters of those who listen to many. */
export const filters = {
  /** One topic of every node. */
  everyNode(kind: 'acks' | 'presence' | 'lease'): string {
    return `${nodesRoot}/+/${kind}`;
  },
  everySync: `${nodesRoot}/+/sync/agent`,
  everyStream: `${nodesRoot}/+/streams/+/agent`,
  everyRequest: `${rpcRoot}/+/request`,
  /** All that is desired of a node. */
  desired(node: string): string {
    return `${nodesRoot}/${level(node)}/desired/#`;
  },
  /** All that the hub says in streams to a node. */
  streams(node: string): string {
    return `${nodesRoot}/${level(node)}/streams/+/hub`;
  },
  /** All objects of a resource, of one namespace where it is given. */
  watch(scope: { group: string; resource: string; namespace?: string }): string {
    const { group, resource, namespace } = scope;
    const above = `${watchRoot}/${group === '' ? 'core' : level(group)}/${level(resource)}`;
    return namespace ? `${above}/${level(namespace)}/#` : `${above}/#`;
  },
};

/** Takes a topic (not a filter) apart; undefined: it is none of ours. */
export function parseTopic(topic: string): Topic | undefined {
  const [kelp, version, tree, ...levels] = topic.split('/');
  if (`${kelp}/${version}` !== root || !levels.every(isLevel)) return undefined;
  if (tree === 'watch') {
    const address = read(levels);
    return address && { kind: 'watch', address };
  }
  if (tree === 'nodes') return parseNodeTopic(levels);
  const [client, part, ...rest] = levels;
  if (tree !== 'rpc' || !client || rest.length > 0) return undefined;
  return part === 'request' || part === 'response' ? { kind: 'rpc', client, part } : undefined;
}

function parseNodeTopic([node, kind, ...rest]: readonly string[]): Topic | undefined {
  if (!node) return undefined;
  const [first, second] = rest;
  switch (kind) {
    case 'acks':
    case 'presence':
    case 'lease':
      return rest.length === 0 ? { kind, node } : undefined;
    case 'desired': {
      const address = read(rest);
      return address && { kind, node, address };
    }
    case 'sync':
      return rest.length === 1 && isSide(first) ? { kind, node, from: first } : undefined;
    case 'streams':
      return rest.length === 2 && first && isSide(second)
        ? { kind: 'stream', node, id: first, from: second }
        : undefined;
    default:
      return undefined;
  }
}

function isSide(text: string | undefined): text is Side {
  return text === 'agent' || text === 'hub';
}
