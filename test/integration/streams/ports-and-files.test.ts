// Port forwarding, proxies, copying and attaching, with real kubectl and kelp.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually, kelpProgram, RunningProgram, run, skipWithout } from '../../support/cluster.ts';
import { inTerminal } from './in-terminal.ts';
import { checksum, oldKubectl, StreamWorld, systemKubectl } from './stream-world.ts';

const page = 3_000_000;

function serving(port: number): string {
  const answer = `q.url === '/big' ? Buffer.alloc(${page}, 97) : [q.method, q.url, body, q.headers.authorization].join(' ')`;
  const html = `s.setHeader('content-type', 'text/html; charset=utf-8'); s.setHeader('access-control-allow-origin', '*');`;
  const zipped = `s.setHeader('content-encoding', 'gzip'); s.end(require('zlib').gzipSync('<a href=/x>' + q.headers['x-forwarded-uri']));`;
  const answers = `if (q.url === '/moved') s.setHeader('location', '/there'); if (q.url === '/page') { ${html} ${zipped} return; }`;
  const server = `require('http').createServer((q, s) => { let body = ''; q.on('data', (c) => body += c); q.on('end', () => { s.statusCode = q.url === '/teapot' ? 418 : 200; ${answers} s.end(${answer}); }); }).listen(${port}, '127.0.0.1')`;
  return `exec node -e "${server}"`;
}

interface Answer {
  code: number;
  body: string;
}

function fetchLocal(port: number, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

describe('ports, files and attaching', function () {
  this.timeout(90_000);
  let world: StreamWorld;
  let port: number;
  before(async function () {
    if (!systemKubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    world = await StreamWorld.start();
    port = await freePort();
    await world.pod('web', serving(port), { ports: [{ containerPort: port, name: 'http' }] });
    // It listens on the loopback of its pod, which is not the board's.
    const path = `/api/v1/namespaces/default/pods/web:${port}/proxy/`;
    await eventually('the server to answer', async () => {
      return (await world.kubectl('get', '--raw', path)).code === 0 || undefined;
    });
  });
  after(() => world?.close());

  for (const { who, program } of [
    { who: 'kubectl', program: () => world.program },
    { who: 'kelp', program: () => kelpProgram },
  ]) {
    describe(`by ${who}`, () => {
      it('forwards a port, with many connections at once', async () => {
        const forward = new RunningProgram(program(), ['port-forward', 'pod/web', ':http'], {
          env: world.env,
        });
        const line = await forward.line(/Forwarding from 127\.0\.0\.1:/);
        const local = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
        expect((await fetchLocal(local, '/one')).body).to.equal('GET /one  ');
        const answers = await Promise.all(Array.from({ length: 20 }, () => fetchLocal(local, '/big')));
        expect(answers.map(({ body }) => body.length)).to.deep.equal(Array.from({ length: 20 }, () => page));
        expect(forward.exitCode).to.equal(undefined);
        await forward.stop('SIGINT');
      });

      it('says that nobody listens at a port', async () => {
        const nobody = await freePort();
        const forward = new RunningProgram(program(), ['port-forward', 'web', `:${nobody}`], {
          env: world.env,
        });
        const line = await forward.line(/Forwarding from 127\.0\.0\.1:/);
        const local = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
        expect(await fetchLocal(local, '/').catch((error: Error) => error)).to.be.an('error');
        await eventually(
          'it to say so',
          () => /connection refused/.test(forward.errorLines.join('\n')) || undefined,
        );
        await forward.stop('SIGINT');
      });

      it('copies files and folders there and back', async () => {
        const folder = join(world.cluster.directory, `copies-${who}`);
        const bytes = randomBytes(2_000_000);
        mkdirSync(join(folder, 'from/deep'), { recursive: true });
        writeFileSync(join(folder, 'from/deep/file'), bytes);
        writeFileSync(join(folder, 'from/small'), 'x');
        const copy = async (from: string, to: string) => {
          const { code, stderr } = await run(program(), ['cp', from, to], { env: world.env });
          expect(code, stderr).to.equal(0);
        };
        await copy(join(folder, 'from'), `web:${join(folder, 'there')}`);
        await copy(`default/web:${join(folder, 'there')}`, join(folder, 'back'));
        expect(checksum(readFileSync(join(folder, 'back/deep/file')))).to.equal(checksum(bytes));
        await copy(join(folder, 'from/small'), `web:${join(folder, 'one')}`);
        expect(readFileSync(join(folder, 'one'), 'utf8')).to.equal('x');
        // kubectl may end before it hears of it; nothing must come of it either way.
        const missing = await run(program(), ['cp', `web:${folder}/nothing`, `${folder}/x`], {
          env: world.env,
        });
        if (who === 'kelp') expect(missing).to.deep.include({ code: 1, stdout: '' });
        expect(existsSync(`${folder}/x`)).to.equal(false);
      });

      it('attaches to what a container says, and talks to it', async () => {
        const name = `ear-${who}`;
        await world.pod(name, 'while read word; do echo "heard $word"; done; echo end; sleep 1', {
          stdin: true,
          stdinOnce: true,
        });
        const { code, stdout } = await world.pipe(
          program(),
          ['attach', '-i', name],
          Buffer.from('one\ntwo\n'),
        );
        expect(code).to.equal(0);
        expect(stdout.toString()).to.equal('heard one\nheard two\nend\n');
      });
    });
  }

  it('attaches to a terminal with its size', async () => {
    await world.pod('term', 'while read word; do echo "heard $word"; stty size; done', {
      stdin: true,
      tty: true,
    });
    const terminal = inTerminal(`stty rows 41 cols 91; ${world.program} attach -it term`, world.env);
    await terminal.says('press');
    terminal.type('hey\n');
    await terminal.says('heard hey');
    await eventually('the size to be told', () => {
      terminal.type('again\n');
      return terminal.text.includes('41 91') || undefined;
    });
    terminal.stop();
  });

  it('says that a container without stdin cannot be told anything', async () => {
    const { stderr } = await run(kelpProgram, ['attach', '-i', 'web'], { env: world.env });
    expect(stderr).to.match(/it was not started with stdin: true/);
  });

  describe('proxies', () => {
    const raw = (path: string) => world.kubectl('get', '--raw', `/api/v1/${path}`);
    const pod = 'namespaces/default/pods';

    it('reach a pod by its port, and keep who asks to themselves', async () => {
      expect((await raw(`${pod}/web:${port}/proxy/a/b?c=d`)).stdout).to.equal('GET /a/b?c=d  ');
      expect((await raw(`${pod}/http:web:http/proxy/`)).stdout).to.equal('GET /  ');
      expect((await raw(`${pod}/web/proxy/big`)).stdout).to.have.length(page);
    });

    it('send who reads a server and names no path to its root', async () => {
      const curl = await run('curl', [
        ...['-s', '-I', '--cacert', world.cluster.caFile],
        ...['-H', `authorization: Bearer ${world.cluster.adminToken}`],
        ...['-w', '%{http_code} %{redirect_url}', '-o', '/dev/null'],
        `${world.cluster.server}/api/v1/${pod}/web/proxy?a=b`,
      ]);
      expect(curl.stdout).to.equal(`301 ${world.cluster.server}/api/v1/${pod}/web/proxy/?a=b`);
    });

    it('lead the links of pages through themselves', async () => {
      const path = `/api/v1/${pod}/web/proxy`;
      const curl = (...args: string[]) =>
        run('curl', [
          ...['-s', '--cacert', world.cluster.caFile],
          ...['-H', `authorization: Bearer ${world.cluster.adminToken}`, ...args],
        ]);
      const { stdout } = await curl('--compressed', '-D-', `${world.cluster.server}${path}/page`);
      expect(stdout).to.include(`\r\n\r\n<a href=${path}/x>${path}/page`);
      expect(stdout).not.to.match(/access-control/i);
      const { stdout: head } = await curl('-I', `${world.cluster.server}${path}/moved`);
      expect(head).to.match(new RegExp(`^location: ${path}/there\r$`, 'im'));
    });

    it('pass bodies and codes on', async () => {
      const headers = { authorization: `Bearer ${world.cluster.adminToken}` };
      const url = `${world.cluster.server}/api/v1/${pod}/web/proxy/teapot`;
      const curl = await run('curl', [
        ...['-s', '--cacert', world.cluster.caFile, '-H', `authorization: ${headers.authorization}`],
        ...['-X', 'PUT', '--data-binary', 'tea', '-w', ' %{http_code}', url],
      ]);
      expect(curl.stdout).to.equal('PUT /teapot tea  418');
    });

    it('reach the pods of a Service', async () => {
      await world.apply({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ name: 'main', port: 80, targetPort: 'http' }] },
      });
      const answer = await eventually('the Service to have its pod', async () => {
        const { code, stdout } = await raw('namespaces/default/services/web:main/proxy/x');
        return code === 0 ? stdout : undefined;
      });
      expect(answer).to.equal('GET /x  ');
      expect((await raw('namespaces/default/services/web:other/proxy/x')).stderr).to.match(
        /no service port "other"/,
      );
    });

    it('reach the agent itself', async () => {
      expect((await raw('nodes/pi-1/proxy/healthz')).stdout).to.equal('ok');
      expect(JSON.parse((await raw('nodes/pi-1/proxy/pods')).stdout).kind).to.equal('PodList');
    });

    it('say that nobody answers', async () => {
      const { stderr } = await raw(`${pod}/web:${await freePort()}/proxy/`);
      expect(stderr).to.match(/error trying to reach service.*connection refused|ServiceUnavailable/);
    });
  });

  it('refuse an old kubectl with the version that can', async function () {
    if (!oldKubectl) skipWithout(this, 'kubectl 1.20', 'kubernetes-client');
    const { stderr } = await run(oldKubectl, ['port-forward', 'web', '1234'], { env: world.env });
    expect(stderr).to.match(/streams are carried over WebSockets here.*kubectl 1\.31 or newer/);
  });
});
