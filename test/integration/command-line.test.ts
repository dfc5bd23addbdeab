// The command line: help, and one clear line with a non-zero exit for whatever a person gets wrong.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kelpProgram, type RunResult, run, TestCluster } from '../support/cluster.ts';

/** One line on stderr that matches, nothing on stdout, no stack, a non-zero exit. */
function expectOneLine({ code, stdout, stderr }: RunResult, pattern: RegExp): void {
  expect(stderr).to.match(pattern);
  expect(stderr.trimEnd().split('\n'), stderr).to.have.length(1);
  expect(stderr).to.not.match(/\n\s+at /);
  expect(stdout).to.equal('');
  expect(code).to.be.greaterThan(0);
}

describe('the command line', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const directory = mkdtempSync(join(tmpdir(), 'kelp-command-line-'));
  let taken: Server;
  let takenPort = 0;

  before(async () => {
    await cluster.startHub();
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    takenPort = typeof address === 'object' && address ? address.port : 0;
  });

  after(async () => {
    taken.close();
    await cluster.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const kelp = (...args: string[]) =>
    run(kelpProgram, args, { env: { KELP_HOME: directory, KUBECONFIG: '' } });
  const hub = (...args: string[]) =>
    kelp(
      'hub',
      '--data-dir',
      join(directory, 'hub'),
      '--bind',
      '127.0.0.1',
      '--https-port',
      '0',
      '--mqtt-port',
      '0',
      ...args,
    );
  const agent = (...args: string[]) => kelp('agent', '--data-dir', join(directory, 'agent'), ...args);

  describe('--help', () => {
    const programs: [string[], string[]][] = [
      [
        ['--help'],
        [
          'up',
          'get',
          'token',
          'backup',
          'restore',
          'encryption',
          'mqtt',
          'hub',
          'agent',
          '--kubeconfig',
          'KELP_HOME',
        ],
      ],
      [
        ['backup', '--help'],
        ['--passphrase-file', '--on-hub', 'verify', 'list', 'stdout'],
      ],
      [
        ['restore', '--help'],
        ['--data-dir', '--force', '--store', '--passphrase-file', '--encryption-key-file'],
      ],
      [
        ['hub', '--help'],
        ['--data-dir', '--bind', '--https-port', '--mqtt-port', '--config', '6443', '8883'],
      ],
      [
        ['agent', '--help'],
        ['--hub', '--token', '--node-name', '--data-dir', '--runtime', '--config'],
      ],
      [
        ['up', '--help'],
        ['--nodes', '--data-dir', '--bind', '--https-port', '--mqtt-port'],
      ],
      [
        ['token', 'create', '--help'],
        ['--ttl', '24h'],
      ],
      [
        ['mqtt', 'sub', '--help'],
        ['filter', '--count'],
      ],
    ];
    for (const [args, words] of programs) {
      it(`kelp ${args.join(' ')} names everything`, async () => {
        const { code, stdout, stderr } = await kelp(...args);
        expect(code).to.equal(0);
        expect(stderr).to.equal('');
        for (const word of words) expect(stdout).to.contain(word);
      });
    }
  });

  describe('a hub', () => {
    it('writes a kubeconfig that only its owner reads and that is complete in itself', () => {
      expect(statSync(cluster.kubeconfig).mode & 0o777).to.equal(0o600);
      const text = readFileSync(cluster.kubeconfig, 'utf8');
      expect(text).to.contain('client-certificate-data').and.contain('certificate-authority-data');
      expect(text).to.not.contain(cluster.directory);
    });

    it('refuses an unknown flag', async () => {
      expectOneLine(
        await hub('--htps-port', '1'),
        /^kelp hub: unknown flag --htps-port: see 'kelp hub --help'$/m,
      );
    });

    it('refuses a port that is none', async () => {
      expectOneLine(
        await hub('--https-port', '70000'),
        /^kelp hub: --https-port: "70000": expected a whole number from 0 to 65535$/m,
      );
    });

    it('says which port is in use, and with which flag to choose another', async () => {
      expectOneLine(
        await hub('--https-port', `${takenPort}`),
        new RegExp(`port ${takenPort} on 127.0.0.1 is in use.*--https-port`),
      );
      expectOneLine(
        await hub('--mqtt-port', `${takenPort}`),
        new RegExp(`port ${takenPort} on 127.0.0.1 is in use.*--mqtt-port`),
      );
    });

    it('names a wrong key of its config file, and the right one', async () => {
      const file = join(directory, 'hub.yaml');
      writeFileSync(file, 'htpsPort: 6443\n');
      expectOneLine(
        await hub('--config', file),
        /hub\.yaml: unknown key "htpsPort"; did you mean "httpsPort"\?$/m,
      );
    });

    it('says that a config file is not there', async () => {
      expectOneLine(await hub('--config', join(directory, 'nowhere.yaml')), /nowhere\.yaml: no such file/);
    });

    it('says why there can be no data folder', async () => {
      const file = join(directory, 'no-folder');
      writeFileSync(file, '');
      const reasons: [string, RegExp][] = [
        [file, /cannot make the folder .*no-folder: there is something else of this name$/m],
        [join(file, 'hub'), /cannot make the folder .*: a part of the path is not a directory$/m],
        ['/proc/kelp', /cannot make the folder \/proc\/kelp: nothing can be made there$/m],
      ];
      for (const [path, reason] of reasons) expectOneLine(await hub('--data-dir', path), reason);
    });

    it('says that it cannot listen at what is no address', async () => {
      expectOneLine(
        await hub('--bind', 'hub.invalid'),
        /hub\.invalid is no address, and no name of one: choose another with --bind$/m,
      );
    });

    it('does not share its data folder with another hub', async () => {
      const second = await run(kelpProgram, [
        'hub',
        '--data-dir',
        cluster.hubDirectory,
        '--bind',
        '127.0.0.1',
        '--https-port',
        '0',
        '--mqtt-port',
        '0',
      ]);
      expectOneLine(second, new RegExp(`process ${cluster.hub.pid}`));
    });
  });

  describe('an agent', () => {
    it('says what it needs to join', async () => {
      expectOneLine(await agent(), /has not joined yet: name a hub with --hub/);
      expectOneLine(await agent('--hub', cluster.server), /needs --token, from 'kelp token create'/);
    });

    it('refuses what is no address of a hub', async () => {
      expectOneLine(
        await agent('--hub', 'http://x', '--token', 'x'),
        /--hub http:\/\/x: must be the address of a hub, https:\/\/HOST:PORT/,
      );
    });

    it('refuses what is no token, and one of another hub, and one that is not known', async () => {
      expectOneLine(await agent('--hub', cluster.server, '--token', 'abc'), /--token is no join token/);
      const token = await cluster.token();
      const other = token.replace(/sha256:.*/, `sha256:${'0'.repeat(64)}`);
      expectOneLine(
        await agent('--hub', cluster.server, '--token', other),
        /not the one that this token was made by/,
      );
      const wrong = token.replace(/^[^@]+/, 'abcdef.0123456789abcdef');
      expectOneLine(
        await agent('--hub', cluster.server, '--token', wrong),
        /does not accept this token .*kelp token create/,
      );
    });

    it('says that a hub is out of reach', async () => {
      const token = await cluster.token();
      expectOneLine(
        await agent('--hub', 'https://127.0.0.1:1', '--token', token),
        /can't reach the hub at https:\/\/127\.0\.0\.1:1 .*kelp hub/,
      );
    });

    it('refuses a node name that Kubernetes would refuse', async () => {
      expectOneLine(
        await agent('--hub', cluster.server, '--token', await cluster.token(), '--node-name', 'Bad_Name'),
        /--node-name Bad_Name: a lowercase RFC 1123 subdomain/,
      );
    });

    it('refuses a runtime that there is none of', async () => {
      expectOneLine(await agent('--runtime', 'docker'), /--runtime: "docker": expected one of/);
    });
  });

  describe('kelp', () => {
    it('says where to start when there is no cluster', async () => {
      expectOneLine(
        await kelp('token', 'create'),
        /there is no .*admin\.kubeconfig: start a hub with 'kelp up'/,
      );
    });

    it('says that the hub does not answer', async () => {
      const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'));
      config.clusters[0].cluster.server = 'https://127.0.0.1:1';
      const path = join(directory, 'gone.kubeconfig');
      writeFileSync(path, JSON.stringify(config));
      expectOneLine(
        await kelp('token', 'list', '--kubeconfig', path),
        /connection to the server 127\.0\.0\.1:1 was refused/,
      );
    });

    it('refuses unknown words and flags', async () => {
      expectOneLine(
        await kelp('gett'),
        /^error: unknown command 'gett' \(Did you mean get\?\) \(see 'kelp --help'\)$/m,
      );
      expectOneLine(
        await kelp('get', 'pods', '--foo'),
        /^error: unknown option '--foo' \(see 'kelp --help'\)$/m,
      );
      expectOneLine(
        await kelp('token', 'create', '--tttl', '1h'),
        /unknown option '--tttl'.*see 'kelp --help'/,
      );
    });

    it('makes, lists and takes back join tokens', async () => {
      const token = await cluster.token();
      expect(token).to.match(/^[a-z0-9]{6}\.[a-z0-9]{16}@sha256:[0-9a-f]{64}$/);
      const id = token.slice(0, 6);
      expect((await cluster.kelp('token', 'list')).stdout).to.match(new RegExp(`^${id}\\s+23h\\s+20`, 'm'));
      expect((await cluster.kelp('token', 'delete', id)).stdout).to.equal(`token "${id}" deleted\n`);
      expect((await cluster.kelp('token', 'list')).stdout).to.not.contain(id);
      expectOneLine(await agent('--hub', cluster.server, '--token', token), /does not accept this token/);
      expectOneLine(
        await cluster.kelp('token', 'create', '--ttl', 'tomorrow'),
        /--ttl tomorrow: must be a duration/,
      );
    });
  });
});
