// Who may approve and sign certificate requests, by the verbs on the signer.

import { expect } from 'chai';
import { type AccessReview, createAdmission } from '../../../hub/apiserver/index.ts';
import { certificateTask } from '../../../shared/pki/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

describe('approving and signing certificate requests', () => {
  let server: ApiServerFixture;
  let allowed: string[] = [];
  const asked: AccessReview[] = [];

  before(async () => {
    server = await startApiServer({
      admission: createAdmission,
      authorize: async (review) => {
        if (review.resource !== 'signers') return { allowed: true };
        asked.push(review);
        return { allowed: allowed.includes(`${review.verb} ${review.name}`) };
      },
    });
    const { request } = await certificateTask('request', {
      subject: { commonName: 'jane', organizations: [] },
    });
    const spec = {
      request: Buffer.from(request).toString('base64'),
      signerName: 'example.com/ours',
      usages: ['client auth'],
    };
    const body = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' };
    await server.must('POST', path, { body: { ...body, metadata: { name: 'r' }, spec } });
  });

  after(() => server.stop());

  const put = async (subresource: string, type: string) => {
    const current = await server.must('GET', `${path}/r`);
    const conditions = [...(current.status.conditions ?? []), { type, status: 'True', reason: 'Test' }];
    return server.ask('PUT', `${path}/r/${subresource}`, { body: { ...current, status: { conditions } } });
  };

  it('needs "approve" on the signer, or on its domain', async () => {
    allowed = ['sign example.com/ours', 'approve other.com/*'];
    const refused = await put('approval', 'Approved');
    expect(refused.code).to.equal(403);
    expect(refused.body.message).to.equal(
      'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "example.com/ours"',
    );
    expect(asked.map(({ verb, group, name }) => `${verb} ${group} ${name}`)).to.deep.equal([
      'approve certificates.k8s.io example.com/ours',
      'approve certificates.k8s.io example.com/*',
    ]);
    allowed = ['approve example.com/*'];
    expect((await put('approval', 'Approved')).code).to.equal(200);
  });

  it('never decides both ways', async () => {
    const { code, body } = await put('approval', 'Denied');
    expect(code).to.equal(422);
    expect(body.message).to.contain('Approved and Denied conditions are mutually exclusive');
  });

  it('leaves decisions to approval, whatever a status says', async () => {
    const { code, body } = await put('status', 'Denied');
    expect(code).to.equal(422);
    expect(body.message).to.contain(
      'status.conditions: Forbidden: updates may not add a condition of type "Denied"',
    );
    const current = await server.must('GET', `${path}/r`);
    const [approved] = current.status.conditions;
    const conditions = [{ ...approved, message: 'by me' }];
    const kept = await server.must('PUT', `${path}/r/status`, {
      body: { ...current, status: { conditions } },
    });
    expect(kept.status.conditions).to.deep.equal([approved]);
  });

  it('takes no request that is none, or that somebody else signed', async () => {
    const pem = (text: string) => Buffer.from(text).toString('base64');
    const block = (content: string) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${content}\n-----END CERTIFICATE REQUEST-----\n`;
    const { request } = await certificateTask('request', {
      subject: { commonName: 'jane', organizations: [] },
    });
    const renamed = Buffer.from(request.replace(/-----.*?-----|\s/g, ''), 'base64');
    renamed.write('jill', renamed.indexOf('jane'));
    const refusals: [request: string, why: string][] = [
      [pem(block('YWJj')), 'must be a PKCS#10 certificate request'],
      [pem(block(renamed.toString('base64'))), 'must be signed with the key that it carries'],
      [
        pem(request.replaceAll('CERTIFICATE', 'NEW CERTIFICATE')),
        'PEM block type must be CERTIFICATE REQUEST',
      ],
    ];
    const post = (sent: string) =>
      server.ask('POST', `${path}?dryRun=All`, {
        body: {
          metadata: { name: 'q' },
          spec: { request: sent, signerName: 'example.com/ours', usages: ['client auth'] },
        },
      });
    for (const [sent, why] of refusals) {
      const { code, body } = await post(sent);
      expect(code, why).to.equal(422);
      expect(body.message).to.contain(`spec.request: Invalid value: "${sent}": ${why}`);
    }
    expect((await post(pem(`for jane\n${request}`))).code).to.equal(201);
  });

  it('takes certificates with words around them, and nothing else, from a signer', async () => {
    allowed = ['sign example.com/ours'];
    const { certificate } = await certificateTask('authority', { commonName: 'ours', days: 1 });
    const current = await server.must('GET', `${path}/r`);
    const put = (text: string) => {
      const status = { ...current.status, certificate: Buffer.from(text).toString('base64') };
      return server.ask('PUT', `${path}/r/status?dryRun=All`, { body: { ...current, status } });
    };
    const refusals: [text: string, why: string][] = [
      ['garbage', 'must contain at least one CERTIFICATE PEM block'],
      [certificate.replaceAll('CERTIFICATE', 'KEY'), 'only CERTIFICATE PEM blocks are allowed, found "KEY"'],
      [certificate.replace('-----\n', '-----\nA: b\n\n'), 'no PEM block headers are permitted'],
      ['-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----', 'x509: malformed certificate'],
    ];
    for (const [text, why] of refusals)
      expect((await put(text)).body.message).to.contain(
        `status.certificate: Invalid value: "<certificate data>": ${why}`,
      );
    expect((await put(`of jane\n${certificate}\nof hers\n${certificate}`)).code).to.equal(200);
  });

  it('needs "sign" on the signer for what a signer says, not for a write that says nothing', async () => {
    allowed = ['approve example.com/ours'];
    const refused = await put('status', 'Failed');
    expect(refused.body.message).to.contain('user not permitted to sign requests with signerName');
    const current = await server.must('GET', `${path}/r`);
    expect((await server.ask('PUT', `${path}/r/status`, { body: current })).code).to.equal(200);
    allowed = ['sign example.com/ours'];
    expect((await put('status', 'Failed')).code).to.equal(200);
  });
});
