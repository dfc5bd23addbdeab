// Makes a bootstrap token: a Secret that the hub believes, and its text for a person to carry to a board.

import { randomInt } from 'node:crypto';
import type { Secret } from '../../../shared/api/index.ts';
import { UserError } from '../../../shared/base/index.ts';
import { parseDuration } from '../../../shared/machinery/index.ts';
import { fingerprint, formatJoinToken } from '../../../shared/pki/index.ts';
import type { Api } from '../api.ts';
import type { Terminal } from '../command.ts';
import { reachableHub } from '../reachable-hub.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
export const secretsPath = '/api/v1/namespaces/kube-system/secrets';

const randomText = (length: number) =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** Creates a token that is good for `ttlMs` milliseconds (0: for ever), and answers its text. */
export async function newJoinToken(api: Api, ttlMs: number): Promise<string> {
  const ca = api.access.ca;
  if (!ca)
    throw new UserError(
      'the kubeconfig has no CA of the cluster: use the admin.kubeconfig that the hub wrote',
    );
  const id = randomText(6);
  const secret = randomText(16);
  await api.call(secretsPath, { method: 'POST', body: secretOf(id, secret, ttlMs) });
  return formatJoinToken({ id, secret, caFingerprint: fingerprint(ca) });
}

function secretOf(id: string, secret: string, ttlMs: number): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': id,
      'token-secret': secret,
      'usage-bootstrap-authentication': 'true',
      ...(ttlMs > 0 && { expiration: new Date(Date.now() + ttlMs).toISOString().replace(/\.\d+Z$/, 'Z') }),
    },
  };
}

export interface CreateTokenFlags {
  ttl: string;
  printJoinCommand?: boolean;
}

export async function createToken(api: Api, flags: CreateTokenFlags, terminal: Terminal): Promise<void> {
  const token = await newJoinToken(api, ttlOf(flags.ttl));
  const text = flags.printJoinCommand ? joinCommand((await reachableHub(api)).api, token) : token;
  terminal.out.write(`${text}\n`);
}

export function joinCommand(server: string, token: string): string {
  return `kelp agent --hub ${server} --token ${token}`;
}

function ttlOf(text: string): number {
  try {
    const ttl = text === '0' ? 0 : parseDuration(text);
    if (ttl >= 0) return ttl;
  } catch {
    // The message below says what is right.
  }
  throw new UserError(
    `--ttl ${text}: must be a duration such as 24h or 1h30m, or 0 for a token without an end`,
  );
}
