// By what other API servers know whom this one speaks for: the ConfigMap that they read when they start.

import type { ConfigMap } from '../shared/api/index.ts';
import { frontProxyName } from '../shared/pki/index.ts';

export function extensionAuthentication(ca: string): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: {
      'client-ca-file': ca,
      'requestheader-client-ca-file': ca,
      'requestheader-allowed-names': JSON.stringify([frontProxyName]),
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    },
  };
}
