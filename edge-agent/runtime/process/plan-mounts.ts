// The commands that set up what a container sees of files, in a mount namespace of its own, in order. Pure.

import { posix } from 'node:path';
import type { Tools } from './tools.ts';

export interface SetupMount {
  source: string;
  target: string;
  readOnly: boolean;
  /** The place to make for it; absent: there is one. */
  make?: 'folder' | 'file';
}

/** Program and arguments of each. */
export type Setup = readonly (readonly string[])[];

export interface Overlay {
  lower: string;
  upper: string;
  work: string;
}

const mountOf = ({ mount = 'mount' }: Tools) => mount;

export function planVolumes(tools: Tools, mounts: readonly SetupMount[]): Setup {
  const mount = mountOf(tools);
  return mounts.flatMap(({ source, target, readOnly, make }) => [
    ...(make === undefined ? [] : [['mkdir', '-p', make === 'folder' ? target : posix.dirname(target)]]),
    ...(make === 'file' ? [['touch', target]] : []),
    [mount, '--bind', source, target],
    ...(readOnly ? [[mount, '-o', 'remount,bind,ro', target]] : []),
  ]);
}

/** The files of an image, with what the container writes kept apart from them. */
export function planOverlay(tools: Tools, { lower, upper, work }: Overlay, target: string): Setup {
  const options = `lowerdir=${escaped(lower)},upperdir=${escaped(upper)},workdir=${escaped(work)}`;
  return [[mountOf(tools), '-t', 'overlay', '-o', options, 'overlay', target]];
}

/** Overlayfs separates its folders by colons, and mount its options by commas. */
const escaped = (path: string) => path.replace(/[\\:,]/g, '\\$&');

/** What every Linux program expects around the files of its image: /proc, /sys and a /dev with nothing dangerous in it. */
export function planRootSurroundings(tools: Tools, root: string, privileged: boolean): Setup {
  const mount = mountOf(tools);
  const dev = `${root}/dev`;
  const folders = ['proc', 'sys', 'dev', 'tmp'].map((name) => `${root}/${name}`);
  const safe = 'nosuid,nodev,noexec';
  const system: Setup = [
    ['mkdir', '-p', ...folders],
    [mount, '-t', 'proc', '-o', safe, 'proc', `${root}/proc`],
    [mount, '-t', 'sysfs', '-o', `${privileged ? 'rw' : 'ro'},${safe}`, 'sysfs', `${root}/sys`],
  ];
  if (privileged) return [...system, [mount, '--rbind', '/dev', dev]];
  const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);
  return [
    ...system,
    [mount, '-t', 'tmpfs', '-o', 'nosuid,mode=755,size=65536k', 'tmpfs', dev],
    ['cp', '-a', ...devices, dev],
    ['mkdir', `${dev}/pts`, `${dev}/shm`],
    [mount, '-t', 'devpts', '-o', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=620', 'devpts', `${dev}/pts`],
    [mount, '-t', 'tmpfs', '-o', `${safe},mode=1777,size=65536k`, 'shm', `${dev}/shm`],
    ['ln', '-s', 'pts/ptmx', `${dev}/ptmx`],
    ['ln', '-s', '/proc/self/fd', `${dev}/fd`],
    ['ln', '-s', '/proc/self/fd/0', `${dev}/stdin`],
    ['ln', '-s', '/proc/self/fd/1', `${dev}/stdout`],
    ['ln', '-s', '/proc/self/fd/2', `${dev}/stderr`],
  ];
}

export function planReadOnly(tools: Tools, targets: readonly string[]): Setup {
  return targets.map((target) => ['/bin/sh', '-c', keepReadOnly, mountOf(tools), target]);
}

/** What is no mount point any more needs nothing: volumes of other pods come and go. `mountpoint` answers 32 then, or 1. */
const keepReadOnly =
  '"$0" -o remount,bind,ro "$1" || { mountpoint -q "$1"; case $? in 1|32) ;; *) false ;; esac; }';

/** Mount points of the board's own files, from /proc/self/mountinfo: those that a container may be kept from writing to. */
export function boardFileMounts(mountinfo: string, except: readonly string[]): string[] {
  const points = mountinfo.split('\n').flatMap((line) => {
    const [place = '', filesystem = ''] = line.split(' - ');
    const path = (place.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const kernels = /^\/(?:proc|sys|dev)(?:\/|$)/.test(path);
    return path === '' || kernels || /^(?:nsfs|autofs) /.test(filesystem) ? [] : [path];
  });
  return [...new Set(points)].filter((path) => !except.includes(path));
}
