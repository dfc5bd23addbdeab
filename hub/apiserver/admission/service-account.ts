// ServiceAccount: every pod runs as one, `default` unless it names another, and has its token mounted unless that is not
// wanted. It names no secrets but those that its account lists, where that is to be so; what a node runs by itself names none.

import { mirrorPod, podReferences, serviceaccounts } from '../../../shared/api/index.ts';
import { stableHash } from '../../../shared/machinery/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { unlistedLater, unlistedSecret } from './mountable-secrets.ts';
import { debuggedPodOf, newPodOf, type PodWithSpec, podForbidden } from './pod-admission.ts';
import { addTokenVolume } from './token-volume.ts';

const defaultAccount = 'default';

export function serviceAccount({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit(request, object) {
      const pod = newPodOf(request, object);
      if (!pod) return;
      // What a node runs by itself is not ours to change, and refers to nothing here.
      if (isMirror(pod)) return refuseMirror(pod);
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
    async validate(request, object) {
      const created = newPodOf(request, object);
      const pod = created ?? debuggedPodOf(request, object);
      if (!pod) return;
      if (created && isMirror(created)) return refuseMirror(created);
      const { namespace = '' } = request;
      const { serviceAccountName: name = defaultAccount } = pod.spec;
      const account = await reader.get(serviceaccounts, { namespace, name });
      const why = account && (created ? unlistedSecret(account, pod.spec) : unlistedLater(account, pod.spec));
      if (why) throw podForbidden(pod, why);
    },
  };
}

function isMirror({ metadata }: PodWithSpec): boolean {
  return metadata?.annotations?.[mirrorPod] !== undefined;
}

function refuseMirror(pod: PodWithSpec): void {
  const refuse = (why: string) => podForbidden(pod, `a mirror pod may not ${why}`);
  if (pod.spec.serviceAccountName) throw refuse('reference service accounts');
  if (podReferences(pod).some(({ resource }) => resource === 'secrets')) throw refuse('reference secrets');
  const sources = pod.spec.volumes?.flatMap(({ projected }) => projected?.sources ?? []) ?? [];
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken))
    throw refuse('use ServiceAccountToken volume projections');
}
