// /etc/hosts and /etc/resolv.conf of a pod: written into its folder, and mounted into its containers.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '../../../shared/api/index.ts';
import { isLoopback, readIfThere } from '../../../shared/base/index.ts';
import type { ContainerMount, Runtime } from '../../runtime/index.ts';
import type { PodFacts } from '../container/field-ref.ts';
import { hostsFile } from './hosts-file.ts';
import { podHostname } from './pod-hostname.ts';
import { type DnsConfig, type DnsWarning, parseResolvConf, podDns, resolvConf } from './resolv-conf.ts';

interface Options {
  /** The pod's own. */
  folder: string;
  runtime: Pick<Runtime, 'shortcomings'>;
  warn(warning: DnsWarning): void;
}

const boardHosts = '/etc/hosts';
const boardResolvConf = '/etc/resolv.conf';
/** Behind systemd-resolved the first file names only the board's loopback, which a pod of its own network cannot reach. */
const upstreamResolvConf = '/run/systemd/resolve/resolv.conf';

/** Writes what has changed; answers the mounts. What would say the same as the board's own file is left to that. */
export async function makeNetworkFiles(
  facts: PodFacts,
  { folder, runtime, warn }: Options,
): Promise<ContainerMount[]> {
  const { pod, podIps, hostIps } = facts;
  const sharesNetwork = pod.spec?.hostNetwork === true || podIps.every((ip) => hostIps.includes(ip));
  const { config, warnings } = podDns(facts, await dnsOfBoard(sharesNetwork));
  for (const warning of warnings) warn(warning);
  if (runtime.shortcomings.has('mounts')) return [];

  const ofBoard = sharesNetwork ? await readIfThere(boardHosts) : undefined;
  const { hostname, domain } = podHostname(facts);
  const hosts = hostsFile({
    ...{ aliases: pod.spec?.hostAliases, podIps, hostname, domain },
    ...(ofBoard !== undefined && { ofBoard }),
  });
  const sameHosts = sharesNetwork && !pod.spec?.hostAliases?.length;
  const sameDns = sharesNetwork && isOfBoard(config, await readIfThere(boardResolvConf));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return [
    ...(sameHosts ? [] : [await mounted(join(folder, 'etc-hosts'), boardHosts, hosts)]),
    ...(sameDns ? [] : [await mounted(join(folder, 'resolv.conf'), boardResolvConf, resolvConf(config))]),
  ];
}

/** Without those whose place one of the container's own volumes takes. */
export function besideOwn(
  mounts: readonly ContainerMount[],
  { volumeMounts = [] }: Container,
): ContainerMount[] {
  return mounts.filter(
    ({ containerPath }) => !volumeMounts.some(({ mountPath }) => mountPath === containerPath),
  );
}

async function dnsOfBoard(sharesNetwork: boolean): Promise<DnsConfig> {
  const own = parseResolvConf((await readIfThere(boardResolvConf)) ?? '');
  const isStub = own.servers.every(isLoopback);
  if (sharesNetwork || !isStub) return own;
  const upstream = parseResolvConf((await readIfThere(upstreamResolvConf)) ?? '');
  return upstream.servers.length > 0 ? upstream : own;
}

function isOfBoard(config: DnsConfig, text: string | undefined): boolean {
  return resolvConf(config) === resolvConf(parseResolvConf(text ?? ''));
}

/** In place: another file of that name would not show through a mount that is there already. */
async function mounted(hostPath: string, containerPath: string, text: string): Promise<ContainerMount> {
  const before = await readFile(hostPath, 'utf8').catch(() => undefined);
  if (before !== text) await writeFile(hostPath, text, { mode: 0o644 });
  return { hostPath, containerPath, readOnly: false };
}
