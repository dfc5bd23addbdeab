// What a pod's containers find in resolv.conf and hosts.

import type { HostAlias, PodDNSConfig } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { address, oneOf, required, subdomain } from './rules.ts';

const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** Limits of the resolver in libc. */
const most = { nameservers: 3, searches: 32, searchCharacters: 2048 };

export function validateDnsPolicy(policy: string | undefined, path: FieldPath): FieldError[] {
  return policy ? oneOf(policy, policies, path) : required(policy, path);
}

export function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (policy === 'None' && !config) {
    return [faults.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  }
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === 'None' && nameservers.length === 0) {
    const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    return [faults.required(path.child('nameservers'), detail)];
  }
  return [
    ...validateNameservers(nameservers, path.child('nameservers')),
    ...validateSearches(searches, path.child('searches')),
    ...options.flatMap(({ name }, position) =>
      required(name, path.child('options').index(position), 'must not be empty'),
    ),
  ];
}

function validateNameservers(servers: readonly string[], path: FieldPath): FieldError[] {
  const detail = `must not have more than ${most.nameservers} nameservers`;
  return [
    ...(servers.length > most.nameservers ? [faults.invalid(path, servers, detail)] : []),
    ...servers.flatMap((server, position) => address(server, path.index(position))),
  ];
}

function validateSearches(searches: readonly string[], path: FieldPath): FieldError[] {
  const found: FieldError[] = [];
  if (searches.length > most.searches) {
    found.push(faults.invalid(path, searches, `must not have more than ${most.searches} search paths`));
  }
  if (searches.join(' ').length > most.searchCharacters) {
    const detail = `must not have more than ${most.searchCharacters} characters (including spaces) in the search list`;
    found.push(faults.invalid(path, searches, detail));
  }
  const names = searches.flatMap((search, position) =>
    subdomain(search.replace(/\.$/, ''), path.index(position)),
  );
  return [...found, ...names];
}

export function validateHostAliases(aliases: readonly HostAlias[], path: FieldPath): FieldError[] {
  return aliases.flatMap(({ ip, hostnames = [] }, position) => {
    const at = path.index(position);
    return [
      ...address(ip ?? '', at.child('ip')),
      ...hostnames.flatMap((name, index) => subdomain(name, at.child('hostnames').index(index))),
    ];
  });
}
