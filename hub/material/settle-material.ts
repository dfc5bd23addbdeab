// Makes the material of a hub that of its cluster, where several hubs share a store: the first one offers what it has made,
// all others take it.

import { join } from 'node:path';
import { readIfThere, UserError } from '../../shared/base/index.ts';
import {
  type Material,
  type MaterialName,
  parseMaterial,
  readMaterial,
  writeMaterial,
} from './cluster-material.ts';

/** Where the hubs of a cluster keep one text together. */
export interface SharedText {
  read(): Promise<string | undefined>;
  replace(before: string | undefined, text: string): Promise<boolean>;
  readonly place: string;
}

export interface SettleOptions {
  dataDir: string;
  shared: SharedText;
  /** Makes what is missing in the data directory. */
  make(): Promise<void>;
  /** What every hub keeps by itself, e.g. keys in a file that an option names. */
  apart: readonly MaterialName[];
}

const authority: MaterialName = 'pki/ca.crt';
/** A hub's own once it is there: people edit it. */
const keptWhereThere: MaterialName = 'tokens.csv';

/** Throws UserError for a data directory of another cluster. */
export async function settleMaterial({ dataDir, shared, make, apart }: SettleOptions): Promise<void> {
  const before = await readIfThere(join(dataDir, authority));
  let text = await shared.read();
  if (text === undefined) {
    await make();
    if (await shared.replace(undefined, encodeMaterial(without(await readMaterial(dataDir), apart)))) return;
    text = await shared.read();
  }
  const theirs = without(decode(text ?? '{}', shared.place), apart);
  if (before !== undefined && before !== theirs[authority]) {
    throw new UserError(
      `${dataDir} belongs to another cluster than ${shared.place} (their certificate authorities differ): ` +
        'use a data directory of its own, or a prefix of its own in etcd',
    );
  }
  const tokens = before === undefined ? undefined : await readIfThere(join(dataDir, keptWhereThere));
  await writeMaterial(dataDir, tokens === undefined ? theirs : without(theirs, [keptWhereThere]));
}

/** Changes a file for all hubs. `change` is given its content now, and throws to leave it as it is. */
export async function shareMaterial(
  shared: SharedText,
  name: MaterialName,
  change: (current: string | undefined) => string,
): Promise<void> {
  for (;;) {
    const before = await shared.read();
    const material = decode(before ?? '{}', shared.place);
    const next = { ...material, [name]: change(material[name]) };
    if (await shared.replace(before, encodeMaterial(next))) return;
  }
}

/** One file of what is shared; undefined: it is not. */
export function sharedFile(text: string, name: MaterialName, place: string): string | undefined {
  return decode(text, place)[name];
}

function without(material: Material, names: readonly MaterialName[]): Material {
  return Object.fromEntries(
    Object.entries(material).filter(([name]) => !names.some((each) => each === name)),
  );
}

/** As it is shared. */
export function encodeMaterial(material: Material): string {
  return JSON.stringify(material);
}

function decode(text: string, place: string): Material {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${place} holds no cluster material: put it back from a backup of etcd`, { cause });
  }
  return parseMaterial(value);
}
