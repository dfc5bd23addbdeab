// Certificates made in a worker: one for all that is asked in one go, and none afterwards.

import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { CertificateMaker } from '../../../shared/pki/certificate-maker.ts';
import { until } from '../../support/until.ts';

const threads = () => readdirSync('/proc/self/task').length;

describe('the maker of certificates', () => {
  it('does whatever is asked of it at once in one worker, and ends it', async () => {
    const maker = new CertificateMaker();
    const before = threads();
    const names = Array.from({ length: 12 }, (_, index) => `ca-${index}`);
    const made = Promise.all(names.map((commonName) => maker.run('authority', { commonName, days: 1 })));
    let most = 0;
    await until('all of them', async () => {
      most = Math.max(most, threads());
      return Promise.race([made.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);
    });
    expect(most - before).to.be.within(1, names.length - 1); // some are those of its computing
    const certificates = (await made).map(({ certificate }) => certificate);
    expect(new Set(certificates).size).to.equal(names.length);
    await until('its worker to end', () => threads() <= before);
    await maker.run('authority', { commonName: 'later', days: 1 });
  });

  it('says what is wrong with one thing, and does the others', async () => {
    const maker = new CertificateMaker();
    const [bad, good] = await Promise.allSettled([
      maker.run('inspect', { request: 'nonsense' }),
      maker.run('authority', { commonName: 'good', days: 1 }),
    ]);
    expect(bad.status === 'rejected' && bad.reason).to.be.an('error');
    expect(good.status).to.equal('fulfilled');
  });
});
