// Serves custom resources: keeps the rows of definitions in the index, and their types in the schemas.

import type { CustomResourceDefinition } from '../../../shared/api/apiextensions/index.ts';
import { customresourcedefinitions, type Resource } from '../../../shared/api/index.ts';
import type { Logger } from '../../../shared/base/index.ts';
import { deepEqual, type Live } from '../../../shared/machinery/index.ts';
import type { Change, Store, StoreError, Watch } from '../../store/index.ts';
import { isLiveOf, prefixOf } from '../kind.ts';
import type { ResourceIndex } from '../resource-index.ts';
import type { Endpoints } from '../services/index.ts';
import type { RunTimeSchemas } from './run-time-schemas.ts';

export interface DefinitionServerOptions {
  store: Store;
  index: ResourceIndex;
  schemas(): RunTimeSchemas;
  /** Where a Service is reached. */
  endpoints: Endpoints;
  log: Logger;
}

/** What of a definition its rows are made of: when it is the same, they stay. */
interface Served {
  readonly made: unknown;
  readonly rows: readonly Resource[];
}

export class DefinitionServer {
  private readonly options: DefinitionServerOptions;
  private following: Watch | undefined;
  /** The last of those that wait for each other. */
  private last: Promise<void> = Promise.resolve();
  private readonly served = new Map<string, Served>();

  constructor(options: DefinitionServerOptions) {
    this.options = options;
  }

  /** Serves all definitions that the store has and that were established. */
  async start(): Promise<void> {
    const { store } = this.options;
    const { objects, revision } = await store.list(prefixOf(customresourcedefinitions));
    for (const object of objects) await this.serveEstablished(object);
    if (store.shared) this.follow(revision);
  }

  /** What another hub's controllers establish and let go is served here too, and no longer. */
  private follow(revision: number): void {
    const { store, log } = this.options;
    const onChanges = (changes: readonly Change[]) => {
      for (const { object, previous } of changes) {
        if (object) void this.serveEstablished(object);
        else if (previous) this.last = this.last.then(() => this.withdraw(previous.metadata.name));
      }
    };
    const onEnd = (error: StoreError) => {
      if (error.code === 'compacted') void this.start();
      else log.debug({ reason: error.message }, 'definitions are no longer followed');
    };
    this.following = store.watch(prefixOf(customresourcedefinitions), { onChanges, onEnd }, revision);
  }

  private async serveEstablished(object: Live): Promise<void> {
    const { isEstablished } = await import('../../../shared/api/apiextensions/index.ts');
    if (!isLiveOf(customresourcedefinitions, object) || !isEstablished(object)) return;
    const { log } = this.options;
    await this.serve(object).catch((error: unknown) =>
      log.error({ err: error, definition: object.metadata.name }, 'a definition is not served'),
    );
  }

  stop(): void {
    this.following?.stop();
  }

  /** Adds or renews the rows of a definition. Resolves when they are served. */
  serve(definition: Live<CustomResourceDefinition>): Promise<void> {
    const turn = this.last.then(() => this.serveNow(definition));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async serveNow(definition: Live<CustomResourceDefinition>): Promise<void> {
    const { name, deletionTimestamp } = definition.metadata;
    const made = {
      spec: definition.spec,
      names: definition.status?.acceptedNames,
      going: deletionTimestamp !== undefined,
    };
    const before = this.served.get(name);
    if (before && deepEqual(before.made, made)) return;
    const { customRows } = await import('./custom-rows.ts');
    const { converterOf } = await import('./conversion.ts');
    const { rows, types } = customRows(definition, {
      convert: converterOf(definition, this.options.endpoints),
      schemas: this.options.schemas(),
    });
    const { index } = this.options;
    this.options.schemas().set(name, types);
    for (const row of rows) await index.strategyOf(row);
    for (const row of before?.rows ?? [])
      if (!rows.some((next) => next.version === row.version)) index.remove(row);
    this.served.set(name, { made, rows });
    index.addAll(rows);
  }

  /** Nothing of the definition is served any more. */
  withdraw(name: string): void {
    const { index } = this.options;
    for (const row of this.served.get(name)?.rows ?? []) index.remove(row);
    this.served.delete(name);
    this.options.schemas().delete(name);
  }

  /** The rows that are served of a definition. */
  rowsOf(name: string): readonly Resource[] {
    return this.served.get(name)?.rows ?? [];
  }
}
