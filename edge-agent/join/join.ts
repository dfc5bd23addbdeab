// How a board becomes a node. With a join token it fetches the hub's CA, believes it only if its fingerprint is the
// token's, then asks for a client certificate for `system:node:<name>` with a key that never leaves the board.

import type { CertificateSigningRequest, ConfigMap } from '../../shared/api/index.ts';
import { type Clock, type Logger, UserError } from '../../shared/base/index.ts';
import { hubAt } from '../../shared/bus/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import { certificateTask, fingerprint, type JoinToken, parseJoinToken } from '../../shared/pki/index.ts';
import { askHub } from './hub-request.ts';
import type { Identity } from './identity.ts';

export interface JoinOptions {
  hub: string;
  token: string;
  nodeName: string;
  clock: Clock;
  log: Logger;
}

const clusterInfoPath = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const requestsPath = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const signingDeadlineMs = 60_000;
const pollMs = 200;

/** Throws UserError, in one line, for everything that a person can mend. */
export async function join(options: JoinOptions): Promise<Identity> {
  const { hub, nodeName, log } = options;
  const token = parseJoinToken(options.token);
  if (!token) {
    throw new UserError(
      `--token is no join token (ID.SECRET@sha256:…): make one on the hub with 'kelp token create'`,
    );
  }
  const { ca, mqttPort } = await trust(hub, token);
  const bearer = `${token.id}.${token.secret}`;
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  const { request, key } = await certificateTask('request', { subject });
  try {
    const created = await askHub<CertificateSigningRequest>(hub, {
      method: 'POST',
      path: requestsPath,
      ca,
      token: bearer,
      body: requestObject(nodeName, request),
    });
    log.info({ request: created.metadata?.name }, 'asked the hub for a certificate');
    const certificate = await signed(options, ca, bearer, created.metadata?.name ?? '');
    return { nodeName, hub, mqttPort, ca, certificate, key };
  } catch (error) {
    throw explain(error);
  }
}

/** The hub's CA and the broker's port, from the ConfigMap that everyone may read (as kubeadm's). */
async function trust(hub: string, token: JoinToken): Promise<{ ca: string; mqttPort: number }> {
  const info = await askHub<ConfigMap>(hub, { method: 'GET', path: clusterInfoPath });
  const ca = info.data?.['ca.crt'] ?? '';
  const mqttPort = hubAt(info.data, hub)?.mqttPort;
  if (!ca || mqttPort === undefined)
    throw new UserError(`what answers at ${hub} is no Kelp hub: check the address`);
  if (fingerprint(ca) === token.caFingerprint) return { ca, mqttPort };
  throw new UserError(
    `the hub at ${hub} is not the one that this token was made by (its CA differs): check the address, or make a new token there`,
  );
}

function requestObject(nodeName: string, request: string): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: `node-${nodeName}-` },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    },
  };
}

async function signed({ hub, clock }: JoinOptions, ca: string, token: string, name: string): Promise<string> {
  const deadline = clock.monotonic() + signingDeadlineMs;
  while (clock.monotonic() < deadline) {
    const { status } = await askHub<CertificateSigningRequest>(hub, {
      method: 'GET',
      path: `${requestsPath}/${name}`,
      ca,
      token,
    });
    const denied = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
    if (denied)
      throw new UserError(`the hub refused to let this board join: ${denied.message ?? denied.reason}`);
    if (status?.certificate) return Buffer.from(status.certificate, 'base64').toString();
    await clock.sleep(pollMs);
  }
  throw new UserError(
    `the hub did not sign the certificate request "${name}": look at it with 'kubectl describe csr ${name}'`,
  );
}

function explain(error: unknown): unknown {
  if (ApiError.is(error, 'Unauthorized')) {
    return new UserError(
      "the hub does not accept this token (wrong or expired): make a new one there with 'kelp token create'",
      {
        cause: error,
      },
    );
  }
  if (error instanceof ApiError) return new UserError(`the hub refused: ${error.message}`, { cause: error });
  return error;
}
