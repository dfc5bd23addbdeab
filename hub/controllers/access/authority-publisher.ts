// Publishes the cluster's authority to every namespace as ConfigMap kube-root-ca.crt, for its pods to know the API server
// by. It comes back when it is deleted or changed.

import { configmaps, namespaces } from '../../../shared/api/index.ts';
import { type Controller, each, mapped, type Outcome } from '../../../shared/client/index.ts';
import type { ControllerContext } from '../context.ts';
import { namespaceOf, unlessThere } from './given-to-namespaces.ts';

const authorityName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export function authorityPublisher({ client, informers, options }: ControllerContext): Controller {
  const namespaceInformer = informers.of(namespaces);
  const configMapInformer = informers.of(configmaps);

  return {
    name: 'root-ca-cert-publisher',
    workers: 2,
    sources: [
      each(namespaceInformer),
      mapped(configMapInformer, ({ object }) => namespaceOf(object, authorityName)),
    ],
    reconcile,
  };

  async function reconcile(namespace: string): Promise<Outcome> {
    const found = namespaceInformer.get(namespace);
    if (!found || found.metadata.deletionTimestamp) return;
    const known = configMapInformer.get(`${namespace}/${authorityName}`);
    const data = { 'ca.crt': options.caCertificate };
    if (known?.data?.['ca.crt'] === options.caCertificate && Object.keys(known.data).length === 1) return;
    if (known) {
      configMapInformer.learn(await client.update(configmaps, { ...known, data }));
      return;
    }
    await unlessThere(async () => {
      const annotations = { 'kubernetes.io/description': description };
      const metadata = { name: authorityName, namespace, annotations };
      const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as const;
      configMapInformer.learn(await client.create(configmaps, configMap));
    });
  }
}
