// CertificateSigningRequest: who asks is written down by the server, so that a signer can rely on it.

import { certificatesigningrequests, isOf } from '../../../shared/api/index.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

export function certificateRequester(): AdmissionPlugin {
  return {
    name: 'CertificateRequester',
    admit({ resource, verb, subresource, user }, object) {
      if (verb !== 'create' || subresource || !isOf(certificatesigningrequests, resource, object)) return;
      const { spec } = object;
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
