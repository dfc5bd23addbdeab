// The addresses of a Service and their families: what is wrong with them, alone and together
// (upstream: ValidateServiceClusterIPsRelatedFields).

import type { Service, ServiceSpec } from 'kubernetes-types/core/v1';
import { type FieldError, FieldPath, faults } from '../../../machinery/index.ts';
import { familyOf, type IpFamily, validateIp } from '../../ip-address.ts';
import { isHeadless } from './defaults.ts';

const families: readonly IpFamily[] = ['IPv4', 'IPv6'];
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

const path = new FieldPath('spec');
const addressesPath = path.child('clusterIPs');
const familiesPath = path.child('ipFamilies');

/** Whether the addresses, families and policy make sense. ExternalName services have none, which is checked elsewhere. */
export function validateClusterIps({ spec = {} }: Service): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], ipFamilyPolicy: policy } = spec;
  const found = [...validateFirst(spec), ...validateFamilies(spec.ipFamilies ?? [])];
  if (policy !== undefined && !policies.includes(policy))
    found.push(faults.notSupported(path.child('ipFamilyPolicy'), policy, policies));
  const malformed = clusterIPs.flatMap((address, index) => validateAddress(address, index, clusterIPs));
  found.push(...malformed);
  if (clusterIPs.length > 2)
    found.push(faults.invalid(addressesPath, clusterIPs, 'may only hold up to 2 values'));
  if (malformed.length > 0) return found;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(familyOf)).size < 2) {
    const detail = 'may specify no more than one IP for each IP family';
    found.push(faults.invalid(addressesPath, clusterIPs, detail));
  }
  return found.length > 0 || isHeadless(spec) ? found : validateFamilyOfEach(spec);
}

function validateFirst({ clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (!clusterIP)
    return clusterIPs.length === 0
      ? []
      : [faults.invalid(addressesPath, clusterIPs, 'must be empty when `clusterIP` is not specified')];
  if (clusterIPs.length === 0) return [faults.required(addressesPath)];
  return clusterIPs[0] === clusterIP
    ? []
    : [faults.invalid(addressesPath, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(sent: readonly string[]): FieldError[] {
  return sent.flatMap((family, index) => [
    ...(families.some((known) => known === family)
      ? []
      : [faults.notSupported(familiesPath.index(index), family, families)]),
    ...(sent.indexOf(family) < index ? [faults.duplicate(familiesPath.index(index), family)] : []),
  ]);
}

function validateAddress(address: string, index: number, all: readonly string[]): FieldError[] {
  if (index > 0 || address !== 'None') return validateIp(address, addressesPath.index(index));
  return all.length > 1
    ? [faults.invalid(addressesPath, all, "'None' must be the first and only value")]
    : [];
}

function validateFamilyOfEach({ clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldError[] {
  return clusterIPs.flatMap((address, index) => {
    const family = ipFamilies[index];
    if (family === undefined || family === familyOf(address)) return [];
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    return [faults.invalid(addressesPath.index(index), address, detail)];
  });
}

/** Addresses and families of a Service are for good; only a second one may come and go. */
export function validateClusterIpChange(next: Service, old: Service): FieldError[] {
  const [spec, before] = [next.spec ?? {}, old.spec ?? {}];
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return [];
  const families = validateListChange(
    spec.ipFamilies ?? [],
    before.ipFamilies ?? [],
    familiesPath,
    spec,
    'ipFamily',
  );
  if (isHeadless(spec) && isHeadless(before)) return families;
  return [
    ...validateListChange(spec.clusterIPs ?? [], before.clusterIPs ?? [], addressesPath, spec, 'clusterIP'),
    ...families,
  ];
}

function validateListChange(
  next: readonly string[],
  old: readonly string[],
  at: FieldPath,
  { ipFamilyPolicy: policy }: ServiceSpec,
  word: string,
): FieldError[] {
  if (old.length > 0 && next.length === 0)
    return [faults.invalid(at.index(0), null, `primary ${word} can not be unset`)];
  const kept = Math.min(next.length, old.length);
  const found = next
    .slice(0, kept)
    .flatMap((value, index) =>
      value === old[index] ? [] : [faults.invalid(at.index(index), next, 'may not change once set')],
    );
  if (next.length < old.length && policy !== 'SingleStack') {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${word}`;
    found.push(faults.invalid(path.child('ipFamilyPolicy'), policy, detail));
  }
  return found;
}
