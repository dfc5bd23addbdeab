// What hubs have in common, sealed with a key that is not where it lies: etcd then holds no key of the cluster in the clear.

import { UserError } from '../../shared/base/index.ts';
import type { SharedCell } from '../store/index.ts';
import { KeyFile } from './key-file.ts';
import { isSealed, open, seal, sealedWith } from './seal.ts';

export interface OpenedCell extends SharedCell {
  /** The text in what the cell was heard to hold. Throws UserError when it does not open. */
  opened(raw: string): string;
}

const belongsTo = 'cluster material';

/** How the text of a cell is sealed and opened. */
export interface CellSeal {
  seal(text: string): string;
  /** Throws UserError when it does not open. */
  open(raw: string): string;
}

/** `keyFile`: the same on all hubs, one key a line, the first seals; '' : nothing is sealed. Throws UserError for a bad file. */
export async function cellSeal(place: string, keyFile: string): Promise<CellSeal> {
  const keys = keyFile ? await new KeyFile(keyFile).read() : [];
  const [newest] = keys;
  if (keyFile && !newest)
    throw new UserError(`clusterKeyFile: ${keyFile} holds no key (openssl rand -base64 32)`);
  return {
    seal: (text) => (newest ? seal(newest, belongsTo, text) : text),
    open(raw) {
      if (!isSealed(raw)) return raw;
      const id = sealedWith(raw);
      const key = keys.find((each) => each.id === id);
      if (key) return open(key, belongsTo, raw);
      throw new UserError(
        `${place} is sealed with key ${id}: name the file that holds it with --cluster-key-file, as on the other hubs`,
      );
    },
  };
}

/** Throws UserError for a bad file. */
export async function sealedCell(cell: SharedCell, keyFile: string): Promise<OpenedCell> {
  const { seal: sealed, open: opened } = await cellSeal(cell.place, keyFile);
  return {
    place: cell.place,
    epoch: () => cell.epoch(),
    opened,
    async read() {
      const raw = await cell.read();
      return raw === undefined ? undefined : opened(raw);
    },
    async replace(before, text) {
      const raw = await cell.read();
      if ((raw === undefined ? undefined : opened(raw)) !== before) return false;
      return cell.replace(raw, sealed(text));
    },
  };
}
