// CertificateSigningRequest: who asks is written down by the server, so that a signer can rely on it; who approves or signs
// needs the verb `approve` or `sign` on the signer, and signing is not deciding; what is asked for is a request, and nobody
// asks to become an administrator (upstream's CertificateApproval, CertificateSigning and CertificateSubjectRestriction).

import {
  type CertificateSigningRequest,
  certificatesigningrequests,
  isOf,
} from '../../../shared/api/index.ts';
import {
  ApiError,
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  invalid,
  type KubeObject,
  type Live,
} from '../../../shared/machinery/index.ts';
import { certificateTask, frontProxyName, type RequestFacts } from '../../../shared/pki/index.ts';
import { isLiveOf } from '../kind.ts';
import type { Authorize } from '../pipeline.ts';
import type { UserInfo } from '../request.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

export interface CertificateRequestsOptions {
  authorize: Authorize;
}

type Spec = CertificateSigningRequest['spec'];
type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

const clientSigner = 'kubernetes.io/kube-apiserver-client';
/** Whoever is in them may do everything, or is taken for a hub. */
const powerfulGroups = ['system:masters', 'system:kelp-hubs'];

export function certificateRequests({ authorize }: CertificateRequestsOptions): AdmissionPlugin {
  return {
    name: 'CertificateRequests',
    admit({ resource, verb, subresource, user }, object, old) {
      if (!isOf(certificatesigningrequests, resource, object)) return;
      if (subresource === 'status' && isLive(old)) keepDecisions(object, old);
      if (verb !== 'create' || subresource) return;
      if (object.spec) object.spec = askedBy(user, object.spec);
    },
    async validate({ resource, verb, subresource, user }, object, old) {
      if (!isOf(certificatesigningrequests, resource, object)) return;
      if (verb === 'create' && !subresource) refusePower(object, await factsOf(object));
      if (!isLive(old)) return;
      const { signerName } = old.spec;
      const asked = subresource === 'approval' ? 'approve' : subresource === 'status' ? 'sign' : undefined;
      if (!asked || (asked === 'sign' && isSame(object, old))) return;
      if (await maySign(user, asked, signerName)) return;
      throw refused(
        old,
        `user not permitted to ${asked} requests with signerName ${JSON.stringify(signerName)}`,
      );
    },
  };

  /** On the signer itself, or on all of its domain. */
  async function maySign(user: UserInfo, verb: string, signerName: string): Promise<boolean> {
    const signers = { user, verb, group: 'certificates.k8s.io', resource: 'signers' };
    if ((await authorize({ ...signers, name: signerName })).allowed) return true;
    return (await authorize({ ...signers, name: `${signerName.split('/')[0]}/*` })).allowed;
  }
}

function isLive(old: Live | undefined): old is Live<CertificateSigningRequest> {
  return old !== undefined && isLiveOf(certificatesigningrequests, old);
}

function askedBy({ name, groups, uid, extra }: UserInfo, spec: Spec): Spec {
  const { uid: _uid, extra: _extra, ...asked } = spec;
  return { ...asked, username: name, groups: [...groups], ...(uid && { uid }), ...(extra && { extra }) };
}

/** Who signs does not decide: what was approved or denied is so, whatever a status says; it may not decide more. */
function keepDecisions(next: CertificateSigningRequest, old: CertificateSigningRequest): void {
  const before = decisionsIn(old);
  const added = decisionsIn(next).filter(({ type }) => before.every((decision) => decision.type !== type));
  const at = new FieldPath('status').child('conditions');
  if (added.length > 0)
    throw invalidRequest(
      next,
      added.map(({ type }) =>
        faults.forbidden(at, `updates may not add a condition of type ${JSON.stringify(type)}`),
      ),
    );
  if (!next.status?.conditions) return;
  const conditions = next.status.conditions.map(
    (condition) => before.find(({ type }) => type === condition.type) ?? condition,
  );
  next.status = { ...next.status, conditions };
}

function decisionsIn({ status }: CertificateSigningRequest): Condition[] {
  return (status?.conditions ?? []).filter(({ type }) => type === 'Approved' || type === 'Denied');
}

function isSame(next: CertificateSigningRequest, old: CertificateSigningRequest): boolean {
  const said = ({ status = {} }: CertificateSigningRequest) => [
    status.certificate ?? '',
    status.conditions ?? [],
  ];
  return deepEqual(said(next), said(old));
}

/** Upstream's validation: what is asked for is a request, signed with the key that it is about. */
async function factsOf(object: CertificateSigningRequest): Promise<RequestFacts> {
  const { request: sent } = object.spec;
  const wrong = (why: string) =>
    invalidRequest(object, [faults.invalid(new FieldPath('spec').child('request'), sent, why)]);
  const request = Buffer.from(sent, 'base64').toString();
  const facts = await certificateTask('inspect', { request }).catch(() => {
    throw wrong('must be a PKCS#10 certificate request');
  });
  if (!facts.signatureValid) throw wrong('must be signed with the key that it carries');
  return facts;
}

function refusePower(object: CertificateSigningRequest, { subject }: RequestFacts): void {
  if (object.spec.signerName !== clientSigner) return;
  if (subject.commonName === frontProxyName)
    throw refused(object, `use of ${clientSigner} signer with user ${frontProxyName} is not allowed`);
  const power = subject.organizations.find((organization) => powerfulGroups.includes(organization));
  if (power !== undefined)
    throw refused(object, `use of ${clientSigner} signer with ${power} group is not allowed`);
}

function invalidRequest({ metadata }: KubeObject, found: readonly FieldError[]): ApiError {
  return invalid('certificates.k8s.io', 'CertificateSigningRequest', metadata?.name ?? '', found);
}

function refused({ metadata }: KubeObject, why: string): ApiError {
  const name = metadata?.name ?? '';
  const message = `certificatesigningrequests.certificates.k8s.io ${JSON.stringify(name)} is forbidden: ${why}`;
  return new ApiError('Forbidden', message, {
    name,
    group: 'certificates.k8s.io',
    kind: 'certificatesigningrequests',
  });
}
