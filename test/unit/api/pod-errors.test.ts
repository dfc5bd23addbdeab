// Hundreds of objects that a real API server refused (or let through although they look wrong): same faults, same words.
// Recorded from v1.21; where v1.32 is known to answer otherwise, `pod-errors-newer.json` says how.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  type BuiltInSchemas,
  decode,
  loadSchemaSet,
  type Resource,
  resources,
} from '../../../shared/api/index.ts';
import {
  type FieldError,
  invalid,
  isRecord,
  type KubeObject,
  type Live,
  mutableCopy,
  type StatusCause,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../shared/machinery/index.ts';

/** When statuses are written. */
const now = '2026-01-01T00:00:00Z';

interface Recorded {
  note: string;
  verb: 'POST' | 'PUT';
  path: string;
  body: KubeObject & { status?: unknown };
  code: number;
  status?: { message: string; details: { causes: StatusCause[] } };
}

const fixtures = new URL('../../fixtures/api/', import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, fixtures), 'utf8'));
const recorded: Recorded[] = [...read('pod/errors.json'), ...read('apps/errors.json')];
/** note → the causes that v1.32 gives; none: it accepts. */
const newer: Record<string, StatusCause[]> = read('pod/errors-newer.json');
/** note → why another layer answers. */
const elsewhere: Record<string, string> = read('pod/errors-elsewhere.json');

const pods = resources.find(({ resource }) => resource === 'pods');
const system = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('an object that a real API server refused', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  /** What the pipeline does with a body before anything is judged: decode, default, and what admission adds. */
  async function taken(resource: Resource, body: unknown): Promise<KubeObject> {
    const strategy = await resource.load();
    const { object } = decode(schemas, strategy.schema, body);
    const whole: KubeObject = object;
    strategy.default?.(whole);
    whole.metadata = { ...whole.metadata, namespace: 'rec' };
    const spec = object.spec;
    if (resource === pods && isRecord(spec)) {
      spec.serviceAccountName ??= 'default';
      spec.serviceAccount ??= 'default';
    }
    return whole;
  }

  async function faultsOfCreate(resource: Resource, body: unknown): Promise<FieldError[]> {
    const strategy = await resource.load();
    const object = await taken(resource, body);
    strategy.prepareForCreate?.(object);
    const meta = validateObjectMeta(object.metadata ?? {}, { namespaced: true });
    const created = strategy.validateCreate?.(object) ?? [];
    return [...meta, ...(strategy.validate?.(object) ?? []), ...created];
  }

  /** The stored object that was updated: the body without the change under test. */
  async function stored(resource: Resource): Promise<Live> {
    const body = recorded.find(
      ({ verb, path, code }) => verb === 'POST' && code === 201 && path.endsWith(resource.resource),
    );
    const spec =
      resource === pods
        ? recorded.find(
            ({ note }) => note === 'update of Pod: metadata.creationTimestamp = "2020-02-02T02:02:02Z"',
          )?.body
        : { ...body?.body, spec: replicatedSpec };
    const strategy = await resource.load();
    const object = await taken(resource, spec);
    strategy.prepareForCreate?.(object);
    const name = resource === pods ? 'e-pod' : `e-${resource.singular}`;
    return { ...object, metadata: { ...object.metadata, ...system, name } };
  }

  const replicatedSpec = {
    replicas: 0,
    selector: { matchLabels: { app: 'e' } },
    template: {
      metadata: { labels: { app: 'e' } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    },
  };

  async function faultsOfUpdate(resource: Resource, { body, path }: Recorded): Promise<FieldError[]> {
    const strategy = await resource.load();
    const old = await stored(resource);
    const sent: KubeObject & { status?: unknown } = await taken(resource, body);
    sent.metadata = { ...sent.metadata, ...system };
    if (path.endsWith('/status')) {
      const next = { ...mutableCopy(old), metadata: sent.metadata, status: sent.status };
      strategy.default?.(next);
      strategy.prepareForStatusUpdate?.(next, old, now);
      return [
        ...validateObjectMetaUpdate(next.metadata, old.metadata),
        ...(strategy.validateStatusUpdate?.(next, old) ?? []),
      ];
    }
    strategy.prepareForUpdate?.(sent, old);
    return [
      ...validateObjectMetaUpdate(sent.metadata, old.metadata),
      ...validateObjectMeta(sent.metadata, { namespaced: true }),
      ...(strategy.validate?.(sent) ?? []),
      ...(strategy.validateUpdate?.(sent, old) ?? []),
    ];
  }

  function resourceNamed(path: string): Resource {
    const plural = path.split('/rec/')[1]?.split('/')[0];
    const resource = resources.find((each) => each.resource === plural);
    if (!resource) throw new Error(`no resource in ${path}`);
    return resource;
  }

  for (const [position, each] of recorded.entries()) {
    const { note, verb, path, body, status } = each;
    if (elsewhere[note]) continue;
    const title = `${verb} ${position}: ${note}`;
    it(status ? `${title} is refused` : `${title} is let through`, async () => {
      const resource = resourceNamed(path);
      const found =
        verb === 'POST' ? await faultsOfCreate(resource, body) : await faultsOfUpdate(resource, each);
      const expected = newer[note] ?? status?.details.causes ?? [];
      const wanted = unique(expected.map(withoutDifference));
      expect(alike(unique(causesOf(found)), wanted)).to.deep.equal(wanted);
      if (!status || newer[note] || expected.some(isGo)) return;
      const name = body.metadata?.name ?? '';
      const answer = invalid(resource.group, resource.kind, name, found).toStatus();
      expect(answer.message).to.equal(status.message);
    });
  }
});

function causesOf(found: readonly FieldError[]): StatusCause[] {
  return found.map(({ reason, text, field }) => withoutDifference({ reason, message: text, field }));
}

/** How two specs differ is shown in our own way: only the sentence before it is upstream's. */
function withoutDifference(cause: StatusCause): StatusCause {
  const [message = ''] = (cause.message ?? '').split('\n');
  return { ...cause, message };
}

/** A Go value, which nobody outside Go prints alike: `core.Probe{…}`, `map[string]string(nil)`. */
const goValue =
  /^(?:Invalid|Unsupported) value: (?:\*?[a-z0-9]+\.[A-Z]|\[\]|map\[).*?(?:\}|\(nil\)): (?=[^{}]*$)/;

function isGo({ message = '' }: StatusCause): boolean {
  return goValue.test(message);
}

/** What was found, in Go's words where the same is said of another spelling of the same value. */
function alike(found: readonly StatusCause[], wanted: readonly StatusCause[]): StatusCause[] {
  return found.map((cause, position) => {
    const other = wanted[position];
    if (!other?.message || !isGo(other)) return cause;
    const detail = other.message.replace(goValue, '');
    return cause.message?.endsWith(`: ${detail}`) ? { ...cause, message: other.message } : cause;
  });
}

/** Upstream checks some things twice in an update, and says them twice. */
function unique(causes: readonly StatusCause[]): StatusCause[] {
  const texts = new Set(causes.map((cause) => JSON.stringify(cause)));
  return [...texts].map((text) => JSON.parse(text));
}
