// README.md holds true word for word: its commands are taken from the page and run, in their order, from a fresh home,
// in a network of their own.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubectls, processesNaming, RunningProgram, root, skipWithout } from '../support/cluster.ts';
import { signal } from '../support/end-process.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** The commands of the page, a line each, in order. */
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .filter((line) => line && !line.startsWith('#'));
/** These run this very test. */
const ownTests = ['npm run check', 'npm test'];
/** These print what changes until they are stopped. */
const endless = /^(mosquitto_sub |npx kelp mqtt sub )/;

describe('README.md', function () {
  this.timeout(180_000);
  const home = mkdtempSync(join(tmpdir(), 'kelp-readme-'));
  let shell: RunningProgram;
  let started = 0;

  before(function () {
    const isolated =
      process.getuid?.() === 0 && ['/usr/bin/unshare', '/usr/sbin/ip'].every((path) => existsSync(path));
    if (!isolated) skipWithout(this, 'root with unshare and ip', 'util-linux iproute2');
    if (!existsSync('/usr/bin/mosquitto_sub')) skipWithout(this, 'mosquitto_sub', 'mosquitto-clients');
    const kubectl = kubectls().at(-1);
    if (!kubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    mkdirSync(join(home, 'bin'));
    symlinkSync(kubectl.path, join(home, 'bin/kubectl'));
    // One shell for the whole page: what a command exports holds for those below it.
    shell = new RunningProgram(
      '/usr/bin/unshare',
      ['--net', 'bash', '-c', 'ip link set lo up; while IFS= read -r line; do eval "$line"; done'],
      {
        env: { HOME: home, KELP_HOME: '', KUBECONFIG: '', PATH: `${home}/bin:${process.env.PATH}`, CI: '1' },
        stdin: true,
      },
    );
  });

  after(async () => {
    for (const pid of [...processesNaming(home)].filter((each) =>
      /\/(cli|edge-agent)\/main\.js$/.test(programOf(each)),
    )) {
      signal(pid, 'SIGTERM');
    }
    if (shell) {
      shell.send('wait; exit 0');
      await shell.ending;
    }
    const left = processesNaming(home);
    rmSync(home, { recursive: true, force: true });
    expect(left).to.deep.equal([]);
  });

  /** Answers what was printed, and the exit code. */
  async function runs(command: string, seconds = 60): Promise<{ code: number; output: string }> {
    const mark = `kelp-readme-${started++}`;
    shell.send(`${command} > ${home}/out 2>&1 < /dev/null; echo "${mark} $?"`);
    const line = await shell.line(new RegExp(`^${mark} `), seconds * 1000);
    return { code: Number(line.split(' ')[1]), output: readFileSync(join(home, 'out'), 'utf8') };
  }

  /**
   * Stops it once it has printed the words; answers all that it printed. `timeout` ends what the command started, too; without
   * `stdbuf` a program keeps back what it prints into a file.
   */
  async function printed(command: string, words: string): Promise<string> {
    const waiting = `until grep -q '${words}' ${home}/changes || ! kill -0 $!; do sleep 0.1; done`;
    shell.send(
      `timeout 60 stdbuf -oL ${command} > ${home}/changes 2>&1 < /dev/null & ${waiting}; kill $!; wait $!`,
    );
    const { output } = await runs(`cat ${home}/changes`, 70);
    expect(output).to.contain(words);
    return output;
  }

  it('has commands', () => {
    expect(commands).to.include.members(['npm start', 'kubectl get nodes', ...ownTests]);
  });

  for (const command of commands.filter((each) => !ownTests.includes(each))) {
    it(command, async () => {
      if (command === 'npm start') {
        shell.send(
          `npm start > ${home}/start 2>&1 < /dev/null & for i in $(seq 600); do grep -q 'Ctrl-C' ${home}/start && break; sleep 0.1; done; echo up`,
        );
        await shell.line(/^up$/, 90_000);
        const screen = readFileSync(join(home, 'start'), 'utf8');
        expect(screen).to.contain(`kubeconfig  ${home}/.kelp/admin.kubeconfig`);
        expect(screen).to.match(/kelp agent --hub https:\/\/\S+ --token \S+@sha256:[0-9a-f]{64}/);
      } else if (command.startsWith('export ') || /^[A-Z]+=/.test(command)) {
        shell.send(`${command}; echo "set $?"`);
        await shell.line(/^set 0$/);
      } else if (endless.test(command)) {
        expect(await printed(command, '"name":"hello-')).to.contain('"kind":"Pod"');
      } else {
        const { code, output } = await runs(command);
        expect(code, output).to.equal(0);
        expect(output.trim(), command).to.not.equal('');
      }
    });
  }

  it('lets another board join with the command that was printed', async () => {
    const screen = readFileSync(join(home, 'start'), 'utf8');
    const command = /^ {2}kelp (agent --hub \S+ --token \S+)$/m.exec(screen)?.[1];
    shell.send(
      `npx kelp ${command} --node-name pi-2 --data-dir ${home}/pi-2 --stop-pods-on-exit > ${home}/agent 2>&1 &`,
    );
    const { output } = await runs(
      `for i in $(seq 300); do kubectl get node pi-2 >/dev/null 2>&1 && break; sleep 0.1; done; kubectl get nodes`,
    );
    expect(output).to.match(/^pi-2\s+Ready/m);
  });
});

/** The script that a Node process runs. */
function programOf(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        .split('\0')
        .find((word) => word.endsWith('main.js')) ?? ''
    );
  } catch {
    return '';
  }
}
