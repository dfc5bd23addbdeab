// What a person sees once everything runs: where it is, how another board joins, what to try next.

import { join } from 'node:path';
import type { Api } from '../api.ts';
import { reachableHub } from '../reachable-hub.ts';
import { joinCommand } from '../token/create-token.ts';

export interface ScreenFacts {
  directory: string;
  names: readonly string[];
  token: string;
}

export async function screen(api: Api, { directory, names, token }: ScreenFacts): Promise<string> {
  const { host, api: reachable, mqttPort } = await reachableHub(api);
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
