// /etc/resolv.conf of a pod, from its dnsPolicy, its dnsConfig, the board's own file and the cluster's DNS
// (k8s.io/kubernetes pkg/kubelet/network/dns). Pure.

import type { PodFacts } from '../container/field-ref.ts';

export interface DnsConfig {
  servers: readonly string[];
  searches: readonly string[];
  options: readonly string[];
}

export interface DnsWarning {
  /** `node`: it is the same for every pod here, and is said once. */
  about: 'node' | 'pod';
  reason: 'MissingClusterDNS' | 'DNSConfigForming';
  message: string;
}

const clusterOptions = ['ndots:5'];
/** Of the resolver; the kubelet cuts to the same. */
const mostServers = 3;
const mostSearches = 32;
const longestSearches = 2048;
/** Of a DNS subdomain (RFC 1123). */
const longestName = 253;

/** What a resolv.conf says; the last `search` counts, as for the resolver. */
export function parseResolvConf(text: string): DnsConfig {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  );
  const of = (word: string) => lines.filter(([first]) => first === word).map(([, ...rest]) => rest);
  return {
    servers: of('nameserver').flatMap(([server]) => (server ? [server] : [])),
    searches:
      of('search')
        .at(-1)
        ?.map((name) => name.replace(/(.)\.$/, '$1')) ?? [],
    options: of('options').at(-1) ?? [],
  };
}

export function resolvConf({ servers, searches, options }: DnsConfig): string {
  return [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

/** `ofBoard`: what the board itself uses. */
export function podDns(facts: PodFacts, ofBoard: DnsConfig): { config: DnsConfig; warnings: DnsWarning[] } {
  const { config, warnings } = byPolicy(facts, ofBoard);
  const { nameservers = [], searches = [], options = [] } = facts.pod.spec?.dnsConfig ?? {};
  const own = options.map(({ name = '', value }) => (value ? `${name}:${value}` : name));
  const merged = {
    servers: unique([...config.servers, ...nameservers]),
    searches: unique([...config.searches, ...searches]),
    options: mergedOptions(config.options, own),
  };
  const fitting = withinLimits(merged);
  return { config: fitting.config, warnings: [...warnings, ...fitting.warnings] };
}

function byPolicy(facts: PodFacts, ofBoard: DnsConfig): { config: DnsConfig; warnings: DnsWarning[] } {
  const { pod, network } = facts;
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false } = pod.spec ?? {};
  if (dnsPolicy === 'None') return { config: { servers: [], searches: [], options: [] }, warnings: [] };
  const ofCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  if (!ofCluster) return { config: ofBoard, warnings: [] };
  if (network.clusterDns.length === 0) {
    return { config: ofBoard, warnings: [missing(pod, dnsPolicy)] };
  }
  const domain = network.clusterDomain;
  const own = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  const searches = unique([...own, ...ofBoard.searches]);
  return { config: { servers: network.clusterDns, searches, options: clusterOptions }, warnings: [] };
}

/** ClusterFirst is what pods have that ask for nothing; who names the other policy counts on the cluster's names. */
function missing({ metadata: { name, namespace, uid } }: PodFacts['pod'], policy: string): DnsWarning {
  const why = `kubelet does not have ClusterDNS IP configured and cannot create Pod using "${policy}" policy. Falling back to "Default" policy.`;
  if (policy === 'ClusterFirst') return { about: 'node', reason: 'MissingClusterDNS', message: why };
  const message = `pod: "${name}_${namespace}(${uid})". ${why}`;
  return { about: 'pod', reason: 'MissingClusterDNS', message };
}

/** An option of the pod takes the place of one of that name. */
function mergedOptions(base: readonly string[], own: readonly string[]): string[] {
  const nameOf = (option: string) => option.split(':', 1)[0] ?? option;
  const byName = new Map([...base, ...own].map((option) => [nameOf(option), option]));
  return [...byName.values()];
}

function withinLimits({ servers, searches, options }: DnsConfig): {
  config: DnsConfig;
  warnings: DnsWarning[];
} {
  const warnings: DnsWarning[] = [];
  const kept = servers.slice(0, mostServers);
  if (kept.length < servers.length) {
    const said = `the applied nameserver line is: ${kept.join(' ')}`;
    warnings.push(forming(`Nameserver limits were exceeded, some nameservers have been omitted, ${said}`));
  }
  const names = searches.slice(0, mostSearches).filter((name) => name.length <= longestName);
  while (names.join(' ').length > longestSearches) names.pop();
  if (names.length < searches.length) {
    const said = `the applied search line is: ${names.join(' ')}`;
    warnings.push(forming(`Search Line limits were exceeded, some search paths have been omitted, ${said}`));
  }
  return { config: { servers: kept, searches: names, options }, warnings };
}

const forming = (message: string): DnsWarning => ({ about: 'pod', reason: 'DNSConfigForming', message });
const unique = (names: readonly string[]) => [...new Set(names)];
