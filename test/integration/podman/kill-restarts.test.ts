// An agent with podman that is killed while containers end: no end is lost, no restart counted twice.

import { join } from 'node:path';
import { podmanMissing, testImage } from '../../support/podman-world.ts';
import { killedOften } from '../kubelet/killed-often.ts';
import { PodmanCluster } from './podman-cluster.ts';

const missing = podmanMissing();
const rounds = process.env.KELP_NIGHTLY ? 60 : 2;

(missing ? describe.skip : describe)(
  `ends of containers in podman while the agent is killed${missing ? `: ${missing}` : ''}`,
  function () {
    this.timeout(90_000 + rounds * 15_000);
    let here: PodmanCluster;

    before(async () => {
      here = await PodmanCluster.start();
    });
    after(() => here.close());

    it(`are each told once: ${rounds} times`, () =>
      killedOften({
        ...{ server: here.cluster.server, kubeconfig: here.cluster.kubeconfig, rounds },
        folder: join(here.cluster.directory, 'shared'),
        container: { image: testImage },
        killAgent: () => here.agent.stop('SIGKILL'),
        startAgent: () => here.startAgent(),
      }));
  },
);
