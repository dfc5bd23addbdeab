// Signs certificate requests to the signers of Kubernetes itself (kubernetes.io/kube-apiserver-client, …-client-kubelet,
// kubelet-serving) once they are approved, by whomever; approves those of nodes; clears away what is of no use any more.
// Requests to other signers are signed by others.

import { X509Certificate } from 'node:crypto';
import {
  type CertificateSigningRequest,
  certificatesigningrequests,
  type Node,
  nodes,
} from '../../../shared/api/index.ts';
import type { Clock, Logger } from '../../../shared/base/index.ts';
import {
  type Client,
  type Controller,
  each,
  type Informer,
  type InformerFactory,
  type Outcome,
} from '../../../shared/client/index.ts';
import { ApiError, formatTime, type Live } from '../../../shared/machinery/index.ts';
import type { RequestFacts } from './certificate-signers.ts';
import { expiryOf, isOpen, planCertificate } from './plan-certificate.ts';

export interface Signer {
  /** What the request asks for; rejects when it is no PKCS#10 request. */
  inspect(request: string): Promise<RequestFacts>;
  /** The certificate, PEM. */
  sign(request: string, spec: CertificateSigningRequest['spec']): Promise<string>;
}

export interface CertificateSigningOptions {
  client: Client;
  informers: InformerFactory;
  signer: Signer;
  clock: Clock;
  log: Logger;
}

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
    const left = expiryOf(request, validToOf(request)) - this.options.clock.now();
    if (left <= 0) return this.cleanUp(request);
    await this.settle(request);
    if (Number.isFinite(left)) return { requeueAfter: left };
  }

  private async settle(request: Live<CertificateSigningRequest>): Promise<void> {
    // A worker is started for each look at a request: not for those that are done.
    const facts = isOpen(request) ? await this.inspect(request) : undefined;
    const step = planCertificate(request, facts, (node) => this.nodes.get(node) !== undefined);
    switch (step.action) {
      case 'approve':
        return this.add(request, 'approval', 'Approved', 'AutoApproved', step.message);
      case 'deny':
        return this.add(request, 'approval', 'Denied', step.reason, step.message);
      case 'fail':
        return this.add(request, 'status', 'Failed', 'SignerValidationFailure', step.message);
      case 'sign':
        return this.sign(request);
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

  private async add(
    request: Live<CertificateSigningRequest>,
    subresource: 'approval' | 'status',
    type: 'Approved' | 'Denied' | 'Failed',
    reason: string,
    message: string,
  ): Promise<void> {
    const at = formatTime(this.options.clock.now());
    const condition = { type, status: 'True', reason, message, lastUpdateTime: at, lastTransitionTime: at };
    const conditions = [...(request.status?.conditions ?? []), condition];
    const decided = { ...request, status: { ...request.status, conditions } };
    await this.options.client.update(certificatesigningrequests, decided, { subresource });
  }

  private async sign(request: Live<CertificateSigningRequest>): Promise<void> {
    const certificate = await this.options.signer.sign(pemOf(request), request.spec);
    const signed = {
      ...request,
      status: { ...request.status, certificate: Buffer.from(certificate).toString('base64') },
    };
    await this.options.client.update(certificatesigningrequests, signed, { subresource: 'status' });
    const { signerName } = request.spec;
    this.options.log.info({ request: request.metadata.name, signerName }, 'signed a certificate');
  }

  private async cleanUp(request: Live<CertificateSigningRequest>): Promise<void> {
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

/** Undefined: there is no certificate, or somebody else's that cannot be read. */
function validToOf({ status }: CertificateSigningRequest): number | undefined {
  if (!status?.certificate) return undefined;
  try {
    return Date.parse(new X509Certificate(Buffer.from(status.certificate, 'base64')).validTo);
  } catch {
    return undefined;
  }
}
