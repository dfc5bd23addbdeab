// The file of an audit policy.

import { readYamlFile } from '../../../shared/base/index.ts';
import { dns1123Subdomain, FieldPath, faults, type JsonObject } from '../../../shared/machinery/index.ts';
import {
  anything,
  type Check,
  fields,
  flag,
  kindFaults,
  list,
  oneOf,
  refuseFaults,
  text,
} from '../config-file.ts';
import { type AuditPolicy, levels, stages } from './audit-policy.ts';

const policyKind = { kind: 'Policy', group: 'audit.k8s.io', versions: ['v1'] };

/** Throws UserError for a file that cannot be read, and for one that is no policy. */
export async function readAuditPolicy(file: string): Promise<AuditPolicy> {
  return auditPolicy(await readYamlFile(file), file);
}

/** Throws UserError. `file` is how the source is named. */
export function auditPolicy(content: unknown, file: string): AuditPolicy {
  refuseFaults(file, kindFaults(content, policyKind));
  refuseFaults(file, policyFaults(content, new FieldPath()));
  return content as JsonObject & AuditPolicy;
}

const group: Check = (value, at) => {
  if (typeof value !== 'string') return text(value, at);
  // The empty text is the core group.
  return value === '' ? [] : dns1123Subdomain(value).map((message) => faults.invalid(at, value, message));
};

const url: Check = (value, at) => {
  if (typeof value !== 'string') return text(value, at);
  if (value === '*') return [];
  const begins = value.startsWith('/')
    ? []
    : [faults.invalid(at, value, "non-resource URL rules must begin with a '/' character")];
  const detail = "non-resource URL wildcards '*' must be the final character of the rule";
  return value.slice(0, -1).includes('*') ? [...begins, faults.invalid(at, value, detail)] : begins;
};

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

const groupResources = fields(
  { group, resources: list(text), resourceNames: list(text) },
  ({ resources, resourceNames }, at) =>
    isFilled(resourceNames) && !isFilled(resources)
      ? [
          faults.invalid(
            at.child('resourceNames'),
            resourceNames,
            'using resourceNames requires at least one resource',
          ),
        ]
      : [],
);

const omitStages = list(oneOf(stages));

const rule = fields(
  {
    level: oneOf(levels),
    users: list(text),
    userGroups: list(text),
    verbs: list(text),
    resources: list(groupResources),
    namespaces: list(text),
    nonResourceURLs: list(url),
    omitStages,
    omitManagedFields: flag,
  },
  ({ level, resources, namespaces, nonResourceURLs }, at) => {
    if (level === undefined || level === null)
      return [faults.required(at.child('level'), `one of ${levels.join(', ')}`)];
    if (!isFilled(nonResourceURLs) || !(isFilled(resources) || isFilled(namespaces))) return [];
    const detail = 'rules cannot apply to both regular resources and non-resource URLs';
    return [faults.invalid(at.child('nonResourceURLs'), nonResourceURLs, detail)];
  },
);

const policyFaults = fields(
  {
    ...{ apiVersion: anything, kind: anything, metadata: anything },
    ...{ rules: list(rule), omitStages, omitManagedFields: flag },
  },
  ({ rules }, at) => (isFilled(rules) ? [] : [faults.required(at.child('rules'), 'at least one rule')]),
);
