// A certificate authority for one test file, and the certificates that it signs.

import { certificateTask, type KeyPair } from '../../shared/pki/index.ts';

export interface TestCertificates {
  ca: KeyPair;
  server: KeyPair;
  /** A node's own certificate. */
  node(name: string): Promise<KeyPair>;
  /** Anybody else's. */
  user(commonName: string, ...organizations: string[]): Promise<KeyPair>;
}

export async function makeCertificates(): Promise<TestCertificates> {
  const ca = await certificateTask('authority', { commonName: 'test-ca', days: 1 });
  const issue = (commonName: string, organizations: string[], usage: 'client' | 'server') =>
    certificateTask('issue', {
      ca,
      options: {
        subject: { commonName, organizations },
        usages: [usage],
        days: 1,
        ...(usage === 'server' && { dnsNames: ['localhost'], addresses: ['127.0.0.1'] }),
      },
    });
  return {
    ca,
    server: await issue('test-hub', [], 'server'),
    node: (name) => issue(`system:node:${name}`, ['system:nodes'], 'client'),
    user: (commonName, ...organizations) => issue(commonName, organizations, 'client'),
  };
}
