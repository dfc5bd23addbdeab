// What this board is: architecture, kernel, identity, capacity. Read once from /proc, /etc and the file system.

import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, availableParallelism, networkInterfaces, release, totalmem } from 'node:os';
import type { Node } from '../../shared/api/index.ts';
import { Quantity } from '../../shared/machinery/index.ts';

export interface BoardFacts {
  /** As Go names it: amd64, arm64, arm … */
  architecture: string;
  kernelVersion: string;
  osImage: string;
  machineId: string;
  systemUuid: string;
  bootId: string;
  cpus: number;
  memoryBytes: number;
  /** The size of the file system that holds the pods' folders. */
  storageBytes: number;
}

export const kubeletVersion = 'v1.32.0+kelp';
const mostPods = 110;

const goArchitectures: Record<string, string> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
  loong64: 'loong64',
};

function firstText(...paths: string[]): string {
  for (const path of paths) {
    try {
      const text = readFileSync(path, 'utf8').replaceAll('\0', '').trim();
      if (text !== '') return text;
    } catch {
      // Not every board has each of them, and some are for root alone.
    }
  }
  return '';
}

/** PRETTY_NAME of os-release(5). */
export function osImageOf(osRelease: string): string {
  const value = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1] ?? 'Linux';
  return value.replace(/^(["'])(.*)\1$/, '$2');
}

/** `directory`: where the pods' folders are. */
export async function boardFacts(directory: string): Promise<BoardFacts> {
  const { blocks, bsize } = await statfs(directory);
  const machineId = firstText('/etc/machine-id', '/var/lib/dbus/machine-id');
  return {
    architecture: goArchitectures[arch()] ?? arch(),
    kernelVersion: release(),
    osImage: osImageOf(firstText('/etc/os-release', '/usr/lib/os-release')),
    machineId,
    // A Raspberry Pi has no DMI, but a serial number in its device tree.
    systemUuid: firstText('/sys/class/dmi/id/product_uuid', '/proc/device-tree/serial-number') || machineId,
    bootId: firstText('/proc/sys/kernel/random/boot_id'),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    storageBytes: blocks * bsize,
  };
}

/** The labels that the board sets itself. */
export function boardLabels(nodeName: string, { architecture }: BoardFacts): Record<string, string> {
  return {
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
  };
}

export function nodeInfoOf(
  facts: BoardFacts,
  containerRuntimeVersion: string,
): NonNullable<NonNullable<Node['status']>['nodeInfo']> {
  return {
    architecture: facts.architecture,
    bootID: facts.bootId,
    containerRuntimeVersion,
    kernelVersion: facts.kernelVersion,
    kubeProxyVersion: kubeletVersion,
    kubeletVersion,
    machineID: facts.machineId,
    operatingSystem: 'linux',
    osImage: facts.osImage,
    systemUUID: facts.systemUuid,
  };
}

const kibi = (bytes: number) => Quantity.of(Math.floor(bytes / 1024) * 1024, 'BinarySI').toString();

/** As the node's status says it: in Ki, as upstream. */
export function capacityOf({ cpus, memoryBytes, storageBytes }: BoardFacts): Record<string, string> {
  return {
    cpu: String(cpus),
    'ephemeral-storage': kibi(storageBytes),
    memory: kibi(memoryBytes),
    pods: String(mostPods),
  };
}

/** What is not for pods: CPU in thousandths, bytes. */
export interface Reserved {
  cpuMillis: number;
  memoryBytes: number;
  storageBytes: number;
}

/** What pods may use, in the same units, and how many there may be. */
export interface NodeAllocatable extends Reserved {
  pods: number;
  boardMemoryBytes: number;
}

export function allocatableOf(
  { cpus, memoryBytes, storageBytes }: BoardFacts,
  reserved: Reserved,
): NodeAllocatable {
  return {
    cpuMillis: Math.max(0, cpus * 1000 - reserved.cpuMillis),
    memoryBytes: Math.max(0, memoryBytes - reserved.memoryBytes),
    storageBytes: Math.max(0, storageBytes - reserved.storageBytes),
    pods: mostPods,
    boardMemoryBytes: memoryBytes,
  };
}

export function allocatableQuantities(allocatable: NodeAllocatable): Record<string, string> {
  const { cpuMillis, memoryBytes, storageBytes, pods } = allocatable;
  return {
    cpu: Quantity.ofMilli(cpuMillis).toString(),
    'ephemeral-storage': String(storageBytes),
    memory: kibi(memoryBytes),
    pods: String(pods),
  };
}

/**
 * The node's addresses: those chosen by `wanted`, else that of the connection to the hub, else the first one of an
 * interface that is not the loopback; 127.0.0.1 on a board without a network.
 */
export function nodeIps(wanted: readonly string[], connectionAddress?: string): string[] {
  if (wanted.length > 0) return [...wanted];
  if (connectionAddress) return [connectionAddress.replace(/^::ffff:/, '')];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.filter(({ internal, scopeid }) => !internal && !scopeid);
  const found = outside.find(({ family }) => family === 'IPv4') ?? outside[0];
  return [found?.address ?? '127.0.0.1'];
}
