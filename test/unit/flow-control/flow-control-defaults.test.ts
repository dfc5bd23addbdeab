// What a cluster begins with of flow schemas and priority levels comes back, unless somebody has taken it over.

import { expect } from 'chai';
import { planDefault } from '../../../hub/controllers/policy/plan-flow-control-default.ts';
import { suggestedFlowSchemas } from '../../../hub/controllers/policy/suggested-flow-control.ts';
import {
  type FlowSchema,
  mandatoryPriorityLevels,
  type PriorityLevelConfiguration,
} from '../../../shared/api/index.ts';

const note = 'apf.kubernetes.io/autoupdate-spec';
const wanted = suggestedFlowSchemas[0] as FlowSchema;
const spec = { ...wanted.spec, matchingPrecedence: 600 } as FlowSchema['spec'];

function stored(said: string | undefined, generation: number, of: object = { spec }): FlowSchema {
  const annotations: Record<string, string> = said === undefined ? {} : { [note]: said };
  return { ...wanted, metadata: { ...wanted.metadata, generation, annotations }, ...of };
}

const step = (current: FlowSchema | undefined, mandatory = false) =>
  planDefault({ current, wanted, mandatory });
const written = (planned: ReturnType<typeof step>) =>
  typeof planned === 'object' && {
    precedence: planned.write.spec?.matchingPrecedence,
    said: planned.write.metadata?.annotations?.[note],
  };

describe('a suggested flow schema', () => {
  it('is made where there is none', () => {
    expect(written(step(undefined))).to.deep.equal({ precedence: 500, said: 'true' });
    expect(step(stored('true', 1, {}))).to.equal(undefined);
  });

  it('is as it was again, unless somebody has said that it is theirs, or has changed it before', () => {
    expect(written(step(stored('true', 7)))).to.deep.equal({ precedence: 500, said: 'true' });
    expect(step(stored('false', 7))).to.equal(undefined);
    expect(written(step(stored(undefined, 1)))).to.deep.equal({ precedence: 500, said: 'true' });
    expect(written(step(stored(undefined, 2)))).to.deep.equal({ precedence: 600, said: 'false' });
    expect(written(step(stored('maybe', 2)))).to.deep.equal({ precedence: 600, said: 'false' });
  });

  it('goes where it is suggested no longer', () => {
    const plan = (said: string) =>
      planDefault({ current: stored(said, 1), wanted: undefined, mandatory: false });
    expect(plan('true')).to.equal('delete');
    expect(plan('false')).to.equal(undefined);
  });
});

describe('a mandatory one', () => {
  it('is nobody’s', () => {
    expect(written(step(stored('false', 7), true))).to.deep.equal({ precedence: 500, said: 'true' });
  });

  it('may lend as much as its owner likes, if it is the exempt level', () => {
    const exempt = mandatoryPriorityLevels.find(({ metadata }) => metadata?.name === 'exempt');
    const current: PriorityLevelConfiguration = {
      metadata: { name: 'exempt', annotations: { [note]: 'true' } },
      spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 10, lendablePercent: 50 } },
    };
    expect(planDefault({ current, wanted: exempt, mandatory: true })).to.equal(undefined);
  });
});
