// The podman runtime: the contract, and what only it promises.

import { join } from 'node:path';
import { expect } from 'chai';
import { loadPodmanRuntime } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { shellContainer } from '../support/container-spec.ts';
import { PodmanWorld, podmanMissing, testImage } from '../support/podman-world.ts';
import { runtimeContract } from './runtime.contract.ts';

const missing = podmanMissing();

(missing ? describe.skip : describe)(`podman${missing ? `: ${missing}` : ''}`, () => {
  let world: PodmanWorld;

  before(function () {
    this.timeout(60_000);
    world = new PodmanWorld();
    Object.assign(process.env, world.env);
  });

  after(async function () {
    this.timeout(60_000);
    for (const name of Object.keys(world.env)) delete process.env[name];
    expect(await world.destroy(), 'what is left').to.deep.equal([]);
  });

  const create = (folder: string) =>
    loadPodmanRuntime({
      directory: join(folder, 'podman'),
      podmanArgs: world.args,
      archiveFolder: join(folder, 'images'),
      seccompFolder: join(folder, 'seccomp'),
      clock: systemClock,
      log: createLog('test', 'silent'),
    });

  runtimeContract('podman', {
    create,
    container: (script, folder, more) => shellContainer(script, folder, { image: testImage, ...more }),
  });
});
