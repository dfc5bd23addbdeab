// The documents of an OCI (or Docker) image: which manifest is this board's, what its layers are, how it is run. Pure.

import { createHash } from 'node:crypto';

export interface Descriptor {
  mediaType?: string;
  digest: string;
  size?: number;
  annotations?: Record<string, string>;
  platform?: { os?: string; architecture?: string; variant?: string };
}

export interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

/** How an image wants to be run. */
export interface ImageConfig {
  entrypoint: string[];
  cmd: string[];
  env: string[];
  workingDir: string;
  user: string;
  stopSignal?: string;
}

export interface Board {
  architecture: string;
  variant?: string;
}

/** The name that a file of an artifact has, by the convention of ORAS. */
export const titleAnnotation = 'org.opencontainers.image.title';

const imageConfigTypes = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** `arch`: in the words of Node.js; `machine`: as uname says it. Answers in the words of Go: `amd64`, `arm64`, `arm` with variant `v7`. */
export function boardOf(arch: string, machine: string): Board {
  if (arch === 'x64') return { architecture: 'amd64' };
  if (arch === 'ia32') return { architecture: '386' };
  if (arch !== 'arm') return { architecture: arch };
  return { architecture: 'arm', variant: `v${/^armv(\d)/.exec(machine)?.[1] ?? '7'}` };
}

export function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Error(`${what} is no JSON`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A manifest, or the descriptor of the one in this index that is for `board`. Throws when it is neither. */
export function readManifest(document: unknown, board: Board): Manifest | { next: Descriptor } {
  if (!isRecord(document)) throw new Error('the manifest is no object');
  if (Array.isArray(document.manifests)) return { next: ofBoard(document.manifests.map(descriptor), board) };
  if (!Array.isArray(document.layers) || !isRecord(document.config))
    throw new Error(`manifests of schema version ${document.schemaVersion ?? '?'} are not supported`);
  return { config: descriptor(document.config), layers: document.layers.map(descriptor) };
}

export const isImage = ({ config }: Manifest) => imageConfigTypes.includes(config.mediaType ?? '');

export function digestOfBytes(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** From the image's config document. */
export function readConfig(document: unknown): ImageConfig {
  const config = isRecord(document) && isRecord(document.config) ? document.config : {};
  const words = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    entrypoint: words(config.Entrypoint),
    cmd: words(config.Cmd),
    env: words(config.Env),
    workingDir: text(config.WorkingDir),
    user: text(config.User),
    ...(text(config.StopSignal) && { stopSignal: text(config.StopSignal) }),
  };
}

function descriptor(value: unknown): Descriptor {
  if (!isRecord(value) || typeof value.digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(value.digest))
    throw new Error('a descriptor of the manifest has no sha256 digest');
  const { digest, mediaType, size, annotations, platform } = value;
  return {
    digest,
    ...(typeof mediaType === 'string' && { mediaType }),
    ...(typeof size === 'number' && { size }),
    ...(isRecord(annotations) && { annotations: texts(annotations) }),
    ...(isRecord(platform) && { platform: texts(platform) }),
  };
}

function texts(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Of an ARM board also what is for an older one, newest first. */
function ofBoard(manifests: readonly Descriptor[], { architecture, variant }: Board): Descriptor {
  const fitting = manifests.filter(
    ({ platform }) =>
      platform === undefined ||
      (platform.architecture === architecture && (platform.os ?? 'linux') === 'linux'),
  );
  const newestFirst = fitting
    .filter(({ platform }) => !variant || (platform?.variant ?? '') <= variant)
    .sort((a, b) => (b.platform?.variant ?? '').localeCompare(a.platform?.variant ?? ''));
  const [first] = variant ? newestFirst : fitting;
  if (first) return first;
  const wanted = `linux/${architecture}${variant ? `/${variant}` : ''}`;
  const there = manifests.map(
    ({ platform: p }) => `${p?.os}/${p?.architecture}${p?.variant ? `/${p.variant}` : ''}`,
  );
  throw new Error(`no match for platform in manifest: ${wanted} is wanted, there is ${there.join(', ')}`);
}
