// Images of the process runtime: archives and OCI images, from a web server, a registry and the board itself.

import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type ContainerSpec,
  type ImageCredentials,
  ProcessRuntime,
  type PullPolicy,
} from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { logContents, processesWith, shellContainer } from '../support/container-spec.ts';
import { endProcess } from '../support/end-process.ts';
import { ImageServer } from '../support/image-server.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { killHosts, spawnRuntime } from '../support/spawn-runtime.ts';
import { type TarEntry, tarGzOf, tarOf } from '../support/tar-archive.ts';
import { until } from '../support/until.ts';

const asRoot = process.getuid?.() === 0;
const appPath = '/run/kelp/app';
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** None when the folder is not there, as for a moment when a runtime starts and empties it. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

describe('images of the process runtime', function () {
  this.timeout(40_000);
  let folder: string;
  let runtime: ProcessRuntime;
  let server: ImageServer;
  /** Another agent's, or what a killed one has left. */
  let wasThere: boolean;

  const create = () =>
    new ProcessRuntime({
      directory: join(folder, 'runtime'),
      clock: systemClock,
      log: createLog('test', 'silent'),
    });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-images-'));
    wasThere = existsSync(appPath);
    server = new ImageServer();
    await server.start();
    runtime = create();
    await runtime.start();
  });

  afterEach(async () => {
    await killHosts();
    for (const { podUid } of await runtime.list()) await runtime.removePod(podUid);
    await runtime.stop();
    await server.stop();
    expect(processesWith(folder)).to.deep.equal([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.to.contain(folder);
    // Other agents of this machine may have theirs at the same place meanwhile.
    await until('its mount point to be gone', () => wasThere || !existsSync(appPath) || mountedByOthers());
    rmSync(folder, { recursive: true, force: true });
  });

  const ensure = (image: string, policy: PullPolicy = 'IfNotPresent', credentials: ImageCredentials[] = []) =>
    runtime.ensureImage({ image, policy, credentials }, { pulling() {} });

  const failureOf = async (image: string, policy: PullPolicy = 'IfNotPresent') => {
    const failure = await ensure(image, policy).catch((error) => error);
    expect(failure).to.have.property('reason');
    return failure as { reason: string; message: string };
  };

  /** What lies in the runtime's folder besides whole images. */
  const leftovers = () => [
    ...readdirSync(join(folder, 'runtime/unpacking')),
    ...readdirSync(join(folder, 'runtime/downloads')),
  ];

  const spec = (image: string, command: string[], more: Partial<ContainerSpec> = {}) =>
    shellContainer('', folder, { image, command, env: [{ name: 'TEST_FOLDER', value: folder }], ...more });

  /** Runs it to its end and answers what it said. */
  async function output(
    image: string,
    command: string[],
    more: Partial<ContainerSpec> = {},
  ): Promise<string> {
    const started = spec(image, command, more);
    const { id } = await runtime.startContainer(started, 'hash');
    await until('its end', async () =>
      (await runtime.list()).some((one) => one.id === id && one.state === 'exited'),
    );
    return logContents(started.logPath);
  }

  async function serve(path: string, entries: readonly TarEntry[]): Promise<string> {
    const archive = await tarGzOf(entries);
    server.files.set(path, archive);
    return `${server.url(path)}@${digestOf(archive)}`;
  }

  const hello = (word: string): TarEntry => ({ name: 'app', content: `#!/bin/sh\necho ${word} $0 "$@"\n` });

  describe('an archive', () => {
    it('is unpacked once, and runs in its own folder', async () => {
      const image = await serve('/app.tar.gz', [
        hello('hello'),
        { name: 'data/', type: 'directory' },
        { name: 'data/text', content: 'words', mode: 0o644 },
        { name: 'link', type: 'symlink', linkname: 'data/text' },
      ]);
      const prepared = await ensure(image);
      expect(prepared.imageId).to.equal(image);
      expect(prepared.pulled?.sizeBytes).to.be.above(20);
      expect((await ensure(image)).pulled).to.equal(undefined);
      expect(server.requests).to.have.lengthOf(1);
      expect(await output(image, ['./app', 'one'])).to.equal('hello ./app one\n');
      expect(await output(image, ['cat', 'link'])).to.equal('words');
      expect(await output(image, ['sh', '-c', 'cat text'], { workingDir: 'data' })).to.equal('words');
      const [stored, ...others] = await runtime.images();
      expect(others).to.deep.equal([]);
      expect(stored?.names).to.include(image);
      expect(leftovers()).to.deep.equal([]);
    });

    it('is not changed by who runs it', async function () {
      if (!asRoot) this.skip();
      const image = await serve('/app.tar.gz', [hello('hello')]);
      await ensure(image);
      expect(await output(image, ['sh', '-c', 'echo changed >app; echo new >file; cat app'])).to.equal(
        'changed\n',
      );
      expect(await output(image, ['sh', '-c', './app; ls'])).to.equal('hello ./app\napp\n');
    });

    it('can be a program alone, or compressed in other ways', async () => {
      server.files.set('/run-me', Buffer.from('#!/bin/sh\necho alone\n'));
      await ensure(server.url('/run-me'));
      expect(await output(server.url('/run-me'), ['./run-me'])).to.equal('alone\n');
      const archive = await tarOf([hello('packed')]);
      for (const tool of ['xz', 'zstd']) {
        const packed = execFileSync(tool, ['-c'], { input: archive, stdio: ['pipe', 'pipe', 'ignore'] });
        server.files.set(`/app.${tool}`, packed);
        await ensure(server.url(`/app.${tool}`));
        expect(await output(server.url(`/app.${tool}`), ['./app'])).to.equal('packed ./app\n');
      }
    });

    it('with policy Always is asked for again, and fetched only when it changed', async () => {
      const url = server.url('/app.tar.gz');
      await serve('/app.tar.gz', [hello('first')]);
      const first = await ensure(url, 'Always');
      const again = await ensure(url, 'Always');
      expect(again.pulled, 'fetched again').to.equal(undefined);
      expect(server.requests.map(({ status }) => status)).to.deep.equal([200, 304]);
      await serve('/app.tar.gz', [hello('second')]);
      expect((await ensure(url, 'Always')).imageId).not.to.equal(first.imageId);
      expect(await output(url, ['./app'])).to.equal('second ./app\n');
      expect(
        (await runtime.images()).flatMap(({ names }) => names).filter((name) => name === url),
      ).to.have.lengthOf(1);
    });

    it('on the board itself: a file that is read where it is', async () => {
      const path = join(folder, 'app.tar');
      writeFileSync(path, await tarOf([hello('local')]));
      const image = `file://${path}`;
      await ensure(image, 'Always');
      expect((await ensure(image, 'Always')).pulled).to.equal(undefined);
      expect(await output(image, ['./app'])).to.equal('local ./app\n');
      expect((await failureOf(`file://${folder}/nosuch`)).message).to.contain('no such file on this board');
    });

    it('fetched by two at once is fetched once', async () => {
      const image = await serve('/app.tar.gz', [hello('hello')]);
      await Promise.all([ensure(image), ensure(image), ensure(image)]);
      expect(server.requests).to.have.lengthOf(1);
    });

    it('is removed when nobody needs it, not before', async () => {
      const image = await serve('/app.tar.gz', [hello('hello')]);
      await ensure(image);
      const [stored] = await runtime.images();
      const { podUid } = await runtime.startContainer(spec(image, ['sleep', '60']), 'hash');
      const failure = await runtime.removeImage(stored?.id ?? '').catch((error) => error);
      expect(failure).to.include({ reason: 'ImageInUse' });
      await runtime.removePod(podUid);
      await runtime.removeImage(stored?.id ?? '');
      expect(await runtime.images()).to.deep.equal([]);
      expect(readdirSync(runtime.imageFolder)).to.deep.equal([]);
      expect(await failureOf(image, 'Never')).to.include({ reason: 'ErrImageNeverPull' });
    });

    it('is found again after a restart of the agent', async () => {
      const image = await serve('/app.tar.gz', [hello('hello')]);
      await ensure(image);
      await runtime.stop();
      runtime = create();
      await runtime.start();
      expect((await ensure(image)).pulled).to.equal(undefined);
      expect(server.requests).to.have.lengthOf(1);
    });

    it('runs without root too', async function () {
      if (!asRoot) this.skip();
      const image = await serve('/app.tar.gz', [hello('hello')]);
      const home = join(folder, 'nobody');
      mkdirSync(home);
      execFileSync('chown', ['65534:65534', folder, home]);
      const started = { ...spec(image, ['./app']), logPath: join(home, 'logs/0.log') };
      const { host, said } = spawnRuntime(join(home, 'runtime'), [started], { uid: 65534 });
      await until(
        'what it says',
        () => existsSync(started.logPath) && logContents(started.logPath) !== '',
        20_000,
      );
      expect(logContents(started.logPath), said()).to.equal('hello ./app\n');
      await until('who it is', () => said().endsWith(' 65534\n'), 20_000);
      await endProcess(host);
    });
  });

  describe('an archive that means harm', () => {
    const harmful: [string, TarEntry[], string][] = [
      ['a path that leads out', [{ name: '../evil', content: 'x' }], 'leads out of the archive'],
      [
        'a path that leads out in the middle',
        [{ name: 'a/../../evil', content: 'x' }],
        'leads out of the archive',
      ],
      ['a link to the board', [{ name: 'l', type: 'symlink', linkname: '/etc' }], 'outside of the archive'],
      ['a link upwards', [{ name: 'a/l', type: 'symlink', linkname: '../../x' }], 'outside of the archive'],
      [
        'a hard link to the board',
        [{ name: 'l', type: 'link', linkname: '/etc/passwd' }],
        'no file of the archive',
      ],
      ['a device', [{ name: 'd', type: 'character-device' }], 'only files, folders and links'],
      ['a pipe', [{ name: 'p', type: 'fifo' }], 'only files, folders and links'],
    ];
    for (const [what, entries, why] of harmful) {
      it(`is refused: ${what}`, async () => {
        const failure = await failureOf(await serve('/evil.tgz', entries));
        expect(failure).to.include({ reason: 'ErrImagePull' });
        expect(failure.message).to.contain(why);
        expect(await runtime.images()).to.deep.equal([]);
        expect(readdirSync(join(folder, 'runtime/unpacking'))).to.deep.equal([]);
        expect(existsSync(join(folder, 'runtime/unpacking/evil'))).to.equal(false);
      });
    }

    it('writes nothing through its own links', async () => {
      const image = await serve('/evil.tgz', [
        { name: 'here', type: 'symlink', linkname: '.' },
        { name: 'here/file', content: 'inside' },
        { name: 'file2', type: 'symlink', linkname: 'file' },
        { name: 'file2', content: 'replaced' },
      ]);
      await ensure(image);
      expect(await output(image, ['cat', 'file', 'file2'])).to.equal('insidereplaced');
    });

    it('does not fill the disk', async function () {
      if (!asRoot) this.skip();
      await runtime.stop();
      const disk = join(folder, 'runtime');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
      try {
        runtime = create();
        await runtime.start();
        const image = await serve('/bomb.tgz', [{ name: 'zeros', content: Buffer.alloc(40 * 1024 * 1024) }]);
        const failure = await failureOf(image);
        expect(failure).to.include({ reason: 'ErrImagePull' });
        expect(failure.message).to.contain('no space left on device');
        expect(readdirSync(join(disk, 'unpacking'))).to.deep.equal([]);
        expect(await runtime.images()).to.deep.equal([]);
      } finally {
        await runtime.stop();
        execFileSync('umount', [disk]);
        runtime = create();
        await runtime.start();
      }
    });
  });

  describe('a link that breaks', () => {
    it('is asked for the rest', async () => {
      const image = await serve('/app.tar.gz', [
        hello('hello'),
        { name: 'filler', content: randomBytes(1_200_000) },
      ]);
      const size = server.files.get('/app.tar.gz')?.length ?? 0;
      server.breakAfter = Math.ceil(size / 3);
      await ensure(image);
      expect(server.requests.length).to.be.within(3, 5);
      expect(server.requests.slice(1).every(({ range }) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).to.equal(
        true,
      );
      expect(await output(image, ['./app'])).to.equal('hello ./app\n');
    });

    it('goes on where an agent that was killed stopped', async () => {
      const image = await serve('/app.tar.gz', [
        hello('hello'),
        { name: 'filler', content: randomBytes(1_200_000) },
      ]);
      server.breakAfter = 200_000;
      const { host } = spawnRuntime(join(folder, 'runtime'), [spec(image, ['./app'])]);
      try {
        await until('some of it', () => server.requests.length >= 2, 20_000);
      } finally {
        await endProcess(host);
      }
      server.breakAfter = undefined;
      const before = server.requests.length;
      await ensure(image);
      expect(server.requests.at(before)?.range).to.match(/^bytes=[1-9]/);
    });

    it('says what does not work, and keeps nothing that is wrong', async () => {
      const good = await serve('/app.tar.gz', [hello('hello')]);
      const wrong = `${server.url('/app.tar.gz')}@sha256:${'0'.repeat(64)}`;
      expect((await failureOf(wrong)).message).to.contain('not what was asked for');
      expect(leftovers()).to.deep.equal([]);
      expect((await failureOf(server.url('/nosuch'))).message).to.contain('the server answers 404');
      server.breakAfter = 0;
      expect(await failureOf(good)).to.include({ reason: 'ErrImagePull' });
      await server.stop();
      expect((await failureOf(good)).message).to.contain('connection refused');
      await server.start();
    });

    it('never leaves half an image, whenever the agent is killed', async () => {
      const entries = Array.from({ length: 4000 }, (_, at) => ({
        name: `d${at % 50}/${at}`,
        content: `${at}`,
      }));
      const image = await serve('/many.tgz', [hello('hello'), ...entries]);
      const { host } = spawnRuntime(join(folder, 'runtime'), [spec(image, ['./app'])]);
      const work = join(folder, 'runtime/unpacking');
      await until(
        'it to unpack',
        () => namesIn(work).some((name) => existsSync(join(work, name, 'files/d7'))),
        20_000,
      );
      await endProcess(host);
      expect(readdirSync(runtime.imageFolder)).to.deep.equal([]);
      await runtime.stop();
      runtime = create();
      await runtime.start();
      expect(readdirSync(work), 'of what was killed').to.deep.equal([]);
      await ensure(image);
      expect(await output(image, ['sh', '-c', 'ls -d d*/* | wc -l'])).to.match(/^4000/);
    });
  });

  describe('an image with a root file system of its own', () => {
    before(function () {
      if (!asRoot || !busybox) this.skip();
    });

    /** busybox below, something over it. */
    async function layers(): Promise<Buffer[]> {
      const program = readFileSync(busybox ?? '');
      const applets = ['sh', 'ls', 'cat', 'id', 'env', 'pwd', 'sleep', 'touch', 'mount', 'hostname', 'tty'];
      const base = await tarOf([
        { name: 'bin/', type: 'directory' },
        { name: 'bin/busybox', content: program },
        ...applets.map(
          (name): TarEntry => ({ name: `bin/${name}`, type: 'symlink', linkname: '/bin/busybox' }),
        ),
        { name: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\nweb:x:1234:99::/home/web:/bin/sh\n' },
        { name: 'etc/group', content: 'root:x:0:\nweb:x:99:\nextra:x:77:web\n' },
        { name: 'gone', content: 'x' },
        { name: 'full/old', content: 'x' },
        { name: 'dev/null', type: 'character-device' },
      ]);
      const over = await tarOf([
        { name: '.wh.gone', content: '' },
        { name: 'full/.wh..wh..opq', content: '' },
        { name: 'full/new', content: 'x' },
        { name: 'escape', type: 'symlink', linkname: '/../../../../etc' },
        { name: 'escape/here', content: 'in the image' },
      ]);
      return [base, over];
    }

    async function layout(config: Record<string, unknown> = {}): Promise<string> {
      const path = mkdtempSync(join(folder, 'oci-'));
      writeOciLayout(path, { layers: await layers(), config });
      const image = `file://${path}`;
      await ensure(image);
      return image;
    }

    it('is the whole world of its processes', async () => {
      const image = await layout();
      const said = await output(image, [
        'sh',
        '-c',
        'ls /; ls /full /dev; cat /etc/here; pwd; ls /proc/self/exe',
      ]);
      expect(said).to.equal(
        [
          ...['bin', 'dev', 'escape', 'etc', 'full', 'proc', 'sys', 'tmp'],
          ...['/dev:', 'fd', 'full', 'null', 'ptmx', 'pts', 'random', 'shm', 'stderr', 'stdin', 'stdout'],
          ...['tty', 'urandom', 'zero', '', '/full:', 'new', 'in the image/', '/proc/self/exe', ''],
        ].join('\n'),
      );
    });

    it('is run as its config says, and as the pod says instead', async () => {
      const image = await layout({
        Entrypoint: ['/bin/sh', '-c', 'echo "$WORD $PWD $(id -u):$(id -g) $(id -G) $HOME $*"', 'name'],
        Cmd: ['from', 'image'],
        Env: ['WORD=hello', 'PATH=/bin'],
        WorkingDir: '/made/for/it',
        User: 'web',
      });
      expect(await ensure(image)).to.include({ user: 'web' });
      expect(await output(image, [])).to.equal('hello /made/for/it 1234:99 99 77 /home/web from image\n');
      expect(await output(image, [], { args: ['given'] })).to.contain('/home/web given\n');
      const own = {
        workingDir: '/etc',
        securityContext: { runAsUser: 5, runAsGroup: 6, supplementalGroups: [7] },
      };
      expect(await output(image, ['sh', '-c', 'echo $PWD; id -u; id -G'], own)).to.equal('/etc\n5\n6 7\n');
    });

    it('holds volumes, a terminal and commands that are sent in', async () => {
      const image = await layout();
      const volume = join(folder, 'volume');
      mkdirSync(volume);
      writeFileSync(join(volume, 'key'), 'value');
      const mounts = [{ hostPath: volume, containerPath: '/escape/config', readOnly: true }];
      const { id } = await runtime.startContainer(
        spec(image, ['sleep', '60'], { mounts, hostname: 'web-0' }),
        'hash',
      );
      const { output: said } = await runtime.exec(
        id,
        ['sh', '-c', 'cat /etc/config/key; hostname; touch /etc/config/x'],
        5,
      );
      expect(said).to.match(/^valueweb-0\n.*Read-only file system/);
      expect((await runtime.exec(id, ['nosuch'], 5).catch((error) => error)).message).to.contain(
        'not found in $PATH',
      );
      const exec = await runtime.execStream(id, {
        command: ['sh', '-c', 'test -t 1 && echo terminal'],
        tty: true,
      });
      const chunks: string[] = [];
      for await (const chunk of exec.stdout) chunks.push(String(chunk));
      expect(chunks.join('')).to.contain('terminal');
      expect(readdirSync('/etc')).not.to.include('config');
    });

    it('keeps what a container writes for that container', async () => {
      const image = await layout();
      expect(await output(image, ['sh', '-c', 'touch /etc/new; ls /etc/new'])).to.equal('/etc/new\n');
      expect(await output(image, ['sh', '-c', 'ls /etc'])).not.to.contain('new');
      const readOnly = { securityContext: { readOnlyRootFilesystem: true } };
      expect(await output(image, ['sh', '-c', 'touch /etc/new'], readOnly)).to.contain(
        'Read-only file system',
      );
    });

    it('takes from processes what containers may not do', async () => {
      const image = await layout();
      const script = 'mount -t tmpfs x /tmp; cat /proc/1/root/etc/passwd; id -u';
      const said = await output(image, ['sh', '-c', script]);
      expect(said).to.match(/mount:.*\n.*(denied|permitted)[\s\S]*\n0\n$/i);
      const asUser = {
        securityContext: { runAsUser: 1234, allowPrivilegeEscalation: false, dropCapabilities: ['ALL'] },
      };
      expect(await output(image, ['cat', '/proc/self/status'], asUser))
        .to.match(/CapEff:\s0+\nCapBnd:\s0*(40080|40000)?\n/)
        .and.match(/NoNewPrivs:\s1/);
    });

    it('can come out of one file', async () => {
      const path = join(folder, 'saved');
      writeOciLayout(path, { layers: await layers(), config: { Cmd: ['/bin/ls', '/full'] } });
      execFileSync('tar', ['-czf', `${path}.tar.gz`, '-C', path, '.']);
      const image = `file://${path}.tar.gz`;
      await ensure(image);
      expect(await output(image, [])).to.equal('new\n');
      const [stored] = await runtime.images();
      expect(readdirSync(join(runtime.imageFolder, stored?.id.slice(7) ?? '')).sort()).to.deep.equal([
        'files',
        'image.json',
      ]);
    });

    it('is not for another kind of board', async () => {
      const path = join(folder, 'other');
      writeOciLayout(path, { layers: await layers(), architecture: 's390x' });
      expect((await failureOf(`file://${path}`)).message).to.contain('no match for platform in manifest');
    });
  });

  describe('a registry', () => {
    const password = { username: 'pi', password: 'secret' };
    /** bcrypt of the password, as htpasswd writes it. */
    const hash = '$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a';
    let registry: ReturnType<typeof spawn>;
    let host: string;

    before(function () {
      if (!existsSync('/usr/bin/docker-registry')) {
        console.log('      needs the Debian package docker-registry');
        this.skip();
      }
    });

    beforeEach(async () => {
      const port = await freePort();
      host = `127.0.0.1:${port}`;
      writeFileSync(join(folder, 'htpasswd'), `pi:${hash}\n`);
      const config = [
        'version: 0.1',
        `storage: {filesystem: {rootdirectory: ${folder}/registry}}`,
        `http: {addr: "${host}"}`,
        `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}`,
      ];
      writeFileSync(join(folder, 'registry.yml'), config.join('\n'));
      registry = spawn('/usr/bin/docker-registry', ['serve', join(folder, 'registry.yml')], {
        stdio: 'ignore',
      });
      await until('the registry', () =>
        fetch(`http://${host}/v2/`).then(
          () => true,
          () => false,
        ),
      );
    });

    afterEach(async () => {
      await endProcess(registry);
    });

    const headers = { authorization: `Basic ${Buffer.from('pi:secret').toString('base64')}` };

    async function put(bytes: Buffer, mediaType: string) {
      const begun = await fetch(`http://${host}/v2/apps/web/blobs/uploads/`, { method: 'POST', headers });
      const location = new URL(begun.headers.get('location') ?? '');
      location.searchParams.set('digest', digestOf(bytes));
      const type = { 'content-type': 'application/octet-stream' };
      const done = await fetch(location, { method: 'PUT', headers: { ...headers, ...type }, body: bytes });
      expect(done.status).to.equal(201);
      return { mediaType, digest: digestOf(bytes), size: bytes.length };
    }

    async function push(tag: string, manifest: Record<string, unknown>): Promise<string> {
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest }));
      const url = `http://${host}/v2/apps/web/manifests/${tag}`;
      const done = await fetch(url, {
        method: 'PUT',
        headers: { ...headers, 'content-type': mediaType },
        body,
      });
      expect(done.status).to.equal(201);
      return digestOf(body);
    }

    it('gives an artifact to who may have it, by tag and by digest', async () => {
      const layer = await put(
        await tarGzOf([hello('pulled')]),
        'application/vnd.oci.image.layer.v1.tar+gzip',
      );
      const config = await put(Buffer.from('{}'), 'application/vnd.example.app.v1+json');
      const digest = await push('v1', { config, layers: [layer] });
      const image = `${host}/apps/web:v1`;
      const refused = await failureOf(image);
      expect(refused).to.include({ reason: 'ErrImagePull' });
      expect(refused.message).to.contain('pull access denied');
      const wrong = { username: 'pi', password: 'wrong' };
      const prepared = await ensure(image, 'IfNotPresent', [wrong, password]);
      expect(prepared.imageId).to.equal(`${host}/apps/web@${digest}`);
      expect(await output(image, ['./app'])).to.equal('pulled ./app\n');
      const pinned = `${host}/apps/web@${digest}`;
      expect((await ensure(pinned)).pulled).to.equal(undefined);
      expect(await output(pinned, ['./app'])).to.equal('pulled ./app\n');
      expect((await failureOf(`${host}/apps/web:nosuch`)).message).to.match(/denied|not found/);
    });

    it('gives an image, layer by layer', async function () {
      if (!asRoot || !busybox) this.skip();
      const layer = await put(
        await tarGzOf([{ name: 'bin/sh', content: readFileSync(busybox ?? '') }]),
        'application/vnd.oci.image.layer.v1.tar+gzip',
      );
      const document = { os: 'linux', config: { Cmd: ['/bin/sh', '-c', 'echo from the registry'] } };
      const config = await put(
        Buffer.from(JSON.stringify(document)),
        'application/vnd.oci.image.config.v1+json',
      );
      await push('v2', { config, layers: [layer] });
      const image = `${host}/apps/web:v2`;
      const progress: (number | undefined)[] = [];
      await runtime.ensureImage(
        { image, policy: 'Always', credentials: [password] },
        { pulling() {}, progress: (done, total) => progress.push(done, total) },
      );
      expect(progress.at(-1)).to.be.at.least(layer.size);
      expect(await output(image, [])).to.equal('from the registry\n');
      expect(leftovers()).to.deep.equal([]);
    });

    it('gives images that share a layer, also when they are fetched at once', async () => {
      const shared = await put(
        await tarGzOf([hello('shared'), { name: 'filler', content: randomBytes(4_000_000) }]),
        'application/vnd.oci.image.layer.v1.tar+gzip',
      );
      const tags = ['s1', 's2', 's3', 's4'];
      for (const tag of tags) {
        const own = await put(
          await tarGzOf([{ name: tag, content: randomBytes(100_000) }]),
          'application/vnd.oci.image.layer.v1.tar+gzip',
        );
        const config = await put(Buffer.from(`{"tag":"${tag}"}`), 'application/vnd.example.app.v1+json');
        await push(tag, { config, layers: [shared, own] });
      }
      await Promise.all(tags.map((tag) => ensure(`${host}/apps/web:${tag}`, 'IfNotPresent', [password])));
      for (const tag of tags)
        expect(await output(`${host}/apps/web:${tag}`, ['./app'])).to.equal('shared ./app\n');
      expect(leftovers()).to.deep.equal([]);
    });

    it('that is down is said', async () => {
      registry.kill('SIGKILL');
      await until('it to be down', () =>
        fetch(`http://${host}/v2/`).then(
          () => false,
          () => true,
        ),
      );
      const failure = await failureOf(`${host}/apps/none:v1`);
      expect(failure).to.include({ reason: 'ErrImagePull', message: `${host}: connection refused` });
    });
  });

  it('names that are none are said', async () => {
    for (const [image, why] of [
      ['http://example.org/app.tgz', 'must begin with https:// or file://'],
      ['Not/A/Name', 'invalid reference format'],
      ['nginx@sha256:12', 'invalid reference format'],
      [`nginx@sha512:${'a'.repeat(128)}`, 'must be sha256: and 64 hexadecimal digits'],
      ['ftp://x/y', 'must begin with https://'],
    ] as const) {
      const failure = await failureOf(image);
      expect(failure).to.include({ reason: 'InvalidImageName' });
      expect(failure.message).to.contain(why);
    }
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Whether somebody on this machine has an app there. */
function mountedByOthers(): boolean {
  return readdirSync('/proc').some((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/mountinfo`, 'utf8').includes(` ${appPath} `);
    } catch {
      return false; // it has ended
    }
  });
}
