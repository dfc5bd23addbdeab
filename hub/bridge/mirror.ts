// The watch mirror: every commit is one publication under `kelp/v1/watch/`, made only when somebody listens; and what
// subscribers ask to see first is answered from the store.

import type { Logger } from '../../shared/base/index.ts';
import { matches, mayReveal, watchedBy, watchTopic } from '../../shared/bus/index.ts';
import type { Broker, RetainedMessage, RetainedSource } from '../broker/index.ts';
import type { Change, Key, Store, Watch } from '../store/index.ts';
import type { ObjectTexts } from './object-texts.ts';
import { addressOfKey, keyPrefix } from './store-keys.ts';

export interface MirrorOptions {
  broker: Pick<Broker, 'send' | 'hears'>;
  store: Store;
  texts: ObjectTexts;
  /** The table, with the rows that were made at run time. */
  resources: () => Iterable<{ group: string; resource: string }>;
  log: Logger;
}

const page = 200;

export class Mirror implements RetainedSource {
  private readonly options: MirrorOptions;
  private watch: Watch | undefined;

  constructor(options: MirrorOptions) {
    this.options = options;
  }

  start(): void {
    const { store, log } = this.options;
    this.watch = store.watch('/', {
      onChanges: (changes) => {
        for (const change of changes) this.publish(change);
      },
      onEnd: (error) => log.info({ reason: error.message }, 'the watch mirror has ended'),
    });
  }

  stop(): void {
    this.watch?.stop();
  }

  /** Reads page by page as the subscriber takes it; live messages may overtake: compare resourceVersion. */
  async *match(filter: string): AsyncIterable<RetainedMessage> {
    const asked = watchedBy(filter);
    if (!asked) return;
    const seen = new Set<string>();
    for (const { group, resource } of this.options.resources()) {
      // Versions of one resource are the same objects.
      const name = `${group}/${resource}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const meant = [group, '*'].includes(asked.group) && [resource, '*'].includes(asked.resource);
      if (meant) yield* this.matchResource({ group, resource }, asked.namespace, filter);
    }
  }

  private async *matchResource(
    of: { group: string; resource: string },
    namespace: string | undefined,
    filter: string,
  ): AsyncIterable<RetainedMessage> {
    const { store, texts } = this.options;
    let after: Key | undefined;
    do {
      const { objects, last } = await store.list(keyPrefix(of, namespace), {
        limit: page,
        ...(after !== undefined && { after }),
      });
      for (const object of objects) {
        const { namespace: within, name } = object.metadata;
        const topic = watchTopic({ ...of, ...(within && { namespace: within }), name });
        if (matches(filter, topic) && mayReveal(filter, topic)) yield { topic, payload: texts.text(object) };
      }
      after = last;
    } while (after !== undefined);
  }

  private publish({ key, object }: Change): void {
    const { broker, texts } = this.options;
    const address = addressOfKey(key);
    if (!address) return;
    const topic = watchTopic(address);
    if (broker.hears(topic)) broker.send(topic, object ? texts.text(object) : '');
  }
}
