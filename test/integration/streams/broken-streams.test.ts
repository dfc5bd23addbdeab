// What happens to streams when the agent or the hub goes: both sides hear of it, and nothing is left running.

import { expect } from 'chai';
import { eventually, processesNaming, RunningProgram, skipWithout } from '../../support/cluster.ts';
import { StreamWorld, systemKubectl } from './stream-world.ts';

describe('a stream that breaks', function () {
  this.timeout(90_000);
  let world: StreamWorld;
  before(async function () {
    if (!systemKubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    world = await StreamWorld.start();
    await world.pod('web', 'sleep 1000');
  });
  after(() => world?.close());

  /** A command that runs until it is ended. */
  async function talking(): Promise<{ client: RunningProgram; running(): number[] }> {
    const mark = `6${Math.floor(Math.random() * 1e6)}`;
    const script = `echo begun; sleep ${mark}`;
    const client = new RunningProgram(world.program, ['exec', 'web', '--', 'sh', '-c', script], {
      env: world.env,
    });
    await client.line(/begun/);
    return { client, running: () => processesNaming(`sleep\0${mark}`) };
  }

  const told = ({ errorLines }: RunningProgram) => errorLines.join('\n');
  const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  };

  it('with its agent tells the client at once; the next agent ends what was left', async () => {
    const { client, running } = await talking();
    await world.cluster.agents.get('pi-1')?.stop('SIGKILL');
    expect(await within(20_000, client.ending)).to.equal(1);
    expect(told(client)).to.match(/the connection to node "pi-1" was lost/);
    const refused = await world.kubectl('exec', 'web', '--', 'true');
    expect(refused.stderr).to.match(/\(ServiceUnavailable\): node "pi-1" is not connected/);
    await world.cluster.startAgent('pi-1');
    await eventually('the command to be ended', () => running().length === 0 || undefined);
    await eventually('the pod to be there again', async () => {
      return (await world.kubectl('exec', 'web', '--', 'true')).code === 0 || undefined;
    });
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`with its hub (${signal}) ends the command, and the next hub serves streams again`, async () => {
      const { client, running } = await talking();
      await world.cluster.hub.stop(signal);
      expect(await within(20_000, client.ending)).to.equal(1);
      if (signal === 'SIGTERM') expect(told(client)).to.match(/the hub is stopping/);
      await eventually('the command to be ended', () => running().length === 0 || undefined);
      await world.cluster.startHub();
      await eventually('streams to be served again', async () => {
        return (await world.kubectl('exec', 'web', '--', 'true')).code === 0 || undefined;
      });
    });
  }

  it('with its container ends with an exit code', async () => {
    await world.pod('short', 'sleep 1000');
    const client = new RunningProgram(
      world.program,
      ['exec', 'short', '--', 'sh', '-c', 'echo begun; sleep 1000'],
      {
        env: world.env,
      },
    );
    await client.line(/begun/);
    await world.kubectl('delete', 'pod', 'short', '--grace-period=0', '--force');
    expect(await within(20_000, client.ending)).to.equal(137);
  });
});
