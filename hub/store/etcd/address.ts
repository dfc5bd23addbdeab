// Where etcd is, as a user writes it: `etcd://[user:password@]host[:port][,host[:port]…][/prefix]`, `etcds://` with TLS.

import { UserError } from '../../../shared/base/index.ts';

export interface EtcdAddress {
  /** `host:port` each. */
  endpoints: readonly string[];
  tls: boolean;
  user?: EtcdUser;
  /** All keys begin with it, e.g. `/kelp`: clusters with different ones share an etcd. */
  prefix: string;
}

export interface EtcdUser {
  name: string;
  password: string;
}

const form = /^(etcds?):\/\/(?:([^@/]*)@)?([^@/]*)(\/[^?#]*)?$/;
const endpointForm = /^(\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9._-]+)(?::(\d+))?$/;
const defaultPort = 2379;
const defaultPrefix = '/kelp';

export function isEtcdAddress(text: string): boolean {
  return /^etcds?:/.test(text);
}

/** Throws UserError, naming what is wrong. */
export function parseEtcdAddress(text: string): EtcdAddress {
  const [, scheme, user, hosts, path = ''] = form.exec(text) ?? [];
  if (hosts === undefined) {
    throw new UserError(`store: ${withoutPassword(text)}: must be etcd://host:2379[,host:2379…][/prefix]`);
  }
  const prefix = path.replace(/\/+$/, '');
  return {
    endpoints: hosts.split(',').map(endpointOf),
    tls: scheme === 'etcds',
    ...(user !== undefined && { user: parseEtcdUser(user, 'store') }),
    prefix: prefix || defaultPrefix,
  };
}

/** `name:password`, percent-encoded where it has to be. */
function parseEtcdUser(text: string, field: string): EtcdUser {
  const [, name, password] = /^([^:]+):(.+)$/.exec(text) ?? [];
  if (name === undefined || password === undefined) {
    throw new UserError(`${field}: the user of etcd must be name:password`);
  }
  try {
    return { name: decodeURIComponent(name), password: decodeURIComponent(password) };
  } catch (cause) {
    throw new UserError(`${field}: the user of etcd is not percent-encoded as it should be`, { cause });
  }
}

/** The content of a file: one line, `name:password`, as they are. Throws UserError. */
export function parseEtcdUserFile(content: string, path: string): EtcdUser {
  const [, name, password] = /^([^:\n]+):([^\n]+)\n?$/.exec(content) ?? [];
  if (name === undefined || password === undefined) {
    throw new UserError(`storeUserFile: ${path} must hold one line, name:password`);
  }
  return { name, password };
}

function endpointOf(text: string): string {
  const [, host, port = String(defaultPort)] = endpointForm.exec(text) ?? [];
  if (host === undefined) throw new UserError(`store: "${text}" is not a host[:port] of etcd`);
  if (Number(port) < 1 || Number(port) > 65_535) throw new UserError(`store: ${text}: port must be 1–65535`);
  return `${host}:${port}`;
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/.*@/, '//…@');
}
