// All objects of one resource, kept until one of them changes: asking costs nothing while nothing does.

import type { Resource } from '../../../../shared/api/index.ts';
import type { KubeObject, Live } from '../../../../shared/machinery/index.ts';
import type { Store, Watch } from '../../../store/index.ts';
import { prefixOf } from '../../kind.ts';
import type { ObjectReader } from '../../object-reader.ts';

export interface KeptListOptions<T extends KubeObject> {
  store: Store;
  reader: ObjectReader;
  row: Resource<T>;
}

export class KeptList<T extends KubeObject> {
  private readonly options: KeptListOptions<T>;
  /** Ends with the store. */
  private watch: Watch | undefined;
  private kept: readonly Live<T>[] | undefined;
  private changes = 0;

  constructor(options: KeptListOptions<T>) {
    this.options = options;
  }

  /** In the order of their names. */
  async all(): Promise<readonly Live<T>[]> {
    this.watch ??= this.follow();
    if (this.kept) return this.kept;
    const { changes } = this;
    const found = await this.options.reader.list(this.options.row);
    found.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
    if (this.watch && changes === this.changes) this.kept = found;
    return found;
  }

  private follow(): Watch {
    const forget = () => {
      this.changes += 1;
      this.kept = undefined;
    };
    const onEnd = () => {
      this.watch = undefined;
      forget();
    };
    return this.options.store.watch(prefixOf(this.options.row), { onChanges: forget, onEnd });
  }
}
