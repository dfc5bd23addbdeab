// What a damaged file of certificates means: what can be made anew is, and what can't stops the start in one line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadIdentity, saveIdentity } from '../../../edge-agent/join/identity.ts';
import { CertificateAuthority, HubCertificates } from '../../../hub/pki/index.ts';
import { systemClock, UserError } from '../../../shared/base/index.ts';

describe('damaged files of certificates', () => {
  let directory = '';

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-damaged-'));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const damage = (file: string) => writeFileSync(join(directory, file), 'damaged\n');
  const started = async () => {
    const authority = new CertificateAuthority({ directory });
    await authority.start();
    return authority;
  };
  const refusal = async (what: Promise<unknown>) => {
    const error = await what.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(UserError);
    return error instanceof UserError ? error.message : '';
  };

  for (const file of ['ca.crt', 'ca.key']) {
    it(`refuses a damaged ${file} of the cluster`, async () => {
      await started();
      damage(file);
      expect(await refusal(started())).to.contain(
        `${directory}: ca.crt and ca.key are no certificate and its key: put both back from a backup`,
      );
    });
  }

  for (const file of ['admin.crt', 'admin.key']) {
    it(`makes a hub's damaged ${file} anew`, async () => {
      const authority = await started();
      const certificates = new HubCertificates({ directory, authority, clock: systemClock });
      const first = await certificates.admin();
      expect(await certificates.admin()).to.deep.equal(first);
      damage(file);
      const second = await certificates.admin();
      expect(second.certificate)
        .to.match(/^-----BEGIN CERTIFICATE-----/)
        .and.not.equal(first.certificate);
      expect(await certificates.admin()).to.deep.equal(second);
    });
  }

  for (const file of ['hub.json', 'node.crt', 'node.key']) {
    it(`tells a board to join again when its ${file} is damaged`, async () => {
      const { certificate, key } = await new HubCertificates({
        ...{ directory, authority: await started(), clock: systemClock },
      }).admin();
      const identity = { nodeName: 'a', hub: 'https://hub:6443', mqttPort: 8883, ca: certificate };
      await saveIdentity(directory, { ...identity, certificate, key });
      expect(await loadIdentity(directory)).to.deep.equal({ ...identity, certificate, key });
      damage(file);
      expect(await refusal(loadIdentity(directory))).to.match(/damaged identity .*join again with --token/);
    });
  }
});
