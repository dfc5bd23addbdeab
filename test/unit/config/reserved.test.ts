// What of a board is not for pods.

import { expect } from 'chai';
import { agentOptions } from '../../../edge-agent/config.ts';
import { parseReserved } from '../../../edge-agent/option-parsers.ts';
import { reservedOn } from '../../../edge-agent/reserved.ts';

const mebibyte = 1024 ** 2;
const facts = {
  ...{ architecture: 'arm64', kernelVersion: '', osImage: '', machineId: '', systemUuid: '', bootId: '' },
  ...{ cpus: 4, memoryBytes: 1000 * mebibyte, storageBytes: 10_000 * mebibyte },
};
const options = {
  evictionHard: agentOptions.evictionHard.default,
  ...{ evictionSoft: '', evictionSoftGracePeriod: '', evictionMinimumReclaim: '' },
  ...{ evictionMaxPodGracePeriod: 0, evictionPressureTransitionPeriod: 300 },
  ...{ kubeReserved: '', systemReserved: '' },
};
const reserved = (more: Partial<typeof options>) => {
  const { cpuMillis, memoryBytes, storageBytes } = reservedOn(facts, { ...options, ...more });
  return [cpuMillis, memoryBytes / mebibyte, storageBytes / mebibyte];
};

describe('what pods may not use', () => {
  it('what is left when they would be ended at once for want of it', () => {
    expect(reserved({})).to.deep.equal([0, 100, 1000]);
    expect(reserved({ evictionHard: 'memory.available<25%,nodefs.available<1Gi' })).to.deep.equal([
      0, 250, 1024,
    ]);
    expect(reserved({ evictionHard: '' })).to.deep.equal([0, 0, 0]);
  });

  it('nothing for what they would be ended for later', () => {
    const soft = {
      evictionSoft: 'memory.available<500Mi',
      evictionSoftGracePeriod: 'memory.available=1m',
    };
    expect(reserved(soft)).to.deep.equal([0, 100, 1000]);
  });

  it('what is kept for the system and for the agent, beside that', () => {
    const kept = { kubeReserved: 'cpu=100m,memory=50Mi', systemReserved: 'cpu=1,ephemeral-storage=1Gi' };
    expect(reserved(kept)).to.deep.equal([1100, 150, 2024]);
  });

  for (const wrong of ['memory', 'memory=lots', 'memory=-1', 'disk=1Gi', '=1']) {
    it(`${wrong}: refused`, () => {
      const part = JSON.stringify(wrong);
      expect(() => parseReserved(wrong)).to.throw(
        `${part}: must be RESOURCE=QUANTITY, with one of cpu, memory, ephemeral-storage`,
      );
    });
  }
});
