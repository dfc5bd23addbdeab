// Messages of QoS 0 on the short way to a connection: as bytes that are made once for all subscribers. aedes would copy
// and encode each message for each of them, and wait for two more turns of the event loop.

import type { Client, PublishPacket } from 'aedes';
import { publishBytes } from './publish-bytes.ts';
import type { Session } from './sessions.ts';

export class DirectDelivery {
  /** The newest message: it goes to one subscriber after the other. */
  private newest: { message: Pick<PublishPacket, 'topic' | 'payload' | 'retain'>; bytes: Buffer } | undefined;

  /**
   * False: the message has to go aedes's way, which knows QoS 1 and how to wait for a slow client. What comes next for
   * that client follows it there until it is out, so that nothing overtakes.
   */
  sends(session: Session, { conn }: Client, message: PublishPacket): boolean {
    if (message.qos !== 0 || session.scheduled > 0 || conn.writableNeedDrain) {
      leaveToAedes(session, sizeOf(message));
      return false;
    }
    conn.write(this.bytesOf(message));
    return true;
  }

  private bytesOf({ topic, payload, retain }: PublishPacket): Buffer {
    const { newest } = this;
    const { message } = newest ?? {};
    if (newest && message?.payload === payload && message.topic === topic && message.retain === retain)
      return newest.bytes;
    const bytes = publishBytes(topic, payload, retain);
    this.newest = { message: { topic, payload, retain }, bytes };
    return bytes;
  }
}

function leaveToAedes(session: Session, size: number): void {
  session.scheduled += size;
  const isWritten = () => {
    session.scheduled -= size;
  };
  // aedes writes in the next turn.
  setImmediate(() => setImmediate(isWritten));
}

/** Bytes of a message, but for its header. Never 0. */
export function sizeOf({ topic, payload }: Pick<PublishPacket, 'topic' | 'payload'>): number {
  return topic.length + payload.length;
}
