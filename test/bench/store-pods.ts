// The objects of the store's bench: pods of about 1 KiB of JSON.

import type { Store } from '../../hub/store/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';

export async function put(store: Store, podName: string, version: number): Promise<void> {
  await store.commit([{ key: `/core/pods/default/${podName}`, object: pod(podName, version) }]);
}

export function nameOf(index: number): string {
  return `web-${String(index).padStart(6, '0')}`;
}

/** A pod of about 1 KiB of JSON. */
export function pod(podName: string, version: number): KubeObject {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName,
      namespace: 'default',
      uid: `5f0c8a3e-8d4b-4f0e-9a57-${podName}`,
      generation: version,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'app.kubernetes.io/name': 'web', 'pod-template-hash': '5d4f8c7b9' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web-5d4f8c7b9',
          uid: 'b7c1f6d2-0c5e-4c39-8a0c-2f1f3b5a7d90',
        },
      ],
    },
    spec: {
      nodeName: 'pi-17',
      restartPolicy: 'Always',
      containers: [
        {
          name: 'web',
          image: 'registry.example/web:1.27.3',
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          env: [{ name: 'LOG_LEVEL', value: 'info' }],
          resources: {
            requests: { cpu: '100m', memory: '64Mi' },
            limits: { cpu: '500m', memory: '128Mi' },
          },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.42.17.9',
      startTime: '2026-01-01T00:00:02Z',
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:05Z' },
        { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:01Z' },
      ],
    },
  };
  return object;
}
