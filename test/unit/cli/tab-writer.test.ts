import { expect } from 'chai';
import { describeLayout, TabWriter, tableLayout } from '../../../hub/cli/printers/tab-writer.ts';

describe('the tab writer', () => {
  it('makes columns as wide as their widest cell, and leaves the last as it is', () => {
    const writer = new TabWriter(tableLayout);
    writer.line(['NAME', 'READY', 'AGE']);
    writer.line(['a-long-name', '1/1', '5s']);
    expect(writer.flush()).to.equal('NAME          READY   AGE\na-long-name   1/1     5s\n');
  });

  it('remembers widths from one flush to the next, as a watch needs, until it is told to forget', () => {
    const writer = new TabWriter(tableLayout);
    writer.line(['a-long-name', 'x']);
    writer.flush();
    writer.line(['a', 'x']);
    expect(writer.flush()).to.equal('a             x\n');
    writer.forget();
    writer.line(['a', 'x']);
    expect(writer.flush()).to.equal('a     x\n');
  });

  it('ends a column where a line has none', () => {
    const writer = new TabWriter(describeLayout);
    writer.line(['Name:', 'web']);
    writer.line(['Labels and more:', 'a=b']);
    writer.line(['Containers:']);
    writer.line(['Image:', 'x']);
    expect(writer.flush()).to.equal('Name:             web\nLabels and more:  a=b\nContainers:\nImage:  x\n');
  });

  it('has nothing to say twice', () => {
    const writer = new TabWriter(describeLayout);
    writer.line(['a', 'b']);
    expect(writer.flush()).to.equal('a  b\n');
    expect(writer.flush()).to.equal('');
  });
});
