import { expect } from 'chai';
import fc from 'fast-check';
import { type PatchRules, patchRulesOf } from '../../../hub/cli/apply/patch-source.ts';
import { planMergePatch } from '../../../hub/cli/apply/plan-merge-patch.ts';
import { planStrategicPatch } from '../../../hub/cli/apply/plan-strategic-patch.ts';
import { loadSchemaSet } from '../../../shared/api/index.ts';
import {
  applyMergePatch,
  applyStrategicMerge,
  deepEqual,
  type JsonObject,
} from '../../../shared/machinery/index.ts';

const deployments = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  singular: 'deployment',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: [],
};
const schema = 'io.k8s.api.apps.v1.Deployment';

function deployment(containers: JsonObject[], spec: JsonObject = {}): JsonObject {
  return { spec: { ...spec, template: { spec: { containers } } } };
}

describe('the three-way strategic patch of an apply', () => {
  let rules: PatchRules;
  before(async () => {
    const found = await patchRulesOf(deployments);
    if (!found) throw new Error('Deployments have no rules');
    rules = found;
  });

  it('is empty where nothing differs from what the manifest says', () => {
    const modified = deployment([{ name: 'a', image: 'x' }]);
    const current = deployment([{ name: 'a', image: 'x', imagePullPolicy: 'Always' }], { replicas: 3 });
    expect(planStrategicPatch({ original: modified, modified, current }, rules)).to.deep.equal({});
  });

  it('names only what changes in a container, and the order of all', () => {
    const original = deployment([
      { name: 'a', image: 'x' },
      { name: 'b', image: 'x' },
    ]);
    const modified = deployment([
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
    ]);
    expect(planStrategicPatch({ original, modified, current: original }, rules)).to.deep.equal({
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }],
            containers: [{ name: 'b', image: 'y' }],
          },
        },
      },
    });
  });

  it('takes away what it once applied, and leaves what others have added', () => {
    const original = deployment(
      [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'x' },
      ],
      { replicas: 2 },
    );
    const modified = deployment([{ name: 'a', image: 'x' }]);
    const current = deployment(
      [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'x' },
        { name: 'injected', image: 'z' },
      ],
      { replicas: 2, paused: true },
    );
    const patch = planStrategicPatch({ original, modified, current }, rules);
    expect(patch).to.deep.equal({
      spec: {
        replicas: null,
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }],
            containers: [{ $patch: 'delete', name: 'b' }],
          },
        },
      },
    });
  });

  it('keeps nothing of the old strategy', () => {
    const current = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const modified = { spec: { strategy: { type: 'Recreate' } } };
    expect(planStrategicPatch({ original: {}, modified, current }, rules)).to.deep.equal({
      spec: { strategy: { type: 'Recreate', $retainKeys: ['type'] } },
    });
  });

  it('brings any applied configuration to what the manifest says', async () => {
    const schemas = await loadSchemaSet();
    const container = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      image: fc.constantFrom('x', 'y'),
    });
    const containers = fc.uniqueArray(container, { selector: ({ name }) => name, minLength: 1 });
    fc.assert(
      fc.property(containers, containers, (before, after) => {
        const [original, modified] = [deployment(before), deployment(after)];
        const patch = planStrategicPatch({ original, modified, current: original }, rules);
        const result = applyStrategicMerge(original, patch, schema, schemas);
        expect(deepEqual(result, modified), JSON.stringify({ patch, result })).to.equal(true);
      }),
    );
  });
});

describe('the three-way merge patch of an apply', () => {
  it('replaces lists as a whole and removes what was once applied', () => {
    const original = { spec: { a: 1, gone: true, list: [1] } };
    const modified = { spec: { a: 2, list: [1, 2] } };
    const current = { spec: { a: 1, gone: true, list: [1], other: 'kept' } };
    const patch = planMergePatch(original, modified, current);
    expect(patch).to.deep.equal({ spec: { gone: null, a: 2, list: [1, 2] } });
    expect(applyMergePatch(current, patch)).to.deep.equal({ spec: { a: 2, list: [1, 2], other: 'kept' } });
  });
});
