// What is read of podman's answers, and nothing else of them.

import { isRecord } from '../../../shared/machinery/index.ts';
import type { Labels } from './labels.ts';

/** Times are milliseconds since the epoch, 0: never. */
export interface InspectedContainer {
  id: string;
  status: string;
  pid: number;
  conmonPid: number;
  exitCode: number;
  oomKilled: boolean;
  startedAt: number;
  finishedAt: number;
  /** As podman takes it. */
  stopSignal: string;
  /** What it wrote; empty: the driver of its storage has no such folder. */
  upperFolder: string;
  /** The file that tells the OCI runtime what it is. */
  configPath: string;
  addresses: string[];
}

export interface ListedContainer {
  id: string;
  labels: Labels;
  isInfra: boolean;
}

export interface ListedPod {
  id: string;
  infraId: string;
  labels: Labels;
  /** Those of its containers that run. */
  running: string[];
}

export interface InspectedImage {
  id: string;
  names: string[];
  digests: string[];
  sizeBytes: number;
  createdAt: number;
  user: string;
}

export function inspectedContainer(answer: unknown): InspectedContainer {
  const state = record(answer, 'State');
  const networks = Object.values(record(record(answer, 'NetworkSettings'), 'Networks'));
  return {
    id: text(answer, 'Id'),
    status: text(state, 'Status'),
    pid: number(state, 'Pid'),
    conmonPid: number(state, 'ConmonPid'),
    exitCode: number(state, 'ExitCode'),
    oomKilled: field(state, 'OOMKilled') === true,
    startedAt: time(state, 'StartedAt'),
    finishedAt: time(state, 'FinishedAt'),
    stopSignal: signalOf(field(record(answer, 'Config'), 'StopSignal')),
    configPath: text(answer, 'OCIConfigPath'),
    upperFolder: text(field(field(answer, 'GraphDriver'), 'Data'), 'UpperDir'),
    addresses: networks
      .flatMap((network) => [text(network, 'IPAddress'), text(network, 'GlobalIPv6Address')])
      .filter(Boolean),
  };
}

export function listedContainers(answer: unknown): ListedContainer[] {
  return list(answer).map((one) => ({
    id: text(one, 'Id'),
    labels: labelsOf(one),
    isInfra: field(one, 'IsInfra') === true,
  }));
}

export function listedPods(answer: unknown): ListedPod[] {
  return list(answer).map((one) => ({
    id: text(one, 'Id'),
    infraId: text(one, 'InfraId'),
    labels: labelsOf(one),
    running: list(field(one, 'Containers'))
      .filter((container) => text(container, 'Status') === 'running')
      .map((container) => text(container, 'Id')),
  }));
}

export function inspectedImage(answer: unknown): InspectedImage {
  return {
    ...imageOf(answer),
    createdAt: time(answer, 'Created'),
    user: text(record(answer, 'Config'), 'User') || text(answer, 'User'),
  };
}

export function listedImages(answer: unknown): InspectedImage[] {
  return list(answer).map((one) => ({
    ...imageOf(one),
    createdAt: number(one, 'Created') * 1000,
    user: '',
  }));
}

/** Of an inspected pod; podman 5's own command wraps it in a list, so its API may too. */
export function pauseIdOf(answer: unknown): string {
  return text(Array.isArray(answer) ? answer[0] : answer, 'InfraContainerID');
}

export function idOf(answer: unknown): string {
  return text(answer, 'Id');
}

function imageOf(answer: unknown): Omit<InspectedImage, 'createdAt' | 'user'> {
  return {
    id: text(answer, 'Id').replace(/^sha256:/, ''),
    names: texts(answer, 'RepoTags'),
    digests: texts(answer, 'RepoDigests'),
    sizeBytes: number(answer, 'Size'),
  };
}

export function field(of: unknown, name: string): unknown {
  return isRecord(of) ? of[name] : undefined;
}

export function text(of: unknown, name: string): string {
  const value = field(of, name);
  return typeof value === 'string' ? value : '';
}

export function number(of: unknown, name: string): number {
  const value = field(of, name);
  return typeof value === 'number' ? value : 0;
}

function record(of: unknown, name: string): Record<string, unknown> {
  const value = field(of, name);
  return isRecord(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(of: unknown, name: string): string[] {
  return list(field(of, name)).filter((one) => typeof one === 'string');
}

function labelsOf(of: unknown): Labels {
  const entries = Object.entries(record(of, 'Labels')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

/** Go's zero time is long before the epoch. */
function time(of: unknown, name: string): number {
  const value = Date.parse(text(of, name));
  return Number.isNaN(value) || value < 0 ? 0 : value;
}

/** SIGTERM unless the image says otherwise; a number in podman 4, a name in podman 5: both are taken back as they are. */
function signalOf(value: unknown): string {
  return (typeof value === 'number' && value > 0) || (typeof value === 'string' && value !== '')
    ? String(value)
    : '15';
}
