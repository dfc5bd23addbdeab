// CertificateSigningRequest: who asks is written down by the server, so that a signer can rely on it.

import type { CertificateSigningRequest } from '../../../shared/api/index.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

export function certificateRequester(): AdmissionPlugin {
  return {
    name: 'CertificateRequester',
    admit({ resource, verb, subresource, user }, object) {
      if (resource.kind !== 'CertificateSigningRequest' || resource.group !== 'certificates.k8s.io') return;
      if (verb !== 'create' || subresource || !object) return;
      const { spec } = object as CertificateSigningRequest;
      if (!spec) return;
      spec.username = user.name;
      spec.groups = [...user.groups];
      if (user.uid) spec.uid = user.uid;
      else delete spec.uid;
      if (user.extra) spec.extra = user.extra;
      else delete spec.extra;
    },
  };
}
