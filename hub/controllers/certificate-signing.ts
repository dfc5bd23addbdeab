// Gives nodes their certificates. A request by signer kubernetes.io/kube-apiserver-client-kubelet is approved when the one
// who asks may have it (whoever holds a join token, for a name that no node has yet; a node, for itself), and signed once
// it is approved, by whomever. Requests to other signers are left to others.

import {
  type CertificateSigningRequest,
  certificatesigningrequests,
  type Node,
  nodes,
} from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import {
  type Client,
  type Controller,
  each,
  type Informer,
  type InformerFactory,
  type Outcome,
} from '../../shared/client/index.ts';
import { ApiError, type Live } from '../../shared/machinery/index.ts';
import { planCertificate, type RequestFacts } from './plan-certificate.ts';

export interface Signer {
  /** What the request asks for; rejects when it is no PKCS#10 request. */
  inspect(request: string): Promise<RequestFacts>;
  /** The certificate, PEM. */
  sign(request: string, facts: RequestFacts): Promise<string>;
}

export interface CertificateSigningOptions {
  client: Client;
  informers: InformerFactory;
  signer: Signer;
  clock: Clock;
  log: Logger;
}

/** As upstream's CSR cleaner: decided requests are of no use any more. */
const keepDecidedMs = 3_600_000;

export class CertificateSigning implements Controller {
  readonly name = 'certificate-signing';
  readonly sources;
  readonly reads;
  private readonly options: CertificateSigningOptions;
  private readonly requests: Informer<CertificateSigningRequest>;
  private readonly nodes: Informer<Node>;

  constructor(options: CertificateSigningOptions) {
    this.options = options;
    this.requests = options.informers.of(certificatesigningrequests);
    this.nodes = options.informers.of(nodes);
    this.sources = [each(this.requests)];
    this.reads = [this.nodes];
  }

  async reconcile(key: string): Promise<Outcome> {
    const request = this.requests.get(key);
    if (!request) return;
    // A worker is started for each look at a request: not for those that are done.
    const facts = request.status?.certificate ? undefined : await this.inspect(request);
    const step = planCertificate(request, facts, (node) => this.nodes.get(node) !== undefined);
    switch (step.action) {
      case 'approve':
        return this.decide(request, 'Approved', 'AutoApproved', step.message);
      case 'deny':
        return this.decide(request, 'Denied', step.reason, step.message);
      case 'sign':
        return this.sign(request, step.facts);
      case 'expire':
        return this.cleanUp(request);
      case 'leave':
        return;
    }
  }

  private async inspect(request: Live<CertificateSigningRequest>): Promise<RequestFacts | undefined> {
    try {
      return await this.options.signer.inspect(pemOf(request));
    } catch (error) {
      this.options.log.info({ request: request.metadata.name, err: error }, 'not a certificate request');
      return undefined;
    }
  }

  private async decide(
    request: Live<CertificateSigningRequest>,
    type: 'Approved' | 'Denied',
    reason: string,
    message: string,
  ): Promise<void> {
    const at = new Date(this.options.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const condition = { type, status: 'True', reason, message, lastUpdateTime: at, lastTransitionTime: at };
    const conditions = [...(request.status?.conditions ?? []), condition];
    const decided = { ...request, status: { ...request.status, conditions } };
    await this.options.client.update(certificatesigningrequests, decided, { subresource: 'approval' });
  }

  private async sign(request: Live<CertificateSigningRequest>, facts: RequestFacts): Promise<void> {
    const certificate = await this.options.signer.sign(pemOf(request), facts);
    const signed = {
      ...request,
      status: { ...request.status, certificate: Buffer.from(certificate).toString('base64') },
    };
    await this.options.client.update(certificatesigningrequests, signed, { subresource: 'status' });
    this.options.log.info({ subject: facts.subject.commonName }, 'signed a certificate');
  }

  private async cleanUp(request: Live<CertificateSigningRequest>): Promise<Outcome> {
    const age = this.options.clock.now() - Date.parse(request.metadata.creationTimestamp);
    if (age < keepDecidedMs) return { requeueAfter: keepDecidedMs - age };
    try {
      await this.options.client.delete(certificatesigningrequests, { name: request.metadata.name });
    } catch (error) {
      if (!ApiError.is(error, 'NotFound')) throw error;
    }
  }
}

function pemOf(request: CertificateSigningRequest): string {
  return Buffer.from(request.spec.request, 'base64').toString();
}
