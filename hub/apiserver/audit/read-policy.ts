// The file of an audit policy. All that is wrong with it is told at once, each by its field.

import { readFile } from 'node:fs/promises';
import { UserError } from '../../../shared/base/index.ts';
import {
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  isRecord,
  type JsonObject,
} from '../../../shared/machinery/index.ts';
import { type AuditPolicy, levels, stages } from './audit-policy.ts';

/** Throws UserError for a file that cannot be read, and for one that is no policy. */
export async function readAuditPolicy(file: string): Promise<AuditPolicy> {
  const content = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`${file}: ${cause.code === 'ENOENT' ? 'no such file' : cause.message}`, { cause });
  });
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault) throw new UserError(`${file}:${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  return auditPolicy(document.toJS(), file);
}

/** Throws UserError. `file` is how the source is named. */
export function auditPolicy(content: unknown, file: string): AuditPolicy {
  const found = isPolicy(content)
    ? policyFaults(content)
    : [faults.invalid(new FieldPath('kind'), kindOf(content), 'must be Policy of audit.k8s.io/v1')];
  if (found.length > 0)
    throw new UserError(`${file}: ${found.map(({ field, text }) => `${field}: ${text}`).join('; ')}`);
  return content as JsonObject & AuditPolicy;
}

function isPolicy(content: unknown): content is JsonObject {
  return isRecord(content) && content.kind === 'Policy' && content.apiVersion === 'audit.k8s.io/v1';
}

function kindOf(content: unknown): string {
  return isRecord(content) ? `${content.apiVersion ?? ''}, Kind=${content.kind ?? ''}` : '';
}

type Check = (value: unknown, at: FieldPath) => FieldError[];

const oneOf =
  (known: readonly string[]): Check =>
  (value, at) =>
    known.some((each) => each === value) ? [] : [faults.notSupported(at, value, known)];
const text: Check = (value, at) =>
  typeof value === 'string' ? [] : [faults.invalid(at, value, 'must be text')];
const flag: Check = (value, at) =>
  typeof value === 'boolean' ? [] : [faults.invalid(at, value, 'must be true or false')];
const anything: Check = () => [];
const list =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => check(each, at.index(index)))
      : [faults.invalid(at, value, 'must be a list')];
/** A map with these fields; of an unknown one nobody would learn that it does nothing. */
const fields =
  (
    known: Readonly<Record<string, Check>>,
    whole: (value: JsonObject, at: FieldPath) => FieldError[],
  ): Check =>
  (value, at) => {
    if (!isRecord(value)) return [faults.invalid(at, value, 'must be a map')];
    const found = Object.entries(value).flatMap(([name, inner]) => {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check) return inner === null ? [] : check(inner, at.child(name));
      const detail = `unknown field; there are: ${Object.keys(known).join(', ')}`;
      return [faults.invalid(at.child(name), inner, detail)];
    });
    return found.length > 0 ? found : whole(value, at);
  };

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

const policyFaults = (content: JsonObject): FieldError[] =>
  fields(
    {
      ...{ apiVersion: anything, kind: anything, metadata: anything },
      ...{ rules: list(rule), omitStages, omitManagedFields: flag },
    },
    ({ rules }, at) => (isFilled(rules) ? [] : [faults.required(at.child('rules'), 'at least one rule')]),
  )(content, new FieldPath());
