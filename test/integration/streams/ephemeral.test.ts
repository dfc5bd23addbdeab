// Containers that are added to a pod that runs, as `kubectl debug` does.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually, skipWithout } from '../../support/cluster.ts';
import { inTerminal } from './in-terminal.ts';
import { StreamWorld, systemKubectl } from './stream-world.ts';

describe('an ephemeral container', function () {
  this.timeout(60_000);
  let world: StreamWorld;
  before(async function () {
    if (!systemKubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    world = await StreamWorld.start();
    await world.pod('web', 'sleep 1000');
  });
  after(() => world?.close());

  const path = '{.status.ephemeralContainerStatuses[*]';
  const status = async (query: string) =>
    (await world.kubectl('get', 'pod', 'web', '-o', `jsonpath=${path}${query}`)).stdout;

  it('runs once beside the others, and is not started again', async () => {
    const { code, stderr } = await world.kubectl(
      'debug',
      'web',
      '--image=host',
      '-c',
      'look',
      '--',
      'sh',
      '-c',
      'echo seen',
    );
    expect(code, stderr).to.equal(0);
    await eventually(
      'it to end',
      async () => (await status('.state.terminated.reason}')) === 'Completed' || undefined,
    );
    expect((await world.kubectl('logs', 'web', '-c', 'look')).stdout).to.equal('seen\n');
    expect(await status('.restartCount}')).to.equal('0');
    const phase = await world.kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.phase}');
    expect(phase.stdout).to.equal('Running');
  });

  it('is talked to in a terminal by kubectl debug -it', async () => {
    const terminal = inTerminal(`${world.program} debug -it web --image=host -c shell -- sh`, world.env);
    await terminal.says('press');
    await eventually('the shell to answer', () => {
      terminal.type('echo sum $((40+2))\n');
      return terminal.text.includes('sum 42') || undefined;
    });
    terminal.type('exit\n');
    expect(await terminal.exitCode).to.equal(0);
  });

  it('of which this board passes something over runs, and that is said once', async () => {
    const custom = join(world.cluster.directory, 'custom.json');
    writeFileSync(
      custom,
      JSON.stringify({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }),
    );
    const wanted = ['--image=host', '-c', 'sealed', '--profile=general', `--custom=${custom}`];
    const { code, stderr } = await world.kubectl('debug', 'web', ...wanted, '--', 'true');
    expect(code, stderr).to.equal(0);
    const warnings = await eventually('the warning', async () => {
      const path =
        '{range .items[?(@.reason=="UnsupportedFields")]}{.involvedObject.fieldPath} {.message}{"\\n"}{end}';
      const { stdout } = await world.kubectl('get', 'events', '-o', `jsonpath=${path}`);
      return stdout.includes('[sealed]') ? stdout : undefined;
    });
    expect(warnings).to.equal(
      'spec.ephemeralContainers{sealed} This node passes over spec.ephemeralContainers[sealed].securityContext.seccompProfile (a process of the board, not a container)\n',
    );
  });

  it('can be neither changed nor removed', async () => {
    const patch = JSON.stringify([{ op: 'remove', path: '/spec/ephemeralContainers/0' }]);
    const { stderr } = await world.kubectl(
      'patch',
      'pod',
      'web',
      '--subresource=status',
      '--type=json',
      '-p',
      patch,
    );
    expect(stderr).to.equal('');
    expect((await status('.name}')).split(' ')).to.have.members(['look', 'shell', 'sealed']);
    const before = await world.kubectl(
      'get',
      'pod',
      'web',
      '-o',
      'jsonpath={.spec.ephemeralContainers[0].image}',
    );
    expect(before.stdout).to.equal('host');
    const labelled = await world.kubectl('label', 'pod', 'web', 'seen=yes');
    expect(labelled.code, labelled.stderr).to.equal(0);
  });
});
