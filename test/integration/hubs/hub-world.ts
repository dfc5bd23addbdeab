// Hubs that share an etcd, as tests see them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';
import { until } from '../../support/until.ts';

export const idOf = ({ hubDirectory }: TestCluster) =>
  readFileSync(join(hubDirectory, 'hub-id'), 'utf8').trim();

export const clientOf = ({ server, kubeconfig }: TestCluster) => new HttpsJson(server, kubeconfig);

export const leaderLease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kelp-leader';

/** Who leads, as that hub sees it; '': nobody. */
export async function leaderAt(api: HttpsJson): Promise<string> {
  const { body } = await api.ask('GET', leaderLease);
  return body.spec?.holderIdentity ?? '';
}

/** Resolves when that hub leads, as `api` sees it; answers the milliseconds since `since`. */
export async function untilLeads(cluster: TestCluster, api: HttpsJson, since: number): Promise<number> {
  const id = idOf(cluster);
  await until(`${id} to lead`, async () => (await leaderAt(api)) === id, 30_000);
  return performance.now() - since;
}

/** When a hub has led, by its log: in milliseconds of the wall clock; the last one may not be over. */
export function termsOf({ hub }: TestCluster): { from: number; to: number }[] {
  const terms: { from: number; to: number }[] = [];
  for (const line of [...hub.lines, ...hub.errorLines]) {
    if (!line.startsWith('{')) continue;
    const { msg, time }: Json = JSON.parse(line);
    if (msg === 'leading') terms.push({ from: Number(time), to: Number.POSITIVE_INFINITY });
    const last = terms.at(-1);
    if (msg === 'no longer leading' && last) last.to = Number(time);
  }
  return terms;
}

export function deployment(name: string, replicas: number): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'host', command: ['sleep', '1'] }] },
      },
    },
  };
}
