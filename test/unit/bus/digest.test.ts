// The digest: equal for equal contents however they came about, and different otherwise.

import { expect } from 'chai';
import fc from 'fast-check';
import { Digest } from '../../../shared/bus/index.ts';

describe('digest', () => {
  it('is zero when nothing is held', () => {
    const digest = new Digest();
    digest.set('a', '1');
    digest.delete('a');
    expect(digest.hash).to.equal('0'.repeat(32));
  });

  it('depends on what is held, not on how it came about', () => {
    const step = fc.record({
      uid: fc.constantFrom('a', 'b', 'c', 'd'),
      version: fc.option(fc.constantFrom('1', '2', '12')),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const walked = new Digest();
        const held = new Map<string, string>();
        for (const { uid, version } of steps) {
          if (version === null) {
            walked.delete(uid);
            held.delete(uid);
          } else {
            walked.set(uid, version);
            held.set(uid, version);
          }
        }
        const direct = new Digest();
        for (const [uid, version] of [...held].reverse()) direct.set(uid, version);
        expect(walked.hash).to.equal(direct.hash);
        expect(walked.size).to.equal(held.size);
        direct.set('another', '1');
        expect(walked.hash).not.to.equal(direct.hash);
      }),
    );
  });
});
