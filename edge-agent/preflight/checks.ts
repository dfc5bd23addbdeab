// What a board may lack, and exactly what to do about it: one list of plain functions. Pure.

import type { Board } from './board.ts';

export interface Fault {
  /** `error`: pods will not run as they should; `warning`: something is lost. */
  level: 'error' | 'warning';
  says: string;
  /** What to type or to do. */
  remedy: string;
}

export interface Check {
  name: string;
  /** Absent: every board. */
  concerns?(board: Board): boolean;
  look(board: Board): Fault | undefined;
}

const oldestPodman = [4, 3];
/** Boards without a clock battery begin in 1970, or when their image was built. */
const clockIsSet = Date.UTC(2024, 0);
const leastEntropyBits = 64;
const leastFreeShare = 0.1;

export const checks: readonly Check[] = [
  { name: 'architecture', look: architecture },
  { name: 'memory cgroup', look: memoryCgroup },
  { name: 'podman', concerns: ({ runtime }) => runtime === 'podman', look: podman },
  { name: 'clock', look: clock },
  { name: 'entropy', look: entropy },
  { name: 'disk', look: disk },
  { name: 'swap', look: swap },
  { name: 'rights', look: rights },
];

function architecture({ architecture: arch, armVersion }: Board): Fault | undefined {
  if (arch === 'arm' && armVersion !== undefined && armVersion < 7) {
    return {
      level: 'error',
      says: `ARMv${armVersion} is not supported: Node.js is not maintained for it`,
      remedy: 'use a board with ARMv7 or newer (Raspberry Pi 2 and newer, Zero 2)',
    };
  }
  if (['arm64', 'arm', 'x64'].includes(arch)) return undefined;
  return {
    level: 'warning',
    says: `nobody tests Kelp on ${arch}`,
    remedy: 'arm64, arm (ARMv7) and x64 are tested; tell us how it goes on yours',
  };
}

function memoryCgroup({ memoryCgroup: state, commandLineFile, model }: Board): Fault | undefined {
  if (state !== 'off') return undefined;
  const words = 'cgroup_enable=memory cgroup_memory=1';
  const onPi = commandLineFile !== undefined && (model === undefined || model.includes('Raspberry Pi'));
  return {
    level: 'error',
    says: "the kernel's memory cgroup is off: memory limits do not hold, and a pod can take all memory of the board",
    remedy: onPi
      ? `sudo sed -i '1s/$/ ${words}/' ${commandLineFile} && sudo reboot`
      : `add '${words}' to the command line of the kernel (GRUB: GRUB_CMDLINE_LINUX in /etc/default/grub, then sudo update-grub) and reboot`,
  };
}

function podman({ podmanVersion }: Board): Fault | undefined {
  const oldest = oldestPodman.join('.');
  if (podmanVersion === undefined) {
    return {
      level: 'error',
      says: 'podman is not installed',
      remedy: 'sudo apt install podman, or start the agent with --runtime process',
    };
  }
  const [major = 0, minor = 0] = podmanVersion.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = oldestPodman;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined;
  return {
    level: 'error',
    says: `podman ${podmanVersion} is too old: ${oldest} or newer is needed`,
    remedy:
      'upgrade the board to Debian 12 (Raspberry Pi OS Bookworm) or newer, which has it: sudo apt install podman',
  };
}

function clock({ now }: Board): Fault | undefined {
  if (now >= clockIsSet) return undefined;
  return {
    level: 'warning',
    says: `the clock says ${new Date(now).toISOString().slice(0, 10)}: times in logs and certificates of others will be wrong`,
    remedy: 'sudo timedatectl set-ntp true (sudo apt install systemd-timesyncd, where that is missing)',
  };
}

function entropy({ entropyBits }: Board): Fault | undefined {
  if (entropyBits === undefined || entropyBits >= leastEntropyBits) return undefined;
  return {
    level: 'warning',
    says: `the kernel has ${entropyBits} bits of entropy: making keys may take minutes`,
    remedy: 'sudo apt install rng-tools5 (boards have a hardware generator), and start the agent again',
  };
}

function disk({ disk: found }: Board): Fault | undefined {
  if (!found || found.totalBytes === 0 || found.freeBytes >= found.totalBytes * leastFreeShare)
    return undefined;
  const share = Math.floor((100 * found.freeBytes) / found.totalBytes);
  return {
    level: 'warning',
    says: `${share} % of the disk of ${found.path} is free (${gibibytes(found.freeBytes)} of ${gibibytes(found.totalBytes)}): below 10 % pods are evicted`,
    remedy: `make room (sudo apt clean, sudo journalctl --vacuum-size=50M), or put the data on another disk with --data-dir`,
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** zram lives in memory and wears nothing. */
function swap({ swaps }: Board): Fault | undefined {
  const [worst] = swaps.filter(({ device }) => !device.includes('zram'));
  if (!worst) return undefined;
  const file = worst.kind === 'file' && worst.device === '/var/swap';
  return {
    level: 'warning',
    says: `swap is on (${worst.device}): it wears out flash, and memory limits mean little`,
    remedy: file
      ? 'sudo systemctl disable --now dphys-swapfile'
      : `sudo swapoff ${worst.device}, and remove its line from /etc/fstab`,
  };
}

function rights({ root, runtime }: Board): Fault | undefined {
  if (root) return undefined;
  return {
    level: 'warning',
    says:
      runtime === 'podman'
        ? 'the agent does not run as root: host ports below 1024, some volumes and other users are out of reach'
        : 'the agent does not run as root: no limits, no networks of their own, no other users for pods',
    remedy: 'run it as root, as config/systemd/kelp-agent.service does',
  };
}
