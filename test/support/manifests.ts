// Objects that tests create, as people write them.

import type { Deployment } from '../../shared/api/index.ts';

/** Sleeps for ever; its pods are evicted two seconds after their node is lost. */
export function sleeper(name: string, replicas: number): Deployment {
  const evictedSoon = (key: string) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 2,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          runtimeClassName: 'process',
          terminationGracePeriodSeconds: 1,
          tolerations: [evictedSoon('unreachable'), evictedSoon('not-ready')],
          containers: [{ name: 'sleeper', image: 'host', command: ['sleep', '100000'] }],
        },
      },
    },
  };
}
