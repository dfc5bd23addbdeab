// Conditions, numbers that may be shares, and owner references.

import { expect } from 'chai';
import {
  apiVersionOf,
  type ConditionLike,
  controllerOf,
  FieldPath,
  findCondition,
  isConditionTrue,
  isControlledBy,
  newControllerRef,
  removeCondition,
  resolveIntOrPercent,
  setCondition,
  validateAtMostAll,
  validateIntOrPercent,
} from '../../../shared/machinery/index.ts';

interface Condition extends ConditionLike {
  reason?: string;
}

describe('conditions', () => {
  const ready: Condition = { type: 'Ready', status: 'False', reason: 'Starting', lastTransitionTime: 't0' };

  it('keep the time of their last transition while the status stays', () => {
    const next = setCondition([ready], { type: 'Ready', status: 'False', reason: 'Pulling' }, 't1');
    expect(next).to.deep.equal([{ ...ready, reason: 'Pulling' }]);
  });

  it('get a new time when the status changes, and keep their place', () => {
    const other: Condition = { type: 'Other', status: 'True' };
    const next = setCondition([ready, other], { type: 'Ready', status: 'True' }, 't1');
    expect(next).to.deep.equal([{ ...ready, status: 'True', lastTransitionTime: 't1' }, other]);
    expect(isConditionTrue(next, 'Ready')).to.equal(true);
    expect(isConditionTrue([ready], 'Ready')).to.equal(false);
  });

  it('are the same list when nothing changed', () => {
    const conditions = [ready];
    expect(setCondition(conditions, { type: 'Ready', status: 'False' }, 't1')).to.equal(conditions);
    expect(removeCondition(conditions, 'Other')).to.equal(conditions);
  });

  it('start with the first one that is set', () => {
    expect(setCondition<Condition>(undefined, { type: 'Ready', status: 'True' }, 't1')).to.deep.equal([
      { type: 'Ready', status: 'True', lastTransitionTime: 't1' },
    ]);
    expect(findCondition(undefined, 'Ready')).to.equal(undefined);
    expect(removeCondition([ready], 'Ready')).to.deep.equal([]);
  });
});

describe('a number or a share', () => {
  it('is resolved against a total', () => {
    expect(resolveIntOrPercent(3, 10, 'up')).to.equal(3);
    expect(resolveIntOrPercent('25%', 10, 'up')).to.equal(3);
    expect(resolveIntOrPercent('25%', 10, 'down')).to.equal(2);
    expect(resolveIntOrPercent('7%', 100, 'up')).to.equal(7);
    expect(() => resolveIntOrPercent('3', 10, 'up')).to.throw('string is not a percentage');
  });

  it('is validated in upstream’s words', () => {
    const path = new FieldPath('spec.maxSurge');
    expect(validateIntOrPercent('25%', path)).to.deep.equal([]);
    expect(validateIntOrPercent(-1, path)[0]?.text).to.equal(
      'Invalid value: -1: must be greater than or equal to 0',
    );
    expect(validateIntOrPercent('x', path)[0]?.text).to.equal(
      "Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:\"x\"}: a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
    expect(validateAtMostAll('101%', path)[0]?.text).to.equal(
      'Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"101%"}: must not be greater than 100%',
    );
    expect(validateAtMostAll(500, path)).to.deep.equal([]);
  });
});

describe('owner references', () => {
  const owner = { metadata: { name: 'web', uid: 'u1' } };
  const reference = newControllerRef(owner, { group: 'apps', version: 'v1', kind: 'ReplicaSet' });

  it('name their controller', () => {
    expect(reference).to.deep.equal({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: 'u1',
      controller: true,
      blockOwnerDeletion: true,
    });
    expect(apiVersionOf({ group: '', version: 'v1' })).to.equal('v1');
  });

  it('tell a namesake from the owner', () => {
    const other = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u0' };
    const pod = { metadata: { ownerReferences: [other, reference] } };
    expect(controllerOf(pod)).to.equal(reference);
    expect(isControlledBy(pod, owner)).to.equal(true);
    expect(isControlledBy(pod, { metadata: { name: 'web', uid: 'u2' } })).to.equal(false);
    expect(isControlledBy({}, {})).to.equal(false);
  });
});
