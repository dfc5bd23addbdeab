// Asks the hub for tokens of pods' accounts (serviceaccounts/token), each bound to its pod.

import { type Pod, serviceaccounts } from '../../shared/api/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { ApiError, isRecord, type KubeObject, type Live, parseTime } from '../../shared/machinery/index.ts';
import type { TokenRequests } from './node-state.ts';

interface TokenRequest extends KubeObject {
  spec: {
    audiences: string[];
    expirationSeconds?: number;
    boundObjectRef: { apiVersion: string; kind: string; name: string; uid: string };
  };
}

export interface PodTokensOptions {
  client: Client;
  /** Whether asking makes sense. */
  isConnected(): boolean;
}

export class PodTokens implements TokenRequests {
  private readonly options: PodTokensOptions;

  constructor(options: PodTokensOptions) {
    this.options = options;
  }

  async token(
    { metadata, spec }: Live<Pod>,
    { audience, expirationSeconds }: { audience?: string; expirationSeconds?: number },
  ): Promise<{ token: string; lifetime: number }> {
    const { client, isConnected } = this.options;
    if (!isConnected()) throw new ApiError('ServiceUnavailable', 'the hub is out of reach');
    const { namespace = '', name, uid } = metadata;
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience ? [audience] : [],
        ...(expirationSeconds !== undefined && { expirationSeconds }),
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const account = { namespace, name: spec?.serviceAccountName || 'default' };
    return read(await client.createUnder(serviceaccounts, account, 'token', request));
  }
}

/** How long it lives is told by the hub's clock alone: this board's may be wrong. */
function read(answer: unknown): { token: string; lifetime: number } {
  const status = isRecord(answer) && isRecord(answer.status) ? answer.status : {};
  const { token, expirationTimestamp } = status;
  const [, payload = ''] = String(token).split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}');
  const begin = isRecord(claims) ? Number(claims.iat) * 1000 : Number.NaN;
  const end = parseTime(String(expirationTimestamp)) ?? Number.NaN;
  if (typeof token !== 'string' || !Number.isFinite(end - begin))
    throw new ApiError('InternalError', 'the hub answered no token');
  return { token, lifetime: end - begin };
}
