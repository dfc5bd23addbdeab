import { expect } from 'chai';
import { renderTable } from '../../../shared/machinery/index.ts';

describe('a text table', () => {
  it('looks as kubectl prints it', () => {
    const rows = [
      ['never', '0/1', 'StartError', 0, '51s'],
      ['always', '0/1', 'RunContainerError', 3, '51s'],
    ];
    expect(renderTable(['Name', 'Ready', 'Status', 'Restarts', 'Age'], rows)).to.equal(
      [
        'NAME     READY   STATUS              RESTARTS   AGE',
        'never    0/1     StartError          0          51s',
        'always   0/1     RunContainerError   3          51s',
      ].join('\n'),
    );
  });

  it('has no column narrower than six', () => {
    expect(renderTable(['a', 'b'], [['x', 'y']])).to.equal('A     B\nx     y');
  });

  it('shows nothing for null, and the first line of longer texts', () => {
    expect(renderTable(['name', 'data', 'age'], [['x', null, 'one\ntwo']], { headings: false })).to.equal(
      'x           one...',
    );
  });

  it('counts characters, not code units', () => {
    expect(renderTable(['name', 'age'], [['𝒳𝒳𝒳', '1s']], { headings: false })).to.equal('𝒳𝒳𝒳   1s');
  });
});
