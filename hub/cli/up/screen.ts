// What a person sees once everything runs: where it is, how another board joins, what to try next.

import { join } from 'node:path';
import type { ConfigMap } from '../../../shared/api/index.ts';
import type { Api } from '../api.ts';
import { joinCommand } from '../token/create-token.ts';

export interface ScreenFacts {
  directory: string;
  names: readonly string[];
  token: string;
}

export async function screen(api: Api, { directory, names, token }: ScreenFacts): Promise<string> {
  const { body } = await api.call('/api/v1/namespaces/kube-public/configmaps/cluster-info');
  const { mqttPort = '', advertise = '' } = (body as ConfigMap).data ?? {};
  const url = new URL(api.access.server);
  const host = advertise || url.hostname;
  const reachable = `https://${host}:${url.port || 443}`;
  return `
Kelp is ready. Ctrl-C stops it; what you deployed comes back with the next start.

  API         ${reachable}
  MQTT        mqtts://${host}:${mqttPort}
  kubeconfig  ${join(directory, 'admin.kubeconfig')}
  nodes       ${names.join(', ') || 'none yet'}

Let another board join (the token is good for a day; 'kelp token create' makes more):

  ${joinCommand(reachable, token)}

Try next, in another terminal:

  npx kelp apply -f config/examples/hello.yaml
  npx kelp get pods -o wide
  npx kelp mqtt sub 'kelp/v1/watch/core/pods/#'

`;
}
