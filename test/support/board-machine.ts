// A board for tests whose kernel and first process are not this machine's: a virtual machine (emulated, so that it runs
// anywhere) with systemd and control groups of version 2 alone. Its files are this machine's; what it writes is gone with it.

import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const emulator = '/usr/bin/qemu-system-x86_64';
const busybox = '/bin/busybox';
/** Debian's linux-image-amd64, unpacked by scripts/test-tools.sh. */
const kernel = join(root, 'test/.tools/kernel');
/** In the order in which each finds what it needs. */
const modules = [
  ...['drivers/virtio/virtio_ring', 'drivers/virtio/virtio', 'drivers/virtio/virtio_pci_legacy_dev'],
  ...['drivers/virtio/virtio_pci_modern_dev', 'drivers/virtio/virtio_pci', 'fs/netfs/netfs'],
  ...['fs/fscache/fscache', 'net/9p/9pnet', 'net/9p/9pnet_virtio', 'fs/9p/9p', 'fs/overlayfs/overlay'],
];

export function boardMissing(): string | undefined {
  if (process.arch !== 'x64') return 'emulates x86_64 alone';
  if (!existsSync(emulator)) return 'install qemu-system-x86 (Debian)';
  if (!existsSync(join(kernel, 'boot'))) return 'npm run test:nightly fetches its kernel';
  return existsSync(busybox) ? undefined : 'install busybox-static (Debian)';
}

const firstProcess = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
for module in ${modules.map((path) => path.replace(/.*\//, '')).join(' ')}; do $b insmod /$module.ko; done
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose files /lower
$b mount -t tmpfs t /written; $b mkdir /written/upper /written/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/written/upper,workdir=/written/work o /board
# Or systemd takes it for the container that these files are of.
$b rm -f /board/.dockerenv
$b mount -t tmpfs t /board/tmp; $b mount -t tmpfs t /board/run; $b mount -t devtmpfs d /board/dev
$b mount -t proc p /board/proc; $b mount -t sysfs s /board/sys
$b mkdir -p /board/run/systemd/system
$b cp /board-test.service /board-test.target /board/run/systemd/system
$b cp /script /board/run/board-test
$b umount /proc /sys /dev
exec $b switch_root /board /lib/systemd/systemd
`;

const target = '[Unit]\nWants=board-test.service\nAllowIsolate=yes\n';
const service = `[Unit]
Requires=basic.target dbus.socket
After=basic.target dbus.socket
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/sh /run/board-test
`;

/** Runs a script for sh as root there, and answers what it wrote. Throws after `timeoutMs`. */
export async function runOnBoard(script: string, timeoutMs: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kelp-board-'));
  try {
    return await emulate(makeInitrd(folder, script), timeoutMs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeInitrd(folder: string, script: string): string {
  const files = join(folder, 'files');
  for (const name of ['bin', 'lower', 'written', 'board', 'proc', 'sys', 'dev'])
    mkdirSync(join(files, name), { recursive: true });
  const [version = ''] = readdirSync(join(kernel, 'lib/modules'));
  for (const path of modules)
    copyFileSync(
      join(kernel, 'lib/modules', version, 'kernel', `${path}.ko`),
      join(files, `${path.replace(/.*\//, '')}.ko`),
    );
  copyFileSync(busybox, join(files, 'bin/busybox'));
  writeFileSync(join(files, 'init'), firstProcess, { mode: 0o755 });
  writeFileSync(join(files, 'board-test.target'), target);
  writeFileSync(join(files, 'board-test.service'), service);
  const end = 'echo o >/proc/sysrq-trigger\nread -r never </dev/zero\n';
  writeFileSync(join(files, 'script'), `exec >/dev/ttyS0 2>&1\n${script}\n${end}`);
  const initrd = join(folder, 'initrd');
  execFileSync('sh', [
    '-c',
    `cd "$0" && find . | ${busybox} cpio -o -H newc 2>/dev/null >"$1"`,
    files,
    initrd,
  ]);
  return initrd;
}

function emulate(initrd: string, timeoutMs: number): Promise<string> {
  const [image = ''] = readdirSync(join(kernel, 'boot')).filter((name) => name.startsWith('vmlinuz'));
  const words = 'console=ttyS0 quiet panic=-1 edd=off systemd.unit=board-test.target systemd.show_status=0';
  const child = spawn(
    emulator,
    [
      ...['-cpu', 'max', '-M', 'q35', '-accel', 'tcg,thread=multi', '-m', '1024', '-smp', '2'],
      ...['-nodefaults', '-no-user-config', '-nographic', '-no-reboot', '-serial', 'stdio'],
      ...['-kernel', join(kernel, 'boot', image), '-initrd', initrd, '-append', words],
      ...['-virtfs', 'local,path=/,mount_tag=files,security_model=none,readonly=on,multidevs=remap'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMs, killSignal: 'SIGKILL' },
  );
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_code, signal) =>
      signal ? reject(new Error(`not within ${timeoutMs} ms: ${said.slice(-2000)}`)) : resolve(said),
    );
  });
}
