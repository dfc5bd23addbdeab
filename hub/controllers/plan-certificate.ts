// What is to be done about one certificate request. Pure.

import type { CertificateSigningRequest } from '../../shared/api/index.ts';

/** What the PKCS#10 request says. */
export interface RequestFacts {
  subject: { commonName: string; organizations: readonly string[] };
  dnsNames: readonly string[];
  addresses: readonly string[];
  /** It was signed with the key that it carries. */
  signatureValid: boolean;
}

export type CertificateStep =
  | { action: 'approve'; message: string }
  | { action: 'deny'; reason: string; message: string }
  | { action: 'sign'; facts: RequestFacts }
  /** Decided: of no use after a while. */
  | { action: 'expire' }
  /** Not ours, or not ours to decide. */
  | { action: 'leave' };

export const nodeClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';

/** `facts` undefined: the request can't be read. `nodeExists`: a Node of that name is registered. */
export function planCertificate(
  request: CertificateSigningRequest,
  facts: RequestFacts | undefined,
  nodeExists: (name: string) => boolean,
): CertificateStep {
  if (request.spec.signerName !== nodeClientSigner) return { action: 'leave' };
  if (request.status?.certificate || has(request, 'Denied') || has(request, 'Failed'))
    return { action: 'expire' };
  const fault = faultOf(facts);
  if (!facts || fault)
    return { action: 'deny', reason: 'NotANodeCertificate', message: fault ?? 'no PKCS#10 request' };
  if (has(request, 'Approved')) return { action: 'sign', facts };
  const subject = facts.subject.commonName;
  if (request.spec.username === subject) return { action: 'approve', message: 'a node asks for itself' };
  if (!request.spec.groups?.includes('system:bootstrappers')) return { action: 'leave' };
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

function has(request: CertificateSigningRequest, type: string): boolean {
  return (request.status?.conditions ?? []).some((condition) => condition.type === type);
}

/** As upstream's rules for a node's client certificate: user system:node:X, group system:nodes, no other names. */
function faultOf(facts: RequestFacts | undefined): string | undefined {
  if (!facts) return 'the request is no PKCS#10 certificate request';
  if (!facts.signatureValid) return 'the request is not signed with its own key';
  if (!/^system:node:[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(facts.subject.commonName)) {
    return `the common name must be system:node:NAME, not "${facts.subject.commonName}"`;
  }
  if (facts.subject.organizations.join() !== 'system:nodes') return 'the organization must be system:nodes';
  if (facts.dnsNames.length > 0 || facts.addresses.length > 0) return 'a node may not ask for further names';
  return undefined;
}
