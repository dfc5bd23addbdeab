// Pods whose containers end while their agent is killed at any moment: every end is told once, by the code that it had, and
// every restart is counted once. The same for every runtime.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ContainerStatus, Pod } from '../../../shared/api/index.ts';
import { eventually } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';
import { random } from '../../support/random.ts';

interface Surroundings {
  server: string;
  kubeconfig: string;
  /** In which containers write. */
  folder: string;
  /** More of a container, e.g. its image. */
  container: object;
  killAgent(): Promise<unknown>;
  startAgent(): Promise<unknown>;
  rounds: number;
}

const podsAtOnce = 4;
const podsOfBoard = 40;
/** From before a pod is heard of until all of it has ended. */
const longestLifeMs = 1_500;
const path = '/api/v1/namespaces/default/pods';
/** What the first run of a pod's container ends with. */
const firstCode = (serial: number) => 1 + (serial % 120);

/** The first run fails, the second succeeds; each leaves a line. */
function podOf(serial: number, folder: string, container: object) {
  const file = `${folder}/runs-${serial}`;
  const script = `echo run >>${file}; sleep 0.$((${serial} % 5)); [ "$(grep -c run ${file})" = 1 ] || exit 0; exit ${firstCode(serial)}`;
  const mount = { name: 'shared', mountPath: folder };
  const spec = {
    restartPolicy: 'OnFailure',
    terminationGracePeriodSeconds: 1,
    volumes: [{ name: 'shared', hostPath: { path: folder } }],
    containers: [
      { name: 'c', image: 'host', command: ['sh', '-c', script], volumeMounts: [mount], ...container },
    ],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `p-${serial}` }, spec };
}

export async function killedOften(surroundings: Surroundings): Promise<void> {
  const { server, kubeconfig, folder, container, killAgent, startAgent, rounds } = surroundings;
  const { next, seed } = random();
  const api = new HttpsJson(server, kubeconfig);
  mkdirSync(folder, { recursive: true });
  try {
    const seen = await api.watch(`${path}?watch=1`);
    for (let serial = 0; serial < rounds * podsAtOnce; serial++) {
      await api.must('POST', path, { body: podOf(serial, folder, container) });
      if (serial % podsAtOnce < podsAtOnce - 1) continue;
      await new Promise((resolve) => setTimeout(resolve, next() * longestLifeMs));
      await killAgent();
      await startAgent();
      // No more at once than a board has.
      if (serial % podsOfBoard === podsOfBoard - 1) await expectEnds(seed, api, seen, folder);
    }
    await expectEnds(seed, api, seen, folder);
  } finally {
    await removeAll(api);
    api.close();
  }
}

/** Of all pods that there are, which are gone then. */
async function expectEnds(
  seed: number,
  api: HttpsJson,
  seen: { object: Json }[],
  folder: string,
): Promise<void> {
  const pods = await eventually(
    `seed ${seed}: all pods to end well`,
    async () => {
      const { items }: { items: Pod[] } = await api.must('GET', path);
      const open = items.filter(({ status }) => status?.phase !== 'Succeeded');
      if (open.length > 0) throw new Error(JSON.stringify(open.map(({ status }) => status)));
      return items;
    },
    60_000,
  );
  for (const { metadata, status } of pods) {
    const name = metadata?.name ?? '';
    const serial = Number(name.slice(2));
    const about = `seed ${seed}: ${name}`;
    const [container] = status?.containerStatuses ?? [];
    expect(readFileSync(join(folder, `runs-${serial}`), 'utf8'), about).to.equal('run\nrun\n');
    expect(container?.restartCount, about).to.equal(1);
    expect(container?.state?.terminated, about).to.include({ exitCode: 0, reason: 'Completed' });
    const failed = { exitCode: firstCode(serial), reason: 'Error' };
    expect(container?.lastState?.terminated, about).to.include(failed);
    const states = seen
      .filter(({ object }) => object.metadata.name === name)
      .flatMap(({ object }): ContainerStatus[] => object.status.containerStatuses ?? []);
    const counts = states.map(({ restartCount }) => restartCount);
    expect(counts, about).to.deep.equal([...counts].sort());
    const codes = states.flatMap(({ state, lastState }) =>
      [state?.terminated, lastState?.terminated].flatMap((end) => (end ? [end.exitCode] : [])),
    );
    expect([...new Set(codes)].sort(), about).to.deep.equal([0, firstCode(serial)]);
  }
  await removeAll(api);
}

async function removeAll(api: HttpsJson): Promise<void> {
  await api.must('DELETE', path);
  await eventually(
    'the pods to go',
    async () => (await api.must('GET', path)).items.length === 0 || undefined,
  );
}
