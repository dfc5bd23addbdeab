// Commands in containers, as kubectl and kelp run them: output, exit codes, input, terminals, refusals.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  commandOf,
  eventually,
  kelpProgram,
  processesNaming,
  RunningProgram,
  run,
  skipWithout,
} from '../../support/cluster.ts';
import { inTerminal } from './in-terminal.ts';
import { checksum, oldKubectl, StreamWorld, systemKubectl } from './stream-world.ts';

describe('exec', function () {
  this.timeout(90_000);
  let world: StreamWorld;
  before(async function () {
    if (!systemKubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    world = await StreamWorld.start();
    await world.pod('web', 'sleep 1000', { env: [{ name: 'COLOUR', value: 'green' }], workingDir: '/usr' });
  });
  after(() => world?.close());

  for (const { who, program } of [
    { who: 'kubectl', program: () => world.program },
    { who: 'kelp', program: () => kelpProgram },
  ]) {
    describe(`by ${who}`, () => {
      const exec = (...args: string[]) => run(program(), ['exec', 'web', ...args], { env: world.env });

      it('shows both outputs and passes the exit code on', async () => {
        const { code, stdout, stderr } = await exec('--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
        expect({ code, stdout }).to.deep.equal({ code: 3, stdout: 'out\n' });
        expect(stderr).to.equal('err\ncommand terminated with exit code 3\n');
      });

      it('runs in the surroundings of the container', async () => {
        const { stdout } = await exec('--', 'sh', '-c', 'echo $COLOUR; pwd');
        expect(stdout).to.equal('green\n/usr\n');
      });

      it('carries 5 MB in and out again, byte by byte', async () => {
        const bytes = randomBytes(5 * 1024 * 1024);
        const { code, stdout } = await world.pipe(program(), ['exec', '-i', 'web', '--', 'cat'], bytes);
        expect(code).to.equal(0);
        expect(checksum(stdout)).to.equal(checksum(bytes));
      });

      it('says why a command cannot be started', async () => {
        const { code, stderr } = await exec('--', 'no-such-command');
        expect(code).to.equal(1);
        expect(stderr).to.match(
          /error executing command in container: .*executable file not found in \$PATH/,
        );
      });

      it('gives a terminal with its size, and follows a change of it', async () => {
        const terminal = inTerminal(
          ['stty rows 31 cols 77;', program(), 'exec', '-it', 'web', '--', 'sh'].join(' '),
          world.env,
        );
        await terminal.says('# ');
        terminal.type('stty size; tty; echo sum $((40+2))\n');
        await terminal.says('31 77');
        await terminal.says('sum 42');
        terminal.type('exit 9\n');
        expect(await terminal.exitCode).to.equal(9);
        expect(terminal.text).to.match(/\/dev\/pts\/\d+/);
      });

      it('starts a command at a terminal that has its size already', async () => {
        for (const rows of [31, 32, 33]) {
          const client = `${program()} exec -it web -- stty size`;
          const terminal = inTerminal(`stty rows ${rows} cols 77; ${client}`, world.env);
          expect(await terminal.exitCode).to.equal(0);
          expect(terminal.text).to.include(`${rows} 77`);
        }
      });

      it('leaves nothing running when the client is killed', async () => {
        const mark = `4${Math.floor(Math.random() * 1e6)}`;
        const script = `echo begun; setsid sleep ${mark} & sleep ${mark}`;
        const client = new RunningProgram(program(), ['exec', 'web', '--', 'sh', '-c', script], {
          env: world.env,
        });
        await client.line(/begun/);
        await client.stop('SIGKILL');
        await eventually(
          'its processes to be gone',
          () => processesNaming(`sleep\0${mark}`).length === 0 || undefined,
        );
      });
    });
  }

  it('leaves what a command put into the background to the container', async () => {
    const mark = `5${Math.floor(Math.random() * 1e6)}`;
    const { code } = await world.kubectl('exec', 'web', '--', 'sh', '-c', `sleep ${mark} & echo done`);
    expect(code).to.equal(0);
    expect(processesNaming(`sleep\0${mark}`)).to.have.length(1);
  });

  it('is refused with the right code before anything is upgraded', async () => {
    const refusal = async (...args: string[]) => (await world.kubectl('exec', ...args, '--', 'true')).stderr;
    expect(await refusal('nobody')).to.equal('Error from server (NotFound): pods "nobody" not found\n');
    expect(await refusal('web', '-c', 'x')).to.match(/\(BadRequest\): container x is not valid for pod web/);
    const raw = await world.kubectl(
      'get',
      '--raw',
      '/api/v1/namespaces/default/pods/web/exec?command=true&stdout=true',
    );
    expect(raw.stderr).to.match(/BadRequest.*Upgrade request required/);
  });

  it('holds a command back whose output nobody takes, and grows no memory', async () => {
    const mark = `/proc/self/../../dev/./zero`;
    const script = `${world.program} exec web -- cat ${mark} | sleep 1000`;
    const client = new RunningProgram('sh', ['-c', script], { env: world.env });
    const cats = () => processesNaming(`cat\0${mark}`).filter((pid) => commandOf(pid) === 'cat');
    try {
      const cat = await eventually('cat to run', () => cats()[0]);
      const agent = world.cluster.agents.get('pi-1');
      const memory = () => residentBytes(world.cluster.hub.pid) + residentBytes(agent?.pid ?? 0);
      const before = memory();
      expect(await settled(() => writtenBytes(cat))).to.be.lessThan(20 * 1024 * 1024);
      expect(memory() - before).to.be.lessThan(60 * 1024 * 1024);
    } finally {
      process.kill(-client.pid, 'SIGKILL');
      await client.ending;
    }
    await eventually('cat to be gone', () => cats().length === 0 || undefined);
  });

  it('by an old kubectl is refused with the version that can', async function () {
    if (!oldKubectl) skipWithout(this, 'kubectl 1.20', 'kubernetes-client');
    const { code, stderr } = await run(oldKubectl, ['exec', 'web', '--', 'true'], { env: world.env });
    expect(code).to.equal(1);
    expect(stderr).to.match(/streams are carried over WebSockets here.*use kubectl 1\.30 or newer/);
    const unknown = await run(oldKubectl, ['exec', 'nobody', '--', 'true'], { env: world.env });
    expect(unknown.stderr).to.match(/pods "nobody" not found/);
  });
});

function readProc(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status'))?.[1] ?? 0) * 1024;
}

function writtenBytes(pid: number): number {
  return Number(/wchar: (\d+)/.exec(readProc(pid, 'io'))?.[1] ?? 0);
}

/** The value once it does not change any more. */
async function settled(look: () => number): Promise<number> {
  let before = -1;
  return eventually('it to be held back', () => {
    const now = look();
    const still = now === before && now > 0;
    before = now;
    return still ? now : undefined;
  });
}
