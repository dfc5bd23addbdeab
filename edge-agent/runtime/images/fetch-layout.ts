// Fetches an image as it is into a folder (an OCI image layout), each of its blobs from where it broke the last time.
//
//   oci-layout   index.json   blobs/sha256/<digest>

import { mkdir, writeFile } from 'node:fs/promises';
import { machine } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import type { ImageCredentials } from '../runtime.ts';
import type { PullRun } from '../shared-pulls.ts';
import { DiskRoom } from './disk-room.ts';
import type { ImageSource } from './image-reference.ts';
import { boardOf, digestOfBytes, parseJson } from './oci-manifest.ts';
import { fetchBlob, findManifest } from './pull-registry.ts';
import { Registry } from './registry.ts';

interface Request extends PullRun {
  source: Extract<ImageSource, { kind: 'registry' }>;
  credentials: readonly ImageCredentials[];
  folder: string;
  clock: Clock;
}

const ociIndex = 'application/vnd.oci.image.index.v1+json';
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

/** What came stays there when this fails. */
export async function fetchLayout(request: Request): Promise<void> {
  const { source, credentials, folder, clock, progress, signal } = request;
  const client = new Registry(source.registry, source.repository, credentials, signal);
  const blobs = join(folder, 'blobs/sha256');
  await mkdir(blobs, { recursive: true, mode: 0o700 });
  const { documents, manifest } = await findManifest(client, source, boardOf(process.arch, machine()));
  for (const bytes of documents) await writeFile(join(blobs, hexOf(digestOfBytes(bytes))), bytes);
  const wanted = [manifest.config, ...manifest.layers];
  const total = wanted.reduce((sum, { size = 0 }) => sum + size, 0);
  let done = 0;
  const received = (bytes: number) => {
    done += bytes;
    progress(done, total);
  };
  const place = { folder: blobs, clock, room: new DiskRoom(folder), signal };
  for (const descriptor of wanted) await fetchBlob(place, client, descriptor, received);
  const [first = Buffer.alloc(0)] = documents;
  const entry = { mediaType: typeOf(first), digest: digestOfBytes(first), size: first.length };
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

const hexOf = (digest: string) => digest.slice('sha256:'.length);

/** Documents of the OCI need not name their type. */
function typeOf(bytes: Buffer): string {
  const document = parseJson(bytes, 'the manifest');
  if (typeof document !== 'object' || document === null) return ociManifest;
  if ('mediaType' in document && typeof document.mediaType === 'string') return document.mediaType;
  return 'manifests' in document ? ociIndex : ociManifest;
}
