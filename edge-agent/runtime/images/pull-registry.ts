// Gets an image or an artifact from a registry: its manifest for this board, then its layers one after the other.

import { mkdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { download } from './download.ts';
import { FinalFailure } from './final-failure.ts';
import type { ImageSource } from './image-reference.ts';
import {
  type Board,
  type Descriptor,
  digestOfBytes,
  isImage,
  type Manifest,
  parseJson,
  readConfig,
  readManifest,
  titleAnnotation,
} from './oci-manifest.ts';
import { unpackApp, unpackLayers } from './open-archive.ts';
import type { Pull, Pulled } from './pull.ts';
import { Registry } from './registry.ts';

type Source = Extract<ImageSource, { kind: 'registry' }>;

const mostIndexes = 3;

export async function pullRegistry(pull: Pull, source: Source): Promise<Pulled> {
  const { name, registry, repository, digest } = source;
  const client = new Registry(registry, repository, pull.credentials, pull.signal);
  const { documents, manifest } = await findManifest(client, source, pull.board);
  const digests = documents.map(digestOfBytes);
  const id = digests.at(-1) ?? '';
  const pinned = [...new Set([digests[0], id])].map((one) => `${registry}/${repository}@${one}`);
  const names = [...(digest === undefined ? [name] : []), ...pinned];
  if (pull.has(id)) return { id, names };
  return { id, names, fresh: await fetchImage(pull, client, manifest) };
}

/** `documents`: from what the name leads to, over indexes, to the manifest for this board. */
export async function findManifest(
  client: Registry,
  { tag, digest }: Pick<Source, 'tag' | 'digest'>,
  board: Board,
): Promise<{ documents: Buffer[]; manifest: Manifest }> {
  let next = { reference: digest ?? tag, digest };
  const documents: Buffer[] = [];
  for (let indexes = 0; indexes < mostIndexes; indexes++) {
    const bytes = await fetchManifest(client, next.reference, next.digest);
    documents.push(bytes);
    const found = readManifest(parseJson(bytes, 'the manifest'), board);
    if (!('next' in found)) return { documents, manifest: found };
    next = { reference: found.next.digest, digest: found.next.digest };
  }
  throw new FinalFailure('indexes of indexes of indexes are not supported');
}

async function fetchManifest(
  client: Registry,
  reference: string,
  digest: string | undefined,
): Promise<Buffer> {
  const bytes = await client.manifest(reference);
  const real = digestOfBytes(bytes);
  if (digest === undefined || real === digest) return bytes;
  throw new FinalFailure(`the registry's manifest has digest ${real}, not ${digest}`);
}

async function fetchImage(
  pull: Pull,
  client: Registry,
  manifest: Manifest,
): Promise<NonNullable<Pulled['fresh']>> {
  const image = isImage(manifest);
  const wanted = [...manifest.layers, ...(image ? [manifest.config] : [])];
  const names = wanted.map(({ digest }) => fileOf(digest));
  return pull.downloads.having(names, pull.signal, async () => {
    const fresh = await fetchAll(pull, client, manifest, wanted);
    for (const name of names) await pull.downloads.drop(name);
    return fresh;
  });
}

async function fetchAll(
  pull: Pull,
  client: Registry,
  manifest: Manifest,
  wanted: readonly Descriptor[],
): Promise<NonNullable<Pulled['fresh']>> {
  const total = wanted.reduce((sum, { size }) => sum + (size ?? 0), 0);
  await pull.room.check(total);
  let done = 0;
  const received = (bytes: number) => {
    done += bytes;
    pull.progress(done, total);
  };
  const paths = new Map<Descriptor, string>();
  const place = { ...pull, folder: pull.downloads.folder };
  for (const descriptor of wanted)
    paths.set(descriptor, await fetchBlob(place, client, descriptor, received));
  const files = join(pull.workFolder, 'files');
  const layers = manifest.layers.map((layer) => ({ layer, path: paths.get(layer) ?? '' }));
  let fresh: NonNullable<Pulled['fresh']>;
  if (isImage(manifest)) {
    const { digest } = manifest.config;
    const config = readConfig(
      parseJson(await readSmall(paths.get(manifest.config) ?? ''), `config ${digest}`),
    );
    const sizeBytes = await unpackLayers(
      pull,
      layers.map(({ path }) => path),
      files,
    );
    fresh = { kind: 'root', sizeBytes, config };
  } else {
    await mkdir(files, { mode: 0o755 });
    let sizeBytes = 0;
    for (const { layer, path } of layers) sizeBytes += await unpackApp(pull, path, files, nameOf(layer));
    fresh = { kind: 'app', sizeBytes };
  }
  return fresh;
}

const fileOf = (digest: string) => digest.slice('sha256:'.length);

/** Answers the path of what is whole then. */
export async function fetchBlob(
  { folder, clock, room, signal }: Pick<Pull, 'clock' | 'room' | 'signal'> & { folder: string },
  client: Registry,
  { digest }: Descriptor,
  received: (bytes: number) => void,
): Promise<string> {
  const path = join(folder, fileOf(digest));
  const before = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  received(before);
  await download({ path, digest, clock, room, signal, received, open: (from) => client.blob(digest, from) });
  return path;
}

/** By its title, where it is no archive. */
function nameOf({ annotations, digest }: Descriptor): string {
  return basename(annotations?.[titleAnnotation] ?? digest.slice('sha256:'.length, 'sha256:'.length + 12));
}

async function readSmall(path: string): Promise<Buffer> {
  if ((await stat(path)).size > 4 * 1024 * 1024) throw new FinalFailure('the config is larger than 4 MiB');
  return readFile(path);
}
