// Where a restore puts the objects: a folder of the embedded store, or etcd. Both keep what is there until they are told
// to switch.

import { join } from 'node:path';
import { UserError } from '../../shared/base/index.ts';
import { cellSeal } from '../encryption/index.ts';
import { encodeMaterial, FileReplacement, type Material } from '../material/index.ts';
import { EtcdImage, etcdAccess, revisionOfStore, type StoreChoice, writeStoreImage } from '../store/index.ts';
import type { StoredEntry } from './backup-records.ts';

export interface RestoredCluster {
  epoch: string;
  /** Revisions of its objects, and all that come, are greater. */
  above: number;
  /** The objects, each with that revision. */
  entries(revision: number): AsyncIterable<StoredEntry>;
  /** What hubs that share a store have in common. */
  material: Material;
}

export interface TargetOptions {
  store: StoreChoice;
  dataDir: string;
  /** Seals what hubs have in common in etcd; '': nothing does. */
  clusterKeyFile: string;
}

export interface RestoreTarget {
  /** For messages. */
  readonly name: string;
  /** The newest revision of the cluster that is there; undefined: there is none. Rejects with 'unusable' when it can't be told. */
  revision(): Promise<number | undefined>;
  /** Brings it into place beside what is there. */
  prepare(cluster: RestoredCluster, replacement: FileReplacement): Promise<void>;
  /** From now on it is the cluster, with the files of the replacement: killed at any moment, all of it is or nothing. */
  commit(replacement: FileReplacement): Promise<void>;
  close(): void;
}

/** Milliseconds for one request to etcd. */
const requestTimeout = 30_000;

/** Reads what is there. Rejects with a StoreError where it is out of reach. */
export async function targetOf(options: TargetOptions): Promise<RestoreTarget> {
  if (options.store.store === 'embedded') return embeddedTarget(options);
  const image = await EtcdImage.open({ ...(await etcdAccess(options.store)), requestTimeout });
  // One that was killed before this one.
  await FileReplacement.decide(options.dataDir, async () => image.epoch);
  return etcdTarget(options, image);
}

function embeddedTarget({ dataDir }: TargetOptions): RestoreTarget {
  return {
    name: dataDir,
    revision: () => revisionOfStore(join(dataDir, 'store')),
    prepare: async ({ entries, epoch, above }, replacement) => {
      const revision = above + 1;
      await writeStoreImage(await replacement.folder('store'), {
        epoch,
        revision,
        entries: entries(revision),
      });
    },
    commit: (replacement) => replacement.commit(),
    close: () => {},
  };
}

function etcdTarget(
  { store: { store }, dataDir, clusterKeyFile }: TargetOptions,
  image: EtcdImage,
): RestoreTarget {
  const name = store.replace(/\/\/[^@/]*@/, '//…@');
  let next = '';
  let switchOver = async (): Promise<boolean> => false;
  return {
    name,
    revision: async () => image.revision,
    prepare: async ({ entries, epoch, above, material }) => {
      const cell = await cellSeal(`the material in ${name}`, clusterKeyFile);
      // Who seals it goes on sealing it.
      if (image.material !== undefined) cell.open(image.material);
      const common = cell.seal(encodeMaterial(material));
      // etcd says itself at which revision each object was written.
      await image.write(entries(0));
      next = epoch;
      switchOver = () => image.switchTo(epoch, above, common);
    },
    commit: async (replacement) => {
      await replacement.waitFor(next);
      // Where the answer is lost, the next start of a hub finds out.
      const switched = await switchOver();
      await FileReplacement.decide(dataDir, async () => (switched ? next : image.epoch));
      if (!switched)
        throw new UserError(`${name} was changed by somebody else meanwhile: nothing was restored`);
    },
    close: () => image.close(),
  };
}
