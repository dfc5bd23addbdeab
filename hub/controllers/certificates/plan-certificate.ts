// What is to be done about one certificate request. Pure.

import type { CertificateSigningRequest } from '../../../shared/api/index.ts';
import { isConditionTrue } from '../../../shared/machinery/index.ts';
import { isOurs, nodeClientSigner, type RequestFacts, signerFault } from './certificate-signers.ts';

export type CertificateStep =
  | { action: 'approve'; message: string }
  | { action: 'deny'; reason: string; message: string }
  | { action: 'sign' }
  /** Approved, but not what this signer signs. */
  | { action: 'fail'; message: string }
  /** Done, not ours, or not ours to decide. */
  | { action: 'leave' };

type Request = Pick<CertificateSigningRequest, 'spec' | 'status'>;

/** Whether something may have to be done, so that a look at the request itself is worth it. */
export function isOpen({ spec, status }: Request): boolean {
  const decided = status?.certificate || has({ status }, 'Denied') || has({ status }, 'Failed');
  return isOurs(spec.signerName) && !decided;
}

/** `facts` undefined: the request can't be read. `nodeExists`: a Node of that name is registered. */
export function planCertificate(
  request: CertificateSigningRequest,
  facts: RequestFacts | undefined,
  nodeExists: (name: string) => boolean,
): CertificateStep {
  if (!isOpen(request)) return { action: 'leave' };
  const { signerName, usages = [] } = request.spec;
  const fault = signerFault(signerName, facts, usages);
  if (isConditionTrue(request.status?.conditions, 'Approved'))
    return fault === undefined ? { action: 'sign' } : { action: 'fail', message: fault };
  return signerName === nodeClientSigner ? planJoin(request, facts, fault, nodeExists) : { action: 'leave' };
}

/** A node that asks for itself, and whoever holds a join token, gets an answer without a person. */
function planJoin(
  { spec }: CertificateSigningRequest,
  facts: RequestFacts | undefined,
  fault: string | undefined,
  nodeExists: (name: string) => boolean,
): CertificateStep {
  const joins = spec.groups?.includes('system:bootstrappers');
  const subject = facts?.subject.commonName ?? '';
  if (!joins && !spec.groups?.includes('system:nodes')) return { action: 'leave' };
  if (fault !== undefined) return { action: 'deny', reason: 'NotANodeCertificate', message: fault };
  if (spec.username === subject) return { action: 'approve', message: 'a node asks for itself' };
  if (!joins) return { action: 'leave' };
  const node = subject.slice('system:node:'.length);
  if (nodeExists(node)) {
    return {
      action: 'deny',
      reason: 'NodeNameTaken',
      message: `a node named "${node}" has joined already: delete it first (kubectl delete node ${node}) or join under another name (--node-name)`,
    };
  }
  return { action: 'approve', message: 'a join token was shown' };
}

const hour = 3_600_000;

/** From when on the request is of no use (upstream's CSR cleaner), in milliseconds. `validTo`: of its certificate. */
export function expiryOf(
  { metadata, status }: CertificateSigningRequest,
  validTo: number | undefined,
): number {
  const decided = (status?.conditions ?? []).flatMap(({ type, lastUpdateTime }) =>
    type === 'Denied' || type === 'Failed' || (type === 'Approved' && status?.certificate)
      ? [Date.parse(lastUpdateTime ?? metadata?.creationTimestamp ?? '') + hour]
      : [],
  );
  const created = Date.parse(metadata?.creationTimestamp ?? '');
  const pending = (status?.conditions ?? []).length === 0 ? created + 24 * hour : Number.POSITIVE_INFINITY;
  return Math.min(...decided, pending, validTo ?? Number.POSITIVE_INFINITY);
}

function has({ status }: Pick<CertificateSigningRequest, 'status'>, type: string): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === type);
}
