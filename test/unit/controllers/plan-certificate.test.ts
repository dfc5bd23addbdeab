// Which certificate requests are approved, denied, signed or left alone.

import { expect } from 'chai';
import {
  nodeClientSigner,
  type RequestFacts,
} from '../../../hub/controllers/certificates/certificate-signers.ts';
import { expiryOf, planCertificate } from '../../../hub/controllers/certificates/plan-certificate.ts';
import type { CertificateSigningRequest } from '../../../shared/api/index.ts';

const facts: RequestFacts = {
  subject: { commonName: 'system:node:pi-1', organizations: ['system:nodes'] },
  dnsNames: [],
  addresses: [],
  emails: [],
  uris: [],
  signatureValid: true,
};

function request(
  spec: Partial<CertificateSigningRequest['spec']> = {},
  conditions: string[] = [],
): CertificateSigningRequest {
  const board = { groups: ['system:bootstrappers'], username: 'system:bootstrap:abcdef' };
  return {
    metadata: { name: 'node-pi-1' },
    spec: {
      request: '',
      signerName: nodeClientSigner,
      usages: ['digital signature', 'client auth'],
      ...board,
      ...spec,
    },
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

  it('leaves what is decided', () => {
    expect(planCertificate(request({}, ['Denied']), facts, nobody).action).to.equal('leave');
    expect(planCertificate(request({}, ['Approved', 'Failed']), facts, nobody).action).to.equal('leave');
    expect(
      planCertificate({ ...request(), status: { certificate: 'x' } }, undefined, nobody).action,
    ).to.equal('leave');
  });

  describe('expiry', () => {
    const created = Date.parse('2026-01-01T00:00:00Z');
    const hours = (count: number) => created + count * 3_600_000;
    const aged = (types: string[], certificate?: string) => ({
      ...request(),
      metadata: { name: 'r', creationTimestamp: '2026-01-01T00:00:00Z' },
      status: {
        ...(certificate && { certificate }),
        conditions: types.map((type) => ({ type, status: 'True', lastUpdateTime: '2026-01-01T02:00:00Z' })),
      },
    });

    it('is a day for what nobody decided, an hour for what is decided, never for what still waits to be signed', () => {
      expect(expiryOf(aged([]), undefined)).to.equal(hours(24));
      for (const type of ['Denied', 'Failed']) expect(expiryOf(aged([type]), undefined)).to.equal(hours(3));
      expect(expiryOf(aged(['Approved'], 'x'), hours(100))).to.equal(hours(3));
      expect(expiryOf(aged(['Approved'], 'x'), hours(2.5))).to.equal(hours(2.5));
      expect(expiryOf(aged(['Approved']), undefined)).to.equal(Number.POSITIVE_INFINITY);
    });
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
    it(`denies a board that ${what}, and fails it when a person approved it`, () => {
      expect(planCertificate(request(), wrong, nobody).action).to.equal('deny');
      expect(planCertificate(request({}, ['Approved']), wrong, nobody).action).to.equal('fail');
    });
  }

  it('leaves the faulty request of a person until somebody decides', () => {
    const person = { groups: ['system:authenticated'], username: 'jane', usages: ['server auth'] };
    expect(planCertificate(request(person), facts, nobody).action).to.equal('leave');
  });

  const person = { subject: { commonName: 'jane', organizations: ['devs'] } };
  const serving = { dnsNames: ['pi-1.local'] };
  const all = ['digital signature', 'key encipherment', 'client auth'];
  const server = ['digital signature', 'key encipherment', 'server auth'];
  const signed: [signer: string, usages: string[], Partial<RequestFacts>, fault?: string][] = [
    ['kube-apiserver-client', all, person],
    ['kube-apiserver-client', ['client auth'], { ...person, dnsNames: ['x'] }],
    [
      'kube-apiserver-client',
      ['digital signature'],
      person,
      'missing required usage for client certificate: client auth',
    ],
    [
      'kube-apiserver-client',
      [...all, 'server auth'],
      person,
      'invalid usage for client certificate: server auth',
    ],
    ['kube-apiserver-client-kubelet', all, {}],
    [
      'kube-apiserver-client-kubelet',
      ['client auth'],
      {},
      'usages did not match [client auth digital signature key encipherment]',
    ],
    ['kube-apiserver-client-kubelet', all, person, 'subject organization is not system:nodes'],
    ['kube-apiserver-client-kubelet', all, { emails: ['a@b'] }, 'Email subjectAltNames are not allowed'],
    ['kube-apiserver-client-kubelet', all, { uris: ['a:b'] }, 'URI subjectAltNames are not allowed'],
    ['kubelet-serving', server, serving],
    ['kubelet-serving', ['server auth', 'digital signature'], { addresses: ['10.0.0.1'] }],
    ['kubelet-serving', server, {}, 'DNS or IP subjectAltName is required'],
    [
      'kubelet-serving',
      all,
      serving,
      'usages did not match [digital signature key encipherment server auth]',
    ],
    [
      'kubelet-serving',
      server,
      { ...serving, subject: { commonName: 'pi-1', organizations: ['system:nodes'] } },
      'subject common name does not begin with system:node:',
    ],
  ];
  for (const [signer, usages, said, fault] of signed) {
    it(`${fault ? `fails (${fault})` : 'signs'} for ${signer} with ${usages.join(', ')}`, () => {
      const asked = request({ signerName: `kubernetes.io/${signer}`, usages, groups: [] }, ['Approved']);
      const step = planCertificate(asked, { ...facts, ...said }, nobody);
      expect(step).to.deep.equal(fault ? { action: 'fail', message: fault } : { action: 'sign' });
    });
  }
});
