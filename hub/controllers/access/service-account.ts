// Gives every namespace what its pods take for granted: the ServiceAccount `default`, and the cluster's authority as
// ConfigMap kube-root-ca.crt. Both come back when they are deleted.

import { configmaps, namespaces, serviceaccounts } from '../../../shared/api/index.ts';
import { type Controller, each, mapped, type Outcome } from '../../../shared/client/index.ts';
import { ApiError, type KubeObject } from '../../../shared/machinery/index.ts';
import { isNamespaceTerminating } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';

const accountName = 'default';
const authorityName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export function serviceAccountController({ client, informers, options }: ControllerContext): Controller {
  const namespaceInformer = informers.of(namespaces);
  const accountInformer = informers.of(serviceaccounts);
  const configMapInformer = informers.of(configmaps);

  return {
    name: 'serviceaccount',
    workers: 2,
    sources: [
      each(namespaceInformer),
      mapped(accountInformer, ({ type, object }) =>
        type === 'DELETED' ? namespaceOf(object, accountName) : [],
      ),
      mapped(configMapInformer, ({ object }) => namespaceOf(object, authorityName)),
    ],
    reconcile,
  };

  async function reconcile(namespace: string): Promise<Outcome> {
    const found = namespaceInformer.get(namespace);
    if (!found || found.metadata.deletionTimestamp) return;
    if (!accountInformer.get(`${namespace}/${accountName}`)) {
      await unlessThere(async () => {
        const metadata = { name: accountName, namespace };
        const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata } as const;
        accountInformer.learn(await client.create(serviceaccounts, account));
      });
    }
    await publishAuthority(namespace);
  }

  async function publishAuthority(namespace: string): Promise<void> {
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

function namespaceOf({ metadata }: KubeObject, name: string): string[] {
  return metadata?.name === name && metadata.namespace ? [metadata.namespace] : [];
}

/** Somebody else was faster, or the namespace is going away: both are fine. */
async function unlessThere(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (
      !ApiError.is(error, 'AlreadyExists') &&
      !ApiError.is(error, 'NotFound') &&
      !isNamespaceTerminating(error)
    )
      throw error;
  }
}
