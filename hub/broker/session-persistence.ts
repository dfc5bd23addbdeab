// What aedes asks of a persistence when every session is clean: nothing is kept. Retained messages are answered from our
// own cache, wills stay with their client, and there are no offline queues that could grow, reorder or lose.

import { Readable } from 'node:stream';

export interface RetainedMessage {
  topic: string;
  payload: string | Buffer;
}

export interface RetainedSource {
  /** All that is kept and matches the filter. Secrets only to a filter that names them. */
  match(filter: string): Iterable<RetainedMessage> | AsyncIterable<RetainedMessage>;
}

const nothing = () => Readable.from([]);

/** Packets come and go as aedes's own; none of their fields matter here. */
export class SessionPersistence {
  private readonly source: RetainedSource;

  constructor(source: RetainedSource) {
    this.source = source;
  }

  async setup(): Promise<void> {}
  async destroy(): Promise<void> {}

  async storeRetained(): Promise<void> {}
  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }
  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.retained(filters));
  }
  private async *retained(filters: readonly string[]) {
    for (const filter of filters) {
      for await (const message of this.source.match(filter)) {
        yield { cmd: 'publish', qos: 0, retain: true, ...message };
      }
    }
  }

  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async cleanSubscriptions(): Promise<void> {}
  async subscriptionsByClient(): Promise<never[]> {
    return [];
  }
  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }
  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return { subsCount: 0, clientsCount: 0 };
  }
  getClientList = nothing;

  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingUpdate(): Promise<void> {}
  async outgoingClearMessageId(): Promise<undefined> {
    return undefined;
  }
  outgoingStream = nothing;

  async incomingStorePacket(): Promise<void> {}
  async incomingGetPacket(): Promise<never> {
    throw new Error('no such packet'); // the way in which aedes is told that a QoS 2 message is new
  }
  async incomingDelPacket(): Promise<void> {}
  async cleanIncoming(): Promise<void> {}

  async putWill(): Promise<void> {}
  async getWill(): Promise<undefined> {
    return undefined;
  }
  async delWill(): Promise<undefined> {
    return undefined;
  }
  streamWill = nothing;
}
