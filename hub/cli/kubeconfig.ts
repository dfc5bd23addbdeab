// Which cluster, and as whom: from --kubeconfig, $KUBECONFIG, or $KELP_HOME/admin.kubeconfig.

import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { kelpHome, UserError } from '../../shared/base/index.ts';
import { parseDuration } from '../../shared/machinery/index.ts';

/** One cluster and one user of it. */
export interface Access {
  /** e.g. `https://127.0.0.1:6443` */
  server: string;
  /** PEM */
  ca?: string;
  certificate?: { cert: string; key: string };
  token?: string;
  /** Where commands look that name no namespace. */
  namespace: string;
  /** The server's certificate is taken as it is. */
  insecure: boolean;
  /** As whom a request is to count. */
  impersonation: Impersonation;
  /** Milliseconds that an answer may take; absent: as long as is usual. */
  timeout?: number;
}

export interface Impersonation {
  user?: string;
  groups: readonly string[];
}

/** What each request carries of who asks. */
export function identityHeaders({ token, impersonation }: Access): Record<string, string | string[]> {
  const { user, groups } = impersonation;
  return {
    'user-agent': 'kelp',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(user && { 'impersonate-user': user }),
    ...(groups.length > 0 && { 'impersonate-group': [...groups] }),
  };
}

export interface AccessFlags {
  kubeconfig?: string;
  context?: string;
  /** Overrides the context's. */
  namespace?: string;
  cluster?: string;
  user?: string;
  server?: string;
  token?: string;
  certificateAuthority?: string;
  insecureSkipTlsVerify?: boolean;
  as?: string;
  asGroup?: string[];
  requestTimeout?: string;
}

interface Kubeconfig {
  'current-context'?: string;
  clusters?: { name: string; cluster?: ClusterEntry }[];
  users?: { name: string; user?: UserEntry }[];
  contexts?: { name: string; context?: { cluster?: string; user?: string; namespace?: string } }[];
}

interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
}

interface UserEntry {
  token?: string;
  tokenFile?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
}

/** Throws UserError, naming the file and what is missing. */
export async function loadAccess(
  flags: AccessFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Access> {
  const { config, path } = await load(flags, env);
  const contextName = flags.context ?? config['current-context'];
  const context = config.contexts?.find(({ name }) => name === contextName)?.context;
  if (!context && !flags.server) throw new UserError(`${path}: there is no context "${contextName ?? ''}"`);
  const clusterName = flags.cluster ?? context?.cluster;
  const cluster = config.clusters?.find(({ name }) => name === clusterName)?.cluster ?? {};
  const server = flags.server ?? cluster.server;
  if (!server) throw new UserError(`${path}: there is no cluster "${clusterName ?? ''}" with a server`);
  const userName = flags.user ?? context?.user;
  const known = config.users?.find(({ name }) => name === userName)?.user;
  if (flags.user && !known) throw new UserError(`${path}: there is no user "${flags.user}"`);
  // Whoever names a token wants to be known by that.
  const user: UserEntry = flags.token ? { token: flags.token } : (known ?? {});
  const pem = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, 'base64').toString() : file ? read(file) : undefined;
  const ca = flags.certificateAuthority
    ? read(flags.certificateAuthority)
    : pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = pem(user['client-certificate-data'], user['client-certificate']);
  const key = pem(user['client-key-data'], user['client-key']);
  const token = user.token ?? (user.tokenFile ? read(user.tokenFile).trim() : undefined);
  return {
    server: checkedServer(server),
    ...(ca && { ca }),
    ...(cert && key && { certificate: { cert, key } }),
    ...(token && { token }),
    namespace: flags.namespace ?? context?.namespace ?? 'default',
    insecure: flags.insecureSkipTlsVerify ?? cluster['insecure-skip-tls-verify'] === true,
    impersonation: { ...(flags.as && { user: flags.as }), groups: flags.asGroup ?? [] },
    ...timeoutOf(flags.requestTimeout),
  };
}

function checkedServer(server: string): string {
  if (URL.canParse(server) && new URL(server).protocol === 'https:') return server;
  throw new UserError(`server ${server}: must be the address of a hub, https://HOST:PORT`);
}

function timeoutOf(text: string | undefined): { timeout?: number } {
  if (text === undefined || text === '0') return {};
  try {
    return { timeout: parseDuration(/^\d+$/.test(text) ? `${text}s` : text) };
  } catch {
    throw new UserError(`--request-timeout ${text}: must be seconds, or a duration such as 5s or 2m`);
  }
}

/** Several files in $KUBECONFIG count as one, as for kubectl: what comes first wins, and one that is not there is passed over. */
async function load(
  { kubeconfig, server }: AccessFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ config: Kubeconfig; path: string }> {
  const listed = env.KUBECONFIG?.split(delimiter).filter(Boolean) ?? [];
  const [first = join(kelpHome(env), 'admin.kubeconfig')] = kubeconfig ? [kubeconfig] : listed;
  const there = kubeconfig ? [] : listed.filter((path) => existsSync(path));
  const paths = there.length > 0 ? there : [first];
  // With its address on the command line nothing else need be known of the cluster.
  if (server && !kubeconfig && !existsSync(paths[0] ?? '')) return { config: {}, path: first };
  const configs = await Promise.all(paths.map(async (path) => absolute(await parse(path), dirname(path))));
  return {
    path: paths.join(delimiter),
    config: {
      'current-context': configs.find((config) => config['current-context'])?.['current-context'],
      clusters: configs.flatMap(({ clusters }) => clusters ?? []),
      users: configs.flatMap(({ users }) => users ?? []),
      contexts: configs.flatMap(({ contexts }) => contexts ?? []),
    },
  };
}

/** Files that it names are beside it. */
function absolute(config: Kubeconfig, directory: string): Kubeconfig {
  for (const { cluster } of config.clusters ?? []) resolveIn(cluster, directory, ['certificate-authority']);
  for (const { user } of config.users ?? [])
    resolveIn(user, directory, ['client-certificate', 'client-key', 'tokenFile']);
  return config;
}

function resolveIn<K extends string>(
  entry: { [key in K]?: string } | undefined,
  directory: string,
  keys: readonly K[],
): void {
  for (const key of keys) if (entry?.[key]) entry[key] = resolve(directory, entry[key]);
}

async function parse(path: string): Promise<Kubeconfig> {
  const text = read(path);
  try {
    // The one that the hub writes is JSON: no YAML reader is loaded for it.
    return JSON.parse(text) as Kubeconfig;
  } catch {
    const { parse: parseYaml } = await import('yaml');
    try {
      return (parseYaml(text) ?? {}) as Kubeconfig;
    } catch (error) {
      throw new UserError(
        `${path}: no kubeconfig: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
      );
    }
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UserError(
        `there is no ${path}: start a hub with 'kelp up', or name a kubeconfig with --kubeconfig`,
      );
    }
    throw new UserError(`${path} can't be read: ${error instanceof Error ? error.message : error}`);
  }
}
