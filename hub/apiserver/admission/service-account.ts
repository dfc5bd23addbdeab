// ServiceAccount: every pod runs as one, `default` unless it names another, and has its token mounted unless that is not
// wanted.

import { mirrorPod, serviceaccounts } from '../../../shared/api/index.ts';
import { stableHash } from '../../../shared/machinery/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { newPodOf, podForbidden } from './pod-admission.ts';
import { addTokenVolume } from './token-volume.ts';

const defaultAccount = 'default';

export function serviceAccount({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit(request, object) {
      const pod = newPodOf(request, object);
      // What a node runs by itself is not ours to change, and refers to nothing here.
      if (!pod || pod.metadata?.annotations?.[mirrorPod] !== undefined) return;
      pod.spec.serviceAccountName ||= pod.spec.serviceAccount || defaultAccount;
      pod.spec.serviceAccount = pod.spec.serviceAccountName;
      const { serviceAccountName: name } = pod.spec;
      const { namespace = '' } = request;
      const account = await reader.get(serviceaccounts, { namespace, name });
      // Every namespace is to have its default account, but only some time after it was made: don't fail until then.
      if (!account && name !== defaultAccount) {
        const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
        throw podForbidden(pod, why);
      }
      if (!pod.spec.imagePullSecrets?.length && account?.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = account.imagePullSecrets.map((reference) => ({ ...reference }));
      }
      const wanted = pod.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
      if (wanted) addTokenVolume(pod.spec, stableHash([namespace, name]).slice(0, 5));
    },
  };
}
