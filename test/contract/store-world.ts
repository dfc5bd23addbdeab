// Fixture verbs for the store's tests: pods to write, directories to write them to, ears to hear changes with.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Change,
  type Key,
  NedbStore,
  type NedbStoreOptions,
  type Store,
  type StoreError,
  type Watch,
} from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';

export const silent = createLog('test', 'silent');

export function podKey(name: string, namespace = 'default'): Key {
  return `/core/pods/${namespace}/${name}`;
}

export interface TestPod extends KubeObject {
  spec?: { image: string };
}

export function pod(name: string, image = 'busybox', padding = 0): TestPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      labels: { 'app.kubernetes.io/name': name, $odd: 'yes' },
      ...(padding > 0 && { annotations: { padding: 'x'.repeat(padding) } }),
    },
    spec: { image },
  };
}

/** The image of a stored pod; undefined: not there. */
export function imageOf(object: KubeObject | undefined): string | undefined {
  const stored: TestPod | undefined = object;
  return stored?.spec?.image;
}

/** Writes a pod whatever is there; answers its revision. */
export async function put(store: Store, name: string, image?: string, padding?: number): Promise<number> {
  const [stored] = await store.commit([{ key: podKey(name), object: pod(name, image, padding) }]);
  return Number(stored?.metadata.resourceVersion);
}

export async function names(store: Store, prefix: Key = '/'): Promise<string[]> {
  const { objects } = await store.list(prefix);
  return objects.map((object) => object.metadata.name);
}

/** What a watch has heard so far. */
export interface Ear {
  changes: Change[];
  /** As `3 created web-0`, `4 changed web-0`, `5 deleted web-0`. */
  heard(): string[];
  ended: StoreError | undefined;
  watch: Watch;
}

export function listen(store: Store, prefix: Key, after?: number): Ear {
  const changes: Change[] = [];
  const ear: Ear = {
    changes,
    heard: () => changes.map(described),
    ended: undefined,
    watch: store.watch(
      prefix,
      {
        onChanges: (batch) => changes.push(...batch),
        onEnd: (error) => {
          ear.ended = error;
        },
      },
      after,
    ),
  };
  return ear;
}

function described({ revision, key, object, previous }: Change): string {
  const what = object ? (previous ? 'changed' : 'created') : 'deleted';
  return `${revision} ${what} ${key.slice(key.lastIndexOf('/') + 1)}`;
}

/** The error that a promise is rejected with; fails when it is not. */
export async function refusal(promise: Promise<unknown>): Promise<StoreError> {
  try {
    await promise;
  } catch (error) {
    // A test looks at its code, which no other error has.
    return error as StoreError;
  }
  throw new Error('expected a rejection');
}

export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'kelp-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function nedbStore(directory: string, options: Partial<NedbStoreOptions> = {}): NedbStore {
  return new NedbStore({ directory, clock: systemClock, log: silent, ...options });
}

export async function startedStore(
  directory: string,
  options: Partial<NedbStoreOptions> = {},
): Promise<NedbStore> {
  const store = nedbStore(directory, options);
  await store.start();
  return store;
}
