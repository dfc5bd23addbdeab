// Images in a folder of the board: an OCI layout, or what `docker save` and `podman save` write.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from './download.ts';
import {
  type Board,
  type Descriptor,
  digestOfBytes,
  type ImageConfig,
  isImage,
  parseJson,
  readConfig,
  readManifest,
} from './oci-manifest.ts';
import { resolveInside } from './resolve-inside.ts';

export interface LocalImage {
  id: string;
  config: ImageConfig;
  /** Paths of the layers' files, lowest first. */
  layers: string[];
}

const mostIndexes = 3;

/** Undefined: there is no image in this folder. Throws where there is half of one. */
export async function localImage(folder: string, board: Board): Promise<LocalImage | undefined> {
  if (existsSync(join(folder, 'oci-layout')) && existsSync(join(folder, 'index.json')))
    return ofLayout(folder, board);
  if (!existsSync(join(folder, 'manifest.json'))) return undefined;
  return ofDockerArchive(folder);
}

async function ofLayout(folder: string, board: Board): Promise<LocalImage> {
  let bytes: Buffer = await readFile(join(folder, 'index.json'));
  for (let indexes = 0; indexes < mostIndexes; indexes++) {
    const found = readManifest(parseJson(bytes, 'index.json'), board);
    if (!('next' in found)) {
      if (!isImage(found)) throw new Error('what the layout holds is no image');
      const config = readConfig(parseJson(await blob(folder, found.config), 'the config'));
      const layers = found.layers.map(({ digest }) => blobPath(folder, digest));
      for (const [index, { digest }] of found.layers.entries()) await verify(layers[index] ?? '', digest);
      return { id: digestOfBytes(bytes), config, layers };
    }
    bytes = await blob(folder, found.next);
  }
  throw new Error('indexes of indexes of indexes are not supported');
}

async function blob(folder: string, { digest }: Descriptor): Promise<Buffer> {
  const path = blobPath(folder, digest);
  await verify(path, digest);
  return readFile(path);
}

const blobPath = (folder: string, digest: string) => join(folder, 'blobs', digest.replace(':', '/'));

async function verify(path: string, digest: string): Promise<void> {
  if (!existsSync(path)) throw new Error(`the layout lacks blob ${digest}`);
  const real = await digestOf(path);
  if (real !== digest) throw new Error(`blob ${digest} of the layout is damaged: it has digest ${real}`);
}

/** Undefined: its manifest.json is that of something else. */
async function ofDockerArchive(folder: string): Promise<LocalImage | undefined> {
  const [manifest, ...more] = dockerManifests(await readFile(join(folder, 'manifest.json')));
  if (!manifest) return undefined;
  if (more.length > 0) throw new Error('the archive holds several images: save one at a time');
  const inside = (name: string) => join(folder, resolveInside(folder, name));
  const config = await readFile(inside(manifest.Config));
  return {
    id: digestOfBytes(config),
    config: readConfig(parseJson(config, manifest.Config)),
    layers: manifest.Layers.map(inside),
  };
}

interface DockerManifest {
  Config: string;
  Layers: string[];
}

function dockerManifests(bytes: Buffer): DockerManifest[] {
  const document: unknown = JSON.parse(bytes.toString());
  return Array.isArray(document) && document.every(isDockerManifest) ? document : [];
}

function isDockerManifest(value: unknown): value is DockerManifest {
  if (typeof value !== 'object' || value === null || !('Config' in value) || !('Layers' in value))
    return false;
  return typeof value.Config === 'string' && Array.isArray(value.Layers);
}
