// Patches that a real Kubernetes API server was sent, and what it made of them: strategic merge, JSON merge, JSON patch.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { decode } from '../../../shared/api/decode.ts';
import { type BuiltInSchemas, loadSchemaSet } from '../../../shared/api/schema-set.ts';
import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMerge,
  deepFreeze,
  isRecord,
  type JsonObject,
} from '../../../shared/machinery/index.ts';

interface Case {
  note: string;
  type: string;
  path: string;
  before: string;
  patch: unknown;
  code: number;
  after: 'unchanged' | (JsonObject & { message?: string });
}

const recorded: { fixtures: Record<string, JsonObject>; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/patches.json', import.meta.url), 'utf8'),
);

const schemaNames: Record<string, string> = {
  ConfigMap: 'io.k8s.api.core.v1.ConfigMap',
  Deployment: 'io.k8s.api.apps.v1.Deployment',
  Node: 'io.k8s.api.core.v1.Node',
  Pod: 'io.k8s.api.core.v1.Pod',
  Service: 'io.k8s.api.core.v1.Service',
  ServiceAccount: 'io.k8s.api.core.v1.ServiceAccount',
};

/** Fields that defaulting or allocation fills in after a patch: a case may show them where the patch left them out. */
const filledIn = new Set(
  (
    'apiVersion defaultMode externalTrafficPolicy imagePullPolicy nodePort protocol replicas resources rollingUpdate ' +
    'scheme successThreshold targetPort terminationMessagePath terminationMessagePolicy type securityContext template ' +
    'progressDeadlineSeconds mode opt lastState state allocatable podCIDR podCIDRs'
  ).split(' '),
);

/** Where more than the patch was at work: pruning, what belongs to a subresource, allocation, admission, controllers. */
const beyondPatching = new Set([
  'service type: to ExternalName',
  'podIPs: merge key ip',
  'pod tolerations: replaced as a whole (admission adds the two default ones again)',
  'serviceaccount imagePullSecrets: merge key name',
  'merge: unknown field pruned',
  'merge: status ignored when it is a subresource',
  'merge: custom resource status',
]);

function beforeOf({ before }: Case): JsonObject {
  const object = recorded.fixtures[before.replace('fixture ', '')];
  if (!object) throw new Error(`no ${before}`);
  return deepFreeze(structuredClone(object));
}

function patched({ type, patch }: Case, before: JsonObject, schemas: BuiltInSchemas): unknown {
  const frozen = deepFreeze(structuredClone(patch));
  if (type === 'merge-patch+json') return applyMergePatch(before, frozen);
  if (type === 'json-patch+json') return applyJsonPatch(before, frozen);
  return applyStrategicMerge(before, frozen, schemaNames[String(before.kind)] ?? '', schemas);
}

/** `expected` without what was filled in at places where `actual` has nothing. */
function withoutFilledIn(expected: unknown, actual: unknown): unknown {
  if (Array.isArray(expected)) {
    return expected.map((item, position) =>
      withoutFilledIn(item, Array.isArray(actual) ? actual[position] : undefined),
    );
  }
  if (!isRecord(expected)) return expected;
  const there = isRecord(actual) ? actual : {};
  return Object.fromEntries(
    Object.entries(expected)
      .filter(([key]) => Object.hasOwn(there, key) || !filledIn.has(key))
      .map(([key, value]) => [key, withoutFilledIn(value, there[key])]),
  );
}

/** What a patch decides: not the generation, and on a status path the status only. */
function decided(object: unknown, { path, patch }: Case): unknown {
  if (!isRecord(object)) return object;
  if (path.endsWith('/status')) return object.status;
  const { status, ...rest } = object;
  const metadata = isRecord(rest.metadata) ? { ...rest.metadata, generation: 0 } : undefined;
  return { ...rest, ...(isRecord(patch) && 'status' in patch ? {} : { status }), metadata };
}

/** As stored: unknown fields, nulls and empty optional fields are gone. */
function decodedAs(object: unknown, schemas: BuiltInSchemas): unknown {
  const schema = isRecord(object) ? schemaNames[String(object.kind)] : undefined;
  return schema ? decode(schemas, schema, object).object : object;
}

describe('patches, as a Kubernetes API server applied them', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  for (const entry of recorded.cases) {
    if (entry.code !== 200 || beyondPatching.has(entry.note)) continue;
    it(`${entry.type.replace('+json', '')}: ${entry.note}`, () => {
      const before = beforeOf(entry);
      const actual = decided(decodedAs(patched(entry, before, schemas), schemas), entry);
      const after = entry.after === 'unchanged' ? before : entry.after;
      const expected = decided(decodedAs(after, schemas), entry);
      expect(actual).to.deep.equal(withoutFilledIn(expected, actual));
    });
  }

  // Where a patched object is refused because it is invalid, the patch itself applies.
  const refused = recorded.cases.filter(
    ({ code, after }) => code !== 200 && after !== 'unchanged' && !after.message?.includes('is invalid:'),
  );
  for (const entry of refused) {
    it(`refuses: ${entry.note}`, () => {
      const message = entry.after === 'unchanged' ? undefined : entry.after.message;
      const apply = () => patched(entry, beforeOf(entry), schemas);
      expect(apply).to.throw(ApiError, message).with.property('code', 422);
    });
  }
});
