// An agent with the process runtime that is killed while containers end: no end is lost, no restart counted twice.

import { join } from 'node:path';
import { TestCluster } from '../../support/cluster.ts';
import { killedOften } from './killed-often.ts';

const rounds = process.env.KELP_NIGHTLY ? 100 : 5;

describe('ends of processes while the agent is killed', function () {
  this.timeout(60_000 + rounds * 10_000);
  const cluster = new TestCluster();

  before(async () => {
    await cluster.startHub();
    await cluster.startAgent('pi');
  });
  after(() => cluster.close());

  it(`are each told once: ${rounds} times`, () =>
    killedOften({
      ...{ server: cluster.server, kubeconfig: cluster.kubeconfig, rounds },
      folder: join(cluster.directory, 'shared'),
      container: {},
      killAgent: async () => cluster.agents.get('pi')?.stop('SIGKILL'),
      startAgent: () => cluster.startAgent('pi'),
    }));
});
