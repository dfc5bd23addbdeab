// Environment variables: their names, and exactly one source each.

import type { EnvFromSource, EnvVar, EnvVarSource } from 'kubernetes-types/core/v1';
import {
  configMapKey,
  envVarName,
  type FieldError,
  type FieldPath,
  faults,
} from '../../../machinery/index.ts';
import { environmentFields, validateFieldRef, validateResourceFieldRef } from './downward-api.ts';
import { named, required, subdomain } from './rules.ts';

export function validateEnv(variables: readonly EnvVar[], path: FieldPath): FieldError[] {
  return variables.flatMap((variable, position) => {
    const at = path.index(position);
    const { name = '' } = variable;
    const nameFaults = name ? named(envVarName, name, at.child('name')) : required(name, at.child('name'));
    return [...nameFaults, ...validateValueFrom(variable, at.child('valueFrom'))];
  });
}

function validateValueFrom({ value, valueFrom }: EnvVar, path: FieldPath): FieldError[] {
  if (!valueFrom) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
  return [...validateSources(valueFrom, path), ...validateCount(sources, Boolean(value), path)];
}

function validateSources(source: EnvVarSource, path: FieldPath): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  return [
    ...(fieldRef ? validateFieldRef(fieldRef, environmentFields, path.child('fieldRef')) : []),
    ...(resourceFieldRef
      ? validateResourceFieldRef(resourceFieldRef, path.child('resourceFieldRef'), false)
      : []),
    ...(configMapKeyRef ? validateKeyRef(configMapKeyRef, path.child('configMapKeyRef')) : []),
    ...(secretKeyRef ? validateKeyRef(secretKeyRef, path.child('secretKeyRef')) : []),
  ];
}

function validateCount(sources: number, hasValue: boolean, path: FieldPath): FieldError[] {
  if (sources === 0) {
    const names = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    return [faults.invalid(path, '', `must specify one of: ${names}`)];
  }
  if (hasValue) return [faults.invalid(path, '', 'may not be specified when `value` is not empty')];
  if (sources > 1) return [faults.invalid(path, '', 'may not have more than one field specified at a time')];
  return [];
}

function validateKeyRef(reference: { name?: string; key: string }, path: FieldPath): FieldError[] {
  const { name = '', key } = reference;
  const keyPath = path.child('key');
  return [
    ...subdomain(name, path.child('name')),
    ...(key ? named(configMapKey, key, keyPath) : required(key, keyPath)),
  ];
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: FieldPath): FieldError[] {
  return sources.flatMap((source, position) => {
    const at = path.index(position);
    const { prefix = '', configMapRef, secretRef } = source;
    const found = [
      ...(prefix ? named(envVarName, prefix, at.child('prefix')) : []),
      ...(configMapRef ? validateSourceName(configMapRef.name, at.child('configMapRef')) : []),
      ...(secretRef ? validateSourceName(secretRef.name, at.child('secretRef')) : []),
    ];
    // Upstream names the list here, not the item.
    if (!configMapRef && !secretRef) {
      found.push(faults.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      found.push(faults.invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return found;
  });
}

function validateSourceName(name: string | undefined, path: FieldPath): FieldError[] {
  return name ? subdomain(name, path.child('name')) : required(name, path.child('name'));
}
