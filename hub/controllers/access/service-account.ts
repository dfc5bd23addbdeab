// Gives every namespace the ServiceAccount `default`, which its pods take for granted. It comes back when it is deleted.

import { namespaces, serviceaccounts } from '../../../shared/api/index.ts';
import { type Controller, each, mapped, type Outcome } from '../../../shared/client/index.ts';
import type { ControllerContext } from '../context.ts';
import { namespaceOf, unlessThere } from './given-to-namespaces.ts';

const accountName = 'default';

export function serviceAccountController({ client, informers }: ControllerContext): Controller {
  const namespaceInformer = informers.of(namespaces);
  const accountInformer = informers.of(serviceaccounts);

  return {
    name: 'serviceaccount',
    workers: 2,
    sources: [
      each(namespaceInformer),
      mapped(accountInformer, ({ type, object }) =>
        type === 'DELETED' ? namespaceOf(object, accountName) : [],
      ),
    ],
    reconcile,
  };

  async function reconcile(namespace: string): Promise<Outcome> {
    const found = namespaceInformer.get(namespace);
    if (!found || found.metadata.deletionTimestamp) return;
    if (accountInformer.get(`${namespace}/${accountName}`)) return;
    await unlessThere(async () => {
      const metadata = { name: accountName, namespace };
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata } as const;
      accountInformer.learn(await client.create(serviceaccounts, account));
    });
  }
}
