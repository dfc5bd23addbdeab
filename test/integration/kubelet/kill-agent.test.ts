// An agent that is killed at any moment of a start or a stop: what it comes back to is what is wanted, once, and no restart
// of a container is counted for it. Static pods, so that nothing but the board itself remembers.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mountPointsInUse } from '../../../edge-agent/runtime/process/mount-table.ts';
import { eventually, kelpProgram, processesNaming, RunningProgram } from '../../support/cluster.ts';
import { signal } from '../../support/end-process.ts';
import { freeClusterCidr, networkTraces, removeMounts, removeNetwork } from '../../support/pod-networks.ts';
import { random } from '../../support/random.ts';

const rounds = process.env.KELP_NIGHTLY ? 200 : 10;
const names = ['a', 'b', 'c', 'd'];
/** From before the agent reads its folder until everything of a round is done. */
const longestLifeMs = 1_500;

describe('an agent that is killed', function () {
  this.timeout(rounds * 15_000);
  let directory: string;
  let agent: RunningProgram | undefined;
  const podCidr = freeClusterCidr();
  /** Pod → what its file says by now. */
  const wanted = new Map<string, number>();

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-kill-'));
    mkdirSync(join(directory, 'manifests'));
    write('keep', 0);
  });
  after(async () => {
    await agent?.stop('SIGKILL');
    for (const pid of processesNaming(directory)) signal(pid, 'SIGKILL');
    removeNetwork(directory);
    removeMounts(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  const manifest = (name: string) => join(directory, 'manifests', `${name}.json`);

  /** Takes its time for its end, has a volume, and runs one after another: there is something to be killed in. */
  function write(name: string, version: number): void {
    const env = [{ name: 'KILL_TEST', value: `${directory}|${name}|${version}` }];
    const shell = (script: string) => ({ image: 'host', command: ['sh', '-c', script], env });
    const volumeMounts = ['v', 'm'].map((volume) => ({
      name: volume,
      mountPath: `${directory}/mnt-${volume}-${name}`,
    }));
    const items = [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }];
    const spec = {
      terminationGracePeriodSeconds: 2,
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'm', downwardAPI: { items } },
      ],
      initContainers: [{ name: 'i', ...shell('exit 0'), volumeMounts }],
      containers: [
        { name: 'c', ...shell('trap "sleep 0.2; exit 0" TERM; while :; do sleep 0.1; done'), volumeMounts },
        { name: 'd', ...shell('exec sleep 100000') },
      ],
    };
    wanted.set(name, version);
    writeFileSync(
      manifest(name),
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }),
    );
  }

  function change(next: () => number): void {
    const name = names[Math.floor(next() * names.length)] ?? 'a';
    const version = wanted.get(name);
    if (version !== undefined && next() < 0.5) {
      wanted.delete(name);
      rmSync(manifest(name));
    } else {
      write(name, (version ?? 0) + 1);
    }
  }

  function start(): RunningProgram {
    const args = ['agent', '--node-name', 'pi', '--data-dir', directory, '--pod-cidr', podCidr];
    return new RunningProgram(kelpProgram, args);
  }

  /** `pod|version`, once for each main container: its first process, whose parent is no other of it. */
  function running(): string[] {
    const mains = processesNaming(`KILL_TEST=${directory}|`).flatMap((pid) => {
      const environment = read(`/proc/${pid}/environ`);
      const id = /(?:^|\0)KELP_CONTAINER_ID=([^\0]+)/.exec(environment)?.[1];
      const value = /(?:^|\0)KILL_TEST=[^|]*\|([^\0]+)/.exec(environment)?.[1];
      return id && value ? [`${value} ${id}`] : [];
    });
    return [...new Set(mains)].map((main) => main.split(' ')[0] ?? '').sort();
  }

  const filesIn = (...path: string[]) => {
    try {
      return readdirSync(join(directory, ...path));
    } catch {
      return [];
    }
  };

  it(`${rounds} times converges to what is wanted`, async () => {
    const { next, seed } = random();
    for (let round = 0; round < rounds; round++) {
      for (let changes = Math.floor(next() * 3); changes >= 0; changes--) change(next);
      agent = start();
      await new Promise((resolve) => setTimeout(resolve, next() * longestLifeMs));
      await agent.stop('SIGKILL');
    }
    agent = start();
    const expected = [...wanted]
      .flatMap(([name, version]) => [`${name}|${version}`, `${name}|${version}`])
      .sort();
    await eventually(`seed ${seed}: each pod that is wanted, once`, () => {
      const found = running();
      if (found.join() !== expected.join())
        throw new Error(`${found.join(' ')} instead of ${expected.join(' ')}`);
      return true;
    });
    const settled = () =>
      filesIn('pods', 'pods').length === wanted.size && filesIn('pods', 'logs').length === wanted.size;
    await eventually(`seed ${seed}: nothing of other pods to be left`, () => settled() || undefined);
    await eventually(`seed ${seed}: no other container to be left`, () => {
      const found = filesIn('process', 'containers').map((id) =>
        read(join(directory, 'process/containers', id, 'meta.json')),
      );
      if (found.length === 3 * wanted.size) return true;
      throw new Error(`${found.length} instead of ${3 * wanted.size}: ${found.join(' ')}`);
    });
    for (const pod of filesIn('pods', 'logs')) {
      for (const container of filesIn('pods', 'logs', pod)) {
        expect(filesIn('pods', 'logs', pod, container), `seed ${seed}: ${pod}/${container}`).to.deep.equal([
          '0.log',
        ]);
      }
    }
    expect(read(join(directory, 'manifests', 'keep.json'))).to.contain('KILL_TEST');
  });

  it('leaves nothing when nothing is wanted any more', async () => {
    for (const name of wanted.keys()) rmSync(manifest(name));
    await eventually('every process to end', () => processesNaming(directory).length <= 1 || undefined);
    for (const path of [
      ['pods', 'pods'],
      ['pods', 'logs'],
      ['process', 'containers'],
    ]) {
      await eventually(`${path.join('/')} to be empty`, () => filesIn(...path).length === 0 || undefined);
    }
    await eventually('no network to be left', () => networkTraces(directory).length === 0 || undefined);
    expect([...mountPointsInUse()].filter((point) => point.startsWith(directory))).to.deep.equal([]);
    expect(filesIn().filter((name) => name.startsWith('mnt-'))).to.deep.equal([]);
    expect(filesIn('process').filter((name) => name.startsWith('trial'))).to.deep.equal([]);
  });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
