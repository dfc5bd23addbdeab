// Whatever is missing of a pod: it is judged, never a reason to fail.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { type BuiltInSchemas, decode, loadSchemaSet, resources } from '../../../shared/api/index.ts';
import { ApiError, isRecord, type KubeObject, type Live } from '../../../shared/machinery/index.ts';

type Step = string | number;

const file = new URL('../../fixtures/api/pod/defaults/core_v1_Pod_rich.yaml', import.meta.url);
const [posted] = parseAllDocuments(readFileSync(file, 'utf8'))
  .map((document) => document.toJS())
  .filter(isRecord);

/** Admission names the service account. */
const rich = isRecord(posted?.spec) && { ...posted, spec: { ...posted.spec, serviceAccountName: 'default' } };

function* places(value: unknown, path: Step[] = []): Generator<Step[]> {
  if (path.length > 0) yield path;
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* places(item, [...path, index]);
  else if (isRecord(value))
    for (const [key, field] of Object.entries(value)) yield* places(field, [...path, key]);
}

/** A copy with what stands at the path replaced; `undefined` takes it away. */
function replaced(value: unknown, [step, ...rest]: Step[], by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) {
    const items = value.map((item, index) => (index === step ? replaced(item, rest, by) : item));
    return items.filter((item) => item !== undefined);
  }
  return isRecord(value) ? { ...value, [step]: replaced(value[step], rest, by) } : value;
}

describe('a pod of which a part is missing', () => {
  let schemas: BuiltInSchemas;

  before(async () => {
    schemas = await loadSchemaSet();
  });

  /** The faults, or undefined where the decoder refuses already. */
  async function judged(body: unknown): Promise<number | undefined> {
    const strategy = await resources.find(({ resource }) => resource === 'pods')?.load();
    if (!strategy) throw new Error('no strategy');
    let pod: KubeObject;
    try {
      pod = decode(schemas, strategy.schema, body).object;
    } catch (error) {
      if (ApiError.is(error, 'BadRequest')) return undefined;
      throw error;
    }
    strategy.default?.(pod);
    strategy.prepareForCreate?.(pod);
    const meta = { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
    const old: Live = { ...pod, metadata: { ...pod.metadata, ...meta } };
    strategy.warnings?.(pod);
    for (const column of strategy.columns) column.cell(pod, 0);
    for (const field of Object.values(strategy.fields ?? {})) field(pod);
    const found = [...(strategy.validate?.(pod) ?? []), ...(strategy.validateUpdate?.(pod, old) ?? [])];
    return found.length;
  }

  const empties: [name: string, value: unknown][] = [
    ['away', undefined],
    ['{}', {}],
    ['[{}]', [{}]],
    ['[]', []],
    ['""', ''],
    ['0', 0],
  ];

  it('is valid when nothing is', async () => {
    expect(await judged(rich)).to.equal(0);
  });

  for (const [name, value] of empties) {
    it(`is judged with each part ${name}`, async () => {
      let count = 0;
      for (const place of places(rich)) {
        await judged(replaced(rich, place, value));
        count += 1;
      }
      expect(count).to.be.greaterThan(300);
    });
  }
});
