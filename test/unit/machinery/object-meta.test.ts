import { expect } from 'chai';
import {
  FieldPath,
  invalid,
  type ObjectMeta,
  validateLabelSelector,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../shared/machinery/index.ts';

function faultsOf(meta: ObjectMeta, namespaced = true): string[] {
  return validateObjectMeta({ namespace: 'default', ...meta }, { namespaced }).map(
    ({ field, text }) => `${field}: ${text.replace(/ \(e\.g\..*/s, '')}`,
  );
}

describe('metadata of a new object', () => {
  it('needs a name', () => {
    expect(faultsOf({})).to.deep.equal(['metadata.name: Required value: name or generateName is required']);
    expect(faultsOf({ name: '' })).to.have.length(1);
  });

  it('follows the rule of its Kind', () => {
    const meta = { name: '1svc', namespace: 'default' };
    const rules = { namespaced: true, nameRule: 'dns1035-label' } as const;
    expect(validateObjectMeta(meta, rules)[0]?.text).to.match(
      /^Invalid value: "1svc": a DNS-1035 label must/,
    );
    expect(validateObjectMeta(meta, { namespaced: true })).to.deep.equal([]);
  });

  it('allows a dash at the end of generateName', () => {
    expect(faultsOf({ name: 'web-x', generateName: 'web-' })).to.deep.equal([]);
    expect(faultsOf({ name: 'web-x', generateName: 'UP-' })).to.have.length(1);
  });

  it('has a namespace exactly where the resource has one', () => {
    expect(faultsOf({ name: 'a', namespace: '' })).to.deep.equal(['metadata.namespace: Required value']);
    expect(faultsOf({ name: 'a' }, false)).to.deep.equal([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });

  it('has labels and annotations with qualified keys, of a bounded size', () => {
    expect(faultsOf({ name: 'a', labels: { 'a/b/c': 'x', k: 'b c' } })).to.have.length(2);
    expect(faultsOf({ name: 'a', annotations: { 'Example.com/Key': 'any text' } })).to.deep.equal([]);
    expect(faultsOf({ name: 'a', annotations: { k: 'x'.repeat(262144) } })).to.deep.equal([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
  });

  it('has whole owner references, and one controller at most', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u', controller: true };
    expect(
      faultsOf({ name: 'a', ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }),
    ).to.deep.equal([
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": name must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
    ]);
    expect(faultsOf({ name: 'a', ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] })).to.deep.equal([
      'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    ]);
    const [fault] = faultsOf({ name: 'a', ownerReferences: [owner, { ...owner, name: 'y', uid: 'v' }] });
    expect(fault).to.match(/Found "true" in references for Pod\/x and Pod\/y$/);
  });

  it('has finalizers with a domain, unless they are standard ones', () => {
    expect(faultsOf({ name: 'a', finalizers: ['foregroundDeletion', 'example.com/f'] })).to.deep.equal([]);
    expect(faultsOf({ name: 'a', finalizers: ['nodomain'] })).to.deep.equal([
      'metadata.finalizers[0]: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });
});

describe('a change of metadata', () => {
  const old: ObjectMeta = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '3', generation: 2 };
  const change = (next: ObjectMeta, before = old) =>
    validateObjectMetaUpdate({ ...before, ...next }, before).map(({ field, text }) => `${field}: ${text}`);

  it('may touch labels, annotations and finalizers', () => {
    expect(change({ labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['x.y/z'] })).to.deep.equal([]);
  });

  it('may not touch who the object is', () => {
    expect(change({ uid: 'wrong', name: 'b' })).to.deep.equal([
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.uid: Invalid value: "wrong": field is immutable',
    ]);
    expect(change({ generation: 1 })).to.deep.equal([
      'metadata.generation: Invalid value: 1: must not be decremented',
    ]);
  });

  it('names the resource version that it changes', () => {
    expect(change({ resourceVersion: '' })).to.deep.equal([
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    ]);
  });

  it('may take finalizers from an object that is going away, not give it new ones', () => {
    const dying = { ...old, deletionTimestamp: '2024-01-01T00:00:00Z', finalizers: ['x.y/a'] };
    expect(change({ finalizers: [] }, dying)).to.deep.equal([]);
    expect(change({ finalizers: ['x.y/a', 'x.y/b'] }, dying)).to.deep.equal([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.y/b"}',
    ]);
  });
});

describe('a LabelSelector object', () => {
  it('says for every expression what is wrong with it', () => {
    const matchExpressions = [
      { key: 'app', operator: 'In' },
      { key: 'app', operator: 'Exists', values: ['x'] },
      { key: 'app', operator: 'Z' },
    ];
    const found = validateLabelSelector({ matchExpressions }, new FieldPath('spec.selector'));
    expect(found.map(({ field, text }) => `${field}: ${text}`)).to.deep.equal([
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].operator: Invalid value: "Z": not a valid selector operator',
    ]);
  });
});

describe('an Invalid error', () => {
  it('joins its faults as upstream does', () => {
    const faults = validateObjectMeta({ name: '' }, { namespaced: true });
    const error = invalid('apps', 'Deployment', '', faults);
    expect(error.message).to.equal(
      'Deployment.apps "" is invalid: [metadata.name: Required value: name or generateName is required, metadata.namespace: Required value]',
    );
    expect(error.toStatus()).to.deep.include({ reason: 'Invalid', code: 422 });
    expect(error.details?.causes).to.have.length(2);
  });

  it('says of very many faults the first', () => {
    const labels = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [`bad//${at}`, 'v']));
    const { message, details } = invalid('', 'Pod', 'a', validateLabels(labels, new FieldPath('labels')));
    expect(details?.causes).to.have.length(1_000);
    expect(message).to.match(/, and 500 more\]$/);
  });
});
