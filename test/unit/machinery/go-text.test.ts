// Values in faults, as Go prints them: people search the web for these sentences.

import { expect } from 'chai';
import { FieldPath, faults, goLabels, goSelector } from '../../../shared/machinery/index.ts';

const path = new FieldPath('spec');
const textOf = (value: unknown) => faults.invalid(path, value, 'no').text;

describe('a value that Go prints', () => {
  it('is a list of strings', () => {
    expect(textOf(['a', 'b"'])).to.equal('Invalid value: []string{"a", "b\\""}: no');
  });

  it('is a map of labels, in the order of its keys', () => {
    expect(textOf(goLabels({ b: '2', a: '1' }))).to.equal(
      'Invalid value: map[string]string{"a":"1", "b":"2"}: no',
    );
    expect(textOf(goLabels(undefined))).to.equal('Invalid value: map[string]string(nil): no');
  });

  it('is a label selector', () => {
    expect(textOf(goSelector({ matchLabels: { app: 'x' } }))).to.equal(
      'Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"x"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: no',
    );
    const matchExpressions = [{ key: 'a', operator: 'In', values: ['b'] }];
    expect(textOf(goSelector({ matchExpressions }))).to.equal(
      'Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:"a", Operator:"In", Values:[]string{"b"}}}}: no',
    );
  });
});
