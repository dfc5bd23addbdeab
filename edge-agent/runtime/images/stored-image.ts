// An image as it lies on the board: a folder by its digest with the files and what is to be known of them.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writeFileDurably } from '../../../shared/base/index.ts';
import type { ImageConfig } from './oci-manifest.ts';

export interface StoredImage {
  /** `sha256:…` of the archive, or of the image's manifest. */
  id: string;
  /** `app`: files on the board; `root`: a whole root file system. */
  kind: 'app' | 'root';
  /** `name:tag` and `name@digest`. */
  names: string[];
  /** Name → which version of what it leads to this is: an entity tag, a time. */
  versions: Record<string, string>;
  sizeBytes: number;
  createdAt: number;
  config?: ImageConfig;
}

export const folderOf = (images: string, id: string) => join(images, id.replace('sha256:', ''));
export const filesOf = (images: string, id: string) => join(folderOf(images, id), 'files');
const recordOf = (folder: string) => join(folder, 'image.json');

export async function readImages(images: string): Promise<StoredImage[]> {
  const found: StoredImage[] = [];
  for (const name of await readdir(images)) {
    const text = await readIfThere(recordOf(join(images, name)));
    if (text !== undefined) found.push(JSON.parse(text));
  }
  return found;
}

/** Into its folder, wherever that is at the moment. */
export async function writeImage(folder: string, image: StoredImage): Promise<void> {
  await writeFileDurably(recordOf(folder), JSON.stringify(image), 0o600);
}
