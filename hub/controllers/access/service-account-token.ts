// Fills Secrets of type kubernetes.io/service-account-token with a token of the account that they name, the cluster's
// authority and the namespace; deletes those whose account is gone (upstream's tokens controller).

import { type Secret, type ServiceAccount, secrets, serviceaccounts } from '../../../shared/api/index.ts';
import { addressOf, type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { deepEqual, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';

export interface ServiceAccountTokenOptions extends Pick<ControllerContext, 'client' | 'informers'> {
  options: { caCertificate: string };
  /** A token for the account that is good as long as the Secret holds it. */
  sign(account: Live<ServiceAccount>, secret: Live<Secret>): string;
}

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
const byAccount = 'token-of-account';

const base64 = (text: string) => Buffer.from(text).toString('base64');

export function serviceAccountTokenController(given: ServiceAccountTokenOptions): Controller {
  const { client, informers, options, sign } = given;
  const secretInformer = informers.of(secrets);
  const accountInformer = informers.of(serviceaccounts);
  secretInformer.addIndex(byAccount, (secret) => (isToken(secret) ? [accountKey(secret)] : []));

  return {
    name: 'serviceaccount-token',
    sources: [
      mapped(secretInformer, ({ object }) => (isToken(object) ? [keyOf(object)] : [])),
      mapped(accountInformer, ({ object }) => secretInformer.byIndex(byAccount, keyOf(object)).map(keyOf)),
    ],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const secret = secretInformer.get(key);
    if (!secret || secret.metadata.deletionTimestamp || !isToken(secret)) return;
    const account = await accountOf(secret);
    if (!account) {
      const { uid } = secret.metadata;
      await orNothing(client.delete(secrets, addressOf(secret), { preconditions: { uid } }));
      return;
    }
    if (account.metadata.deletionTimestamp) return;
    const filled = fill(secret, account);
    if (!deepEqual(filled, secret)) secretInformer.learn(await client.update(secrets, filled));
  }

  /** Asks the API before it takes an account for gone: the cache may be behind. */
  async function accountOf(secret: Live<Secret>): Promise<Live<ServiceAccount> | undefined> {
    const wanted = secret.metadata.annotations?.[uidAnnotation];
    const isMeant = (account: Live<ServiceAccount>) => !wanted || account.metadata.uid === wanted;
    const cached = accountInformer.get(accountKey(secret));
    if (cached && isMeant(cached)) return cached;
    const { namespace = '' } = secret.metadata;
    const name = secret.metadata.annotations?.[nameAnnotation] ?? '';
    const fresh = await orNothing(client.get(serviceaccounts, { namespace, name }));
    return fresh && isMeant(fresh) ? fresh : undefined;
  }

  /** What somebody has put there himself stays, except the authority, which is ours. */
  function fill(secret: Live<Secret>, account: Live<ServiceAccount>): Live<Secret> {
    const { name, uid, namespace = '' } = account.metadata;
    const { data = {}, metadata } = secret;
    return {
      ...secret,
      metadata: {
        ...metadata,
        annotations: { ...metadata.annotations, [nameAnnotation]: name, [uidAnnotation]: uid },
      },
      data: {
        ...data,
        'ca.crt': base64(options.caCertificate),
        namespace: data.namespace || base64(namespace),
        token: data.token || base64(sign(account, secret)),
      },
    };
  }
}

function isToken({ type, metadata }: Secret): boolean {
  return type === tokenType && Boolean(metadata?.annotations?.[nameAnnotation]);
}

/** `namespace/name` of the account that the Secret names. */
function accountKey({ metadata }: Secret): string {
  return `${metadata?.namespace ?? ''}/${metadata?.annotations?.[nameAnnotation] ?? ''}`;
}
