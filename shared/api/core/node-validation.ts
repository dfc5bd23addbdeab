// What is wrong with a Node, as upstream's ValidateNode and ValidateNodeUpdate say it.

import type { Node, Taint } from 'kubernetes-types/core/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  goTaint,
  isRecord,
  labelValue,
  ownField,
  qualifiedName,
  repeats,
} from '../../machinery/index.ts';
import { goJsonFault } from '../go-json.ts';
import { familyOf, validateCidr } from '../ip-address.ts';
import { canonical, quantityOf, type ResourceList } from './pod-resource-lists.ts';
import { isIntegerResource } from './resource-names.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const avoidedPods = 'scheduler.alpha.kubernetes.io/preferAvoidPods';
const oldTaints = 'scheduler.alpha.kubernetes.io/taints';
const metaPath = new FieldPath('metadata');
const spec = new FieldPath('spec');
const status = new FieldPath('status');

export function validateNode(node: Node): FieldError[] {
  return [...validateReported(node), ...validatePodCidrs(node.spec?.podCIDRs ?? [], spec.child('podCIDRs'))];
}

/** Upstream looks at an update of the status as at any other. */
export function validateNodeStatusUpdate(next: Node, old: Node): FieldError[] {
  return [...validateReported(next), ...validateNodeUpdate(next, old)];
}

function validateReported({
  metadata,
  spec: { taints = [] } = {},
  status: reported = {},
}: Node): FieldError[] {
  const annotations = metadata?.annotations ?? {};
  return [
    ...validateOldTaints(annotations),
    ...validateAvoidedPods(annotations),
    ...validateTaints(taints, metaPath.child('taints')),
    ...validateAmounts(reported.capacity, status.child('capacity')),
    ...validateAmounts(reported.allocatable, status.child('allocatable')),
  ];
}

export function validateNodeUpdate(next: Node, old: Node): FieldError[] {
  const found = validateAddresses(next);
  const cidrs = old.spec?.podCIDRs ?? [];
  if (cidrs.length > 0 && !deepEqual(next.spec?.podCIDRs, cidrs)) {
    const detail = 'node updates may not change podCIDR except from "" to valid';
    found.push(faults.forbidden(spec.child('podCIDRs'), detail));
  }
  const provider = old.spec?.providerID;
  if (provider && next.spec?.providerID !== provider) {
    const detail = 'node updates may not change providerID except from "" to valid';
    found.push(faults.forbidden(spec.child('providerID'), detail));
  }
  if ((next.spec?.externalID ?? '') !== (old.spec?.externalID ?? ''))
    found.push(faults.forbidden(spec.child('externalID'), 'may not be updated'));
  return found;
}

/** Where taints were before they were a field. */
function validateOldTaints(annotations: Readonly<Record<string, string>>): FieldError[] {
  const text = annotations[oldTaints];
  if (!text) return [];
  const path = metaPath.child('annotations');
  const fault = goJsonFault(text, '[]core.Taint');
  if (fault) return [faults.invalid(path, oldTaints, fault)];
  const taints: unknown = JSON.parse(text);
  return Array.isArray(taints) ? validateTaints(taints.map(Object), path.child(oldTaints)) : [];
}

/** Nobody reads the annotation any more; what it holds is checked all the same. */
function validateAvoidedPods(annotations: Readonly<Record<string, string>>): FieldError[] {
  const text = annotations[avoidedPods];
  if (!text) return [];
  const path = metaPath.child('annotations');
  const why = goJsonFault(text)?.replace('map[string]interface {}', 'v1.AvoidPods');
  if (why) return [faults.invalid(path.child('AvoidPods'), avoidedPods, why)];
  const entries = fieldOf(JSON.parse(text), 'preferAvoidPods');
  return (Array.isArray(entries) ? entries : []).flatMap((entry: unknown, index) => {
    const at = path.child(avoidedPods).index(index).child('PodSignature');
    const controller = fieldOf(fieldOf(entry, 'podSignature'), 'podController');
    if (!isRecord(controller)) return [faults.required(at)];
    return controller.controller === true
      ? []
      : [faults.invalid(at.child('PodController', 'Controller'), false, 'must point to a controller')];
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? ownField(value, name) : undefined;
}

function validateTaints(taints: readonly Taint[], path: FieldPath): FieldError[] {
  const again = repeats(taints.map(({ key = '', effect = '' }) => `${key}:${effect}`));
  return taints.flatMap((taint, index) => {
    const { key = '', value = '', effect = '' } = taint;
    const at = path.index(index);
    const found = qualifiedName(key).map((text) => faults.invalid(at.child('key'), key, text));
    const wrong = labelValue(value);
    if (wrong.length > 0) found.push(faults.invalid(at.child('value'), value, wrong.join(';')));
    if (!effect) found.push(faults.required(at.child('effect')));
    else if (!effects.includes(effect)) found.push(faults.notSupported(at.child('effect'), effect, effects));
    if (again.has(index)) {
      const fault = faults.duplicate(at, goTaint(taint));
      found.push({ ...fault, text: `${fault.text}: taints must be unique by key and effect pair` });
    }
    return found;
  });
}

function validateAmounts(amounts: ResourceList | undefined, path: FieldPath): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, text]) => {
    const at = path.child(name);
    const amount = quantityOf(text);
    const found: FieldError[] = [];
    if (amount.sign < 0)
      found.push(faults.invalid(at, canonical(text), 'must be greater than or equal to 0'));
    if (isIntegerResource(name) && !amount.isInteger)
      found.push(faults.invalid(at, canonical(text), 'must be an integer'));
    return found;
  });
}

function validatePodCidrs(cidrs: readonly string[], path: FieldPath): FieldError[] {
  const found = cidrs.flatMap((cidr, index) => validateCidr(cidr, path.index(index)));
  if (found.length > 0 || cidrs.length < 2) return found;
  const families = new Set(cidrs.map((cidr) => familyOf(cidr.replace(/\/.*/, ''))));
  const again = repeats(cidrs);
  return [
    ...(families.size === cidrs.length
      ? []
      : [faults.invalid(path, cidrs, 'may specify no more than one CIDR for each IP family')]),
    ...cidrs.flatMap((cidr, index) => (again.has(index) ? [faults.duplicate(path.index(index), cidr)] : [])),
  ];
}

function validateAddresses({ status: { addresses = [] } = {} }: Node): FieldError[] {
  const again = repeats(addresses.map(({ type, address }) => `${type}:${address}`));
  return addresses.flatMap((address, index) =>
    again.has(index) ? [faults.duplicate(status.child('addresses').index(index), address)] : [],
  );
}
