// Which certificate requests are approved, denied, signed or left alone.

import { expect } from 'chai';
import {
  nodeClientSigner,
  planCertificate,
  type RequestFacts,
} from '../../../hub/controllers/plan-certificate.ts';
import type { CertificateSigningRequest } from '../../../shared/api/index.ts';

const facts: RequestFacts = {
  subject: { commonName: 'system:node:pi-1', organizations: ['system:nodes'] },
  dnsNames: [],
  addresses: [],
  signatureValid: true,
};

function request(
  spec: Partial<CertificateSigningRequest['spec']> = {},
  conditions: string[] = [],
): CertificateSigningRequest {
  const board = { groups: ['system:bootstrappers'], username: 'system:bootstrap:abcdef' };
  return {
    metadata: { name: 'node-pi-1' },
    spec: { request: '', signerName: nodeClientSigner, usages: [], ...board, ...spec },
    status: { conditions: conditions.map((type) => ({ type, status: 'True' })) },
  };
}

const nobody = () => false;

describe('planCertificate', () => {
  it('approves a board that shows a join token', () => {
    expect(planCertificate(request(), facts, nobody).action).to.equal('approve');
  });

  it('signs what has been approved, by whomever', () => {
    expect(planCertificate(request({ groups: [] }, ['Approved']), facts, nobody)).to.deep.equal({
      action: 'sign',
      facts,
    });
  });

  it('lets a node renew its own certificate', () => {
    const renewal = request({ username: 'system:node:pi-1', groups: ['system:nodes'] });
    expect(planCertificate(renewal, facts, () => true).action).to.equal('approve');
  });

  it('leaves a node alone that asks for the certificate of another', () => {
    const theft = request({ username: 'system:node:pi-2', groups: ['system:nodes'] });
    expect(planCertificate(theft, facts, () => true).action).to.equal('leave');
  });

  it('denies a token the name of a node that has joined, and says what to do', () => {
    const step = planCertificate(request(), facts, (name) => name === 'pi-1');
    expect(step).to.include({ action: 'deny', reason: 'NodeNameTaken' });
    expect(step).to.have.property('message').that.contains('kubectl delete node pi-1');
  });

  it('leaves requests to other signers to others', () => {
    expect(planCertificate(request({ signerName: 'example.com/s' }), facts, nobody).action).to.equal('leave');
  });

  it('lets decided requests expire', () => {
    expect(planCertificate(request({}, ['Denied']), facts, nobody).action).to.equal('expire');
    expect(
      planCertificate({ ...request(), status: { certificate: 'x' } }, undefined, nobody).action,
    ).to.equal('expire');
  });

  const bad: [string, RequestFacts | undefined][] = [
    ['cannot be read', undefined],
    ['is not signed with its own key', { ...facts, signatureValid: false }],
    [
      'names no node',
      { ...facts, subject: { commonName: 'kubernetes-admin', organizations: ['system:nodes'] } },
    ],
    [
      'asks for another group',
      { ...facts, subject: { ...facts.subject, organizations: ['system:masters'] } },
    ],
    [
      'asks for two groups',
      { ...facts, subject: { ...facts.subject, organizations: ['system:nodes', 'system:masters'] } },
    ],
    ['asks for DNS names', { ...facts, dnsNames: ['hub.local'] }],
    ['asks for addresses', { ...facts, addresses: ['10.0.0.1'] }],
    [
      'would break out of a topic',
      { ...facts, subject: { ...facts.subject, commonName: 'system:node:a/b' } },
    ],
  ];
  for (const [what, wrong] of bad) {
    it(`denies a request that ${what}, even when a person approved it`, () => {
      expect(planCertificate(request(), wrong, nobody).action).to.equal('deny');
      expect(planCertificate(request({}, ['Approved']), wrong, nobody).action).to.equal('deny');
    });
  }
});
