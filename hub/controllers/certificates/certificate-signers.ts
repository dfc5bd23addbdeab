// The signers of Kubernetes itself, and what each may sign (k8s.io/kubernetes/pkg/apis/certificates/helpers.go). Pure.

/** What the PKCS#10 request says. */
export interface RequestFacts {
  subject: { commonName: string; organizations: readonly string[] };
  dnsNames: readonly string[];
  addresses: readonly string[];
  emails: readonly string[];
  uris: readonly string[];
  /** It was signed with the key that it carries. */
  signatureValid: boolean;
}

export const nodeClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
const nodeServingSigner = 'kubernetes.io/kubelet-serving';
const clientSigner = 'kubernetes.io/kube-apiserver-client';

type Fault = string | undefined;
type Rule = (facts: RequestFacts, usages: readonly string[]) => Fault;

/** What is not here is signed by somebody else; `legacy-unknown` cannot be asked for any more. */
const rules: Readonly<Record<string, Rule>> = {
  [clientSigner]: (_, usages) => clientUsagesFault(usages),
  [nodeClientSigner]: nodeClientFault,
  [nodeServingSigner]: nodeServingFault,
};

export function isOurs(signerName: string): boolean {
  return Object.hasOwn(rules, signerName);
}

/** Why the signer may not sign this; undefined: it may. `facts` undefined: the request can't be read. */
export function signerFault(
  signerName: string,
  facts: RequestFacts | undefined,
  usages: readonly string[],
): Fault {
  if (!facts) return 'the request is no PKCS#10 certificate request';
  if (!facts.signatureValid)
    return 'unable to verify certificate request signature: it is not signed with its own key';
  return rules[signerName]?.(facts, usages);
}

function clientUsagesFault(usages: readonly string[]): Fault {
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth')
    ? undefined
    : 'missing required usage for client certificate: client auth';
}

function nodeClientFault(facts: RequestFacts, usages: readonly string[]): Fault {
  if (facts.subject.organizations.join() !== 'system:nodes')
    return 'subject organization is not system:nodes';
  if (facts.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (facts.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (facts.addresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (facts.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return nodeNameFault(facts) ?? usagesFault(usages, 'client auth');
}

function nodeServingFault(facts: RequestFacts, usages: readonly string[]): Fault {
  if (facts.subject.organizations.join() !== 'system:nodes')
    return 'subject organization is not system:nodes';
  if (facts.dnsNames.length === 0 && facts.addresses.length === 0)
    return 'DNS or IP subjectAltName is required';
  if (facts.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (facts.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return usagesFault(usages, 'server auth') ?? nodeNameFault(facts);
}

/** Stricter than upstream: the name becomes a part of topics. */
function nodeNameFault({ subject: { commonName } }: RequestFacts): Fault {
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
  return /^system:node:[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(commonName)
    ? undefined
    : `subject common name must be system:node:NAME, not ${JSON.stringify(commonName)}`;
}

function usagesFault(usages: readonly string[], purpose: 'client auth' | 'server auth'): Fault {
  const least = ['digital signature', purpose].sort();
  const most = ['digital signature', 'key encipherment', purpose].sort();
  const sent = [...new Set(usages)].sort().join();
  return sent === least.join() || sent === most.join()
    ? undefined
    : `usages did not match [${most.sort().join(' ')}]`;
}
