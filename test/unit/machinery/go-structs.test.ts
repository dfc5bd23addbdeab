import { expect } from 'chai';
import { goTaint, goToleration } from '../../../shared/machinery/index.ts';

describe('structs in faults', () => {
  it('are shown as a real API server shows them', () => {
    expect(goToleration({ key: 'a', operator: 'Exists', value: 'x' }).text).to.equal(
      'core.Toleration{Key:"a", Operator:"Exists", Value:"x", Effect:"", TolerationSeconds:(*int64)(nil)}',
    );
    expect(goTaint({ key: 'a', effect: 'NoSchedule' }).text).to.equal(
      'core.Taint{Key:"a", Value:"", Effect:"NoSchedule", TimeAdded:<nil>}',
    );
  });
});
