// The name and the domain of a pod (k8s.io/kubernetes pkg/kubelet GeneratePodHostNameAndDomain). Pure.

import type { PodFacts } from '../container/field-ref.ts';

/** The kernel's limit of a host name; upstream cuts the short name one before it. */
const longestHostname = 63;
const longestKernelName = 64;

export interface PodHostname {
  /** Without the domain. */
  hostname: string;
  /** Empty: it has none. */
  domain: string;
  /** What programs of the pod are told: the whole name where the pod asks for that. */
  kernelName: string;
}

/** Throws an Error in kubelet's words where the whole name is too long for the kernel. */
export function podHostname({ pod, nodeName, network }: PodFacts): PodHostname {
  const { name, namespace } = pod.metadata;
  const { hostname: wanted, subdomain, hostNetwork, setHostnameAsFQDN } = pod.spec ?? {};
  const hostname = cut(wanted || name);
  const domain = subdomain ? `${subdomain}.${namespace}.svc.${network.clusterDomain}` : '';
  if (hostNetwork) return { hostname, domain, kernelName: nodeName };
  if (!setHostnameAsFQDN || domain === '') return { hostname, domain, kernelName: hostname };
  const kernelName = `${hostname}.${domain}`;
  if (kernelName.length <= longestKernelName) return { hostname, domain, kernelName };
  const limit = `(${longestKernelName} characters is the max, ${kernelName.length} characters requested)`;
  throw new Error(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${kernelName} is too long ${limit}`,
  );
}

function cut(name: string): string {
  return name.slice(0, longestHostname).replace(/[-.]+$/, '');
}
