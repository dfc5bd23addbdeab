// Writes images as folders: what `skopeo copy … oci:FOLDER` would leave.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface ImageContents {
  /** Uncompressed tar archives, lowest first. */
  layers: readonly Buffer[];
  config?: Record<string, unknown>;
  architecture?: string;
}

const goArch: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'arm' };

/** Answers the manifest's digest. */
export function writeOciLayout(folder: string, { layers, config = {}, architecture }: ImageContents): string {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const put = (bytes: Buffer, mediaType: string) => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(folder, 'blobs/sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const type = (name: string) => `application/vnd.oci.image.${name}`;
  const manifest = put(
    json({
      schemaVersion: 2,
      mediaType: type('manifest.v1+json'),
      config: put(json({ os: 'linux', config }), type('config.v1+json')),
      layers: layers.map((layer) => put(gzipSync(layer), type('layer.v1.tar+gzip'))),
    }),
    type('manifest.v1+json'),
  );
  const platform = { os: 'linux', architecture: architecture ?? goArch[process.arch] ?? process.arch };
  writeFileSync(
    join(folder, 'index.json'),
    json({ schemaVersion: 2, manifests: [{ ...manifest, platform }] }),
  );
  return manifest.digest;
}
