// podman for tests alone: storage, state, network and configuration in a folder of their own, with a small image. The
// system's containers are never touched; `destroy` removes all, and says what was left behind.

import { execFile, execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

/** Debian's packages without which podman's tests are skipped. */
const needed = {
  podman: '/usr/bin/podman',
  runc: '/usr/sbin/runc',
  conmon: '/usr/bin/conmon',
  netavark: '/usr/lib/podman/netavark',
  'busybox-static': '/bin/busybox',
};

/** Why tests with podman cannot run here; undefined: they can. */
export function podmanMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'podman is tested as root';
  const missing = Object.entries(needed).filter(([, path]) => !existsSync(path));
  return missing.length > 0 ? `install ${missing.map(([name]) => name).join(' ')} (Debian)` : undefined;
}

/** The image of every world: Debian's static busybox, every tool of it. */
export const testImage = 'localhost/kelp-test:1';

interface PodmanPlace {
  root?: string;
  as?: readonly string[];
  runtime?: 'runc' | 'crun';
}

export class PodmanWorld {
  readonly folder: string;
  /** For podman itself, and for an agent's `podmanArgs`. */
  readonly args: readonly string[];
  /** To be set where podman or an agent is started. */
  readonly env: Record<string, string>;
  readonly as: readonly string[];
  private readonly bridge: string;
  private readonly root: string;

  /**
   * `root`: where images and what containers write lie; by itself in the world's folder. `as`: words that lead to where podman
   * is to run.
   */
  constructor({ root, as = [], runtime = 'runc' }: PodmanPlace = {}) {
    this.as = as;
    this.folder = mkdtempSync(join(tmpdir(), 'kelp-podman-'));
    this.root = join(root ?? this.folder, 'root');
    this.bridge = `kpt${randomInt(16 ** 8).toString(16)}`;
    const conf = this.writeConfiguration(runtime);
    this.env = { CONTAINERS_CONF: conf, CONTAINERS_REGISTRIES_CONF: join(this.folder, 'registries.conf') };
    this.args = [
      ...['--root', this.root, '--runroot', join(this.folder, 'run')],
      ...['--tmpdir', join(this.folder, 'tmp'), '--cgroup-manager', 'cgroupfs'],
    ];
    this.importImage();
  }

  give(path: string): void {
    mkdirSync(path, { recursive: true });
  }

  podman(...args: string[]): string {
    const [program = '', ...words] = [...this.as, 'podman', ...this.args, ...args];
    return execFileSync(program, words, {
      env: { ...process.env, ...this.env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Registries that speak plain HTTP; for services of podman that start after this. */
  trust(...hosts: string[]): void {
    const entries = hosts.map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
    writeFileSync(join(this.folder, 'registries.conf'), entries.join(''));
  }

  /** Puts the test image, and `bytes` of what cannot be compressed on top, into a registry under that name. */
  async push(name: string, { bytes = 0, login = '' } = {}): Promise<void> {
    let from = testImage;
    if (bytes > 0) {
      const folder = mkdtempSync(join(this.folder, 'layer-'));
      writeFileSync(join(folder, 'blob'), randomBytes(bytes));
      const id = this.podman('create', testImage, 'true').trim();
      this.podman('cp', join(folder, 'blob'), `${id}:/blob`);
      from = 'localhost/kelp-test:large';
      this.podman('commit', '-q', id, from);
      this.podman('rm', id);
    }
    // The registry may be behind a tap of this very process.
    const args = ['push', '-q', '--tls-verify=false', ...(login ? ['--creds', login] : []), from, name];
    await promisify(execFile)('podman', [...this.args, ...args], { env: { ...process.env, ...this.env } });
    if (from !== testImage) this.podman('rmi', from);
  }

  /** Everything of it that is left on the board: containers, mounts, control groups, processes, network. */
  async leftovers(): Promise<string[]> {
    const containers = this.podman('ps', '-aq').split('\n').filter(Boolean);
    await until('the last of podman', () => this.processes().length === 0, 20_000).catch(() => {});
    const network = readdirSync('/sys/class/net').filter((name) => name === this.bridge);
    return [...containers, ...this.mounts(), ...this.processes(), ...network];
  }

  async destroy(): Promise<string[]> {
    const left = await this.leftovers();
    this.podman('pod', 'rm', '-af', '-t', '0');
    this.podman('rm', '-af', '-t', '0');
    // What podman still clears away would make its folders anew.
    await until('the last of podman', () => this.processes().length === 0, 20_000).catch(() => {});
    this.unmount();
    rmSync(this.folder, { recursive: true, force: true });
    return left;
  }

  /** A podman that is killed forgets what it has mounted. To be called when no container is left. */
  unmountForgotten(): void {
    for (const path of this.mounts()) execFileSync('umount', ['-l', path]);
  }

  private mounts(): string[] {
    return readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.folder}/`) && !path.endsWith('/root/overlay'));
  }

  private processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map((pid) => commandLine(pid))
      .filter((line) => line.includes(this.root))
      .map((line) => line.replaceAll('\0', ' ').slice(0, 100));
  }

  private unmount(): void {
    const overlay = join(this.root, 'overlay');
    if (readFileSync('/proc/self/mounts', 'utf8').includes(` ${overlay} `)) execFileSync('umount', [overlay]);
  }

  private writeConfiguration(runtime: string): string {
    const networks = join(this.folder, 'networks');
    mkdirSync(networks);
    const name = this.bridge;
    // A bridge and addresses of its own: worlds do not meet each other or what else runs here.
    const subnet = `10.${randomInt(90, 250)}.${randomInt(250)}`;
    const network = {
      ...{
        name,
        id:
          '0'.repeat(56) +
          randomInt(16 ** 8)
            .toString(16)
            .padStart(8, '0'),
        driver: 'bridge',
      },
      ...{ network_interface: name, created: '2024-01-01T00:00:00Z' },
      subnets: [{ subnet: `${subnet}.0/24`, gateway: `${subnet}.1` }],
      ...{ ipv6_enabled: false, internal: false, dns_enabled: false, ipam_options: { driver: 'host-local' } },
    };
    writeFileSync(join(networks, `${name}.json`), JSON.stringify(network));
    const conf = join(this.folder, 'containers.conf');
    const ulimits = '["nofile=1024:1024","nproc=10000:10000"]';
    writeFileSync(
      conf,
      `[containers]\ndefault_ulimits = ${ulimits}\n[engine]\nruntime = "${runtime}"\n` +
        `[network]\nnetwork_backend = "netavark"\ndefault_network = "${name}"\nnetwork_config_dir = "${networks}"\n`,
    );
    writeFileSync(join(this.folder, 'registries.conf'), '');
    return conf;
  }

  private importImage(): void {
    const tar = makeImageArchive(this.folder);
    this.podman('import', tar, testImage);
    rmSync(tar);
  }
}

/** The test image's files as an archive in `folder`; answers its path. */
export function makeImageArchive(folder: string): string {
  const root = join(folder, 'image');
  for (const name of ['bin', 'etc', 'tmp', 'usr', 'var', 'root', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  const tools = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const tool of tools.filter((one) => one !== 'busybox'))
    symlinkSync('busybox', join(root, 'bin', tool));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\napp:x:1000:\nstaff:x:50:app\n');
  const tar = join(folder, 'image.tar');
  execFileSync('tar', ['-C', root, '-cf', tar, '.']);
  rmSync(root, { recursive: true });
  return tar;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
