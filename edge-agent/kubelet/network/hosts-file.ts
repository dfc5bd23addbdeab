// /etc/hosts of a pod, in the words of the kubelet (pkg/kubelet/kubelet_pods.go, managedHostsFileContent). Pure.

import type { PodSpec } from '../../../shared/api/index.ts';

interface Request {
  aliases: PodSpec['hostAliases'];
  podIps: readonly string[];
  hostname: string;
  domain: string;
  /** The board's own file, where the pod shares the board's network. */
  ofBoard?: string;
}

export function hostsFile({ aliases = [], podIps, hostname, domain, ofBoard }: Request): string {
  const names = domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`;
  const base =
    ofBoard === undefined
      ? `${loopback}${podIps.map((ip) => `${ip}\t${names}\n`).join('')}`
      : `# Kubernetes-managed hosts file (host network).\n${ofBoard}`;
  const lines = aliases.map(({ ip, hostnames = [] }) => `${[ip, ...hostnames].join('\t')}\n`);
  return lines.length === 0 ? base : `${base}\n# Entries added by HostAliases.\n${lines.join('')}`;
}

const loopback = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;
