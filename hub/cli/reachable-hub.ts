// The hub that the kubeconfig speaks to, as boards reach it: the kubeconfig itself may say 127.0.0.1.

import type { ConfigMap } from '../../shared/api/index.ts';
import { UserError } from '../../shared/base/index.ts';
import { hubAt } from '../../shared/bus/index.ts';
import type { Api } from './api.ts';

export interface ReachableHub {
  host: string;
  /** e.g. `https://192.168.1.10:6443` */
  api: string;
  mqttPort: number;
}

export async function reachableHub(api: Api): Promise<ReachableHub> {
  const { server } = api.access;
  const { body } = await api.call('/api/v1/namespaces/kube-public/configmaps/cluster-info');
  const hub = hubAt((body as ConfigMap).data, server);
  if (!hub)
    throw new UserError(`the hub at ${server} does not say where its broker listens: is it a Kelp hub?`);
  const { host, httpsPort, mqttPort } = hub;
  return { host, api: `https://${host.includes(':') ? `[${host}]` : host}:${httpsPort}`, mqttPort };
}
