// Which cluster, and as whom: from --kubeconfig, $KUBECONFIG, or $KELP_HOME/admin.kubeconfig.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kelpHome, UserError } from '../../shared/base/index.ts';

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
}

export interface AccessFlags {
  kubeconfig?: string;
  context?: string;
  /** Overrides the context's. */
  namespace?: string;
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
  const path =
    flags.kubeconfig ?? env.KUBECONFIG?.split(':').find(Boolean) ?? join(kelpHome(env), 'admin.kubeconfig');
  const config = await parse(path);
  const contextName = flags.context ?? config['current-context'];
  const context = config.contexts?.find(({ name }) => name === contextName)?.context;
  if (!context) throw new UserError(`${path}: there is no context "${contextName ?? ''}"`);
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster?.server)
    throw new UserError(`${path}: there is no cluster "${context.cluster ?? ''}" with a server`);
  const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
  const pem = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, 'base64').toString() : file ? read(file) : undefined;
  const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = pem(user['client-certificate-data'], user['client-certificate']);
  const key = pem(user['client-key-data'], user['client-key']);
  const token = user.token ?? (user.tokenFile ? read(user.tokenFile).trim() : undefined);
  return {
    server: cluster.server,
    ...(ca && { ca }),
    ...(cert && key && { certificate: { cert, key } }),
    ...(token && { token }),
    namespace: flags.namespace ?? context.namespace ?? 'default',
    insecure: cluster['insecure-skip-tls-verify'] === true,
  };
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
