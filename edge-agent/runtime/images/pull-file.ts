// Gets an image from a file or a folder of the board itself: no copy of it is made but what it unpacks to.

import { stat } from 'node:fs/promises';
import { digestOf } from './download.ts';
import { FinalFailure } from './final-failure.ts';
import type { ImageSource } from './image-reference.ts';
import { openArchive, openLayout } from './open-archive.ts';
import { type Pull, type Pulled, unchanged } from './pull.ts';

type Source = Extract<ImageSource, { kind: 'file' }>;

export async function pullFile(pull: Pull, source: Source): Promise<Pulled | typeof unchanged> {
  const { path, name, digest } = source;
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new FinalFailure(`${path}: no such file on this board`);
  if (found.isDirectory()) {
    const image = await openLayout(pull, path, name);
    if (!image) throw new FinalFailure(`${path}: is a folder without an image (no oci-layout in it)`);
    return checked(image, digest);
  }
  const version = `${found.mtimeMs} ${found.size}`;
  if (version === pull.haveVersion) return unchanged;
  const real = await digestOf(path);
  if (digest !== undefined && real !== digest)
    throw new FinalFailure(`${path}: has digest ${real}, not ${digest}`);
  return { ...(await openArchive(pull, path, real, name)), version };
}

function checked(image: Pulled, digest: string | undefined): Pulled {
  if (digest === undefined || image.id === digest) return image;
  throw new FinalFailure(`the image has digest ${image.id}, not ${digest}`);
}
