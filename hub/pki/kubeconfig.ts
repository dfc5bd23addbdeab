// The administrator's kubeconfig: complete in itself, so that it can be copied to another machine.

import type { KeyPair } from '../../shared/pki/index.ts';

export interface KubeconfigOptions {
  /** e.g. `https://127.0.0.1:6443` */
  server: string;
  /** PEM */
  ca: string;
  admin: KeyPair;
  /** A bearer token of the same user, for programs that can't use a client certificate. */
  token: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** JSON, which every reader of YAML takes. */
export function kubeconfig({ server, ca, admin, token }: KubeconfigOptions): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kelp', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: 'kelp-admin',
        user: {
          'client-certificate-data': base64(admin.certificate),
          'client-key-data': base64(admin.key),
          token,
        },
      },
    ],
    contexts: [{ name: 'kelp', context: { cluster: 'kelp', user: 'kelp-admin' } }],
    'current-context': 'kelp',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
