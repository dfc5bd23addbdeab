// Who listens to which topics: the emitter that aedes delivers through. It differs from aedes's own in two things:
// nobody's delivery waits for anybody else's, and it can say whether anyone listens before a message is made.

import { mayReveal } from '../../shared/bus/index.ts';
import type { Peer } from './sessions.ts';

/** What aedes calls a packet, as far as delivery needs it. */
export interface Message {
  cmd: 'publish';
  topic: string;
  payload: string | Buffer;
  qos: 0 | 1 | 2;
  retain: boolean;
  /** Who sent it; absent: the hub. */
  peer?: Peer;
}

export type Deliver = (message: Message, done: () => void) => void;

class Level {
  readonly children = new Map<string, Level>();
  readonly listeners = new Set<Deliver>();
  filter = '';
}

const ignore = () => {};

export class TopicTree {
  private readonly root = new Level();

  /** Named as aedes calls it. */
  on(filter: string, deliver: Deliver, done: () => void = ignore): this {
    let at = this.root;
    for (const level of filter.split('/')) {
      let next = at.children.get(level);
      if (!next) {
        next = new Level();
        at.children.set(level, next);
      }
      at = next;
    }
    at.filter = filter;
    at.listeners.add(deliver);
    setImmediate(done);
    return this;
  }

  /** Named as aedes calls it. Done at once, so that a closing client is out of the tree before its successor comes in. */
  removeListener(filter: string, deliver: Deliver, done: () => void = ignore): this {
    this.remove(this.root, filter.split('/'), 0, deliver);
    done();
    return this;
  }

  /** Hands the message to each listener now; `done` is called soon, whether or not the slow ones have taken it. */
  emit(message: Message, done: () => void = ignore): this {
    for (const deliver of this.listeners(message.topic)) deliver(message, ignore);
    setImmediate(done);
    return this;
  }

  close(done: () => void): this {
    setImmediate(done);
    return this;
  }

  /** True when somebody would receive a message on this topic. */
  hears(topic: string): boolean {
    return this.listeners(topic).length > 0;
  }

  /** A list of its own: listeners may come and go while it is walked. */
  private listeners(topic: string): Deliver[] {
    const found: Deliver[] = [];
    const levels = topic.split('/');
    const add = (level: Level | undefined) => {
      if (level && level.listeners.size > 0 && mayReveal(level.filter, topic)) found.push(...level.listeners);
    };
    const walk = (at: Level, depth: number) => {
      add(at.children.get('#'));
      const text = levels[depth];
      if (text === undefined) return add(at);
      for (const next of [at.children.get(text), at.children.get('+')]) if (next) walk(next, depth + 1);
    };
    walk(this.root, 0);
    return found;
  }

  private remove(at: Level, levels: readonly string[], depth: number, deliver: Deliver): void {
    const text = levels[depth];
    if (text === undefined) {
      at.listeners.delete(deliver);
      return;
    }
    const next = at.children.get(text);
    if (!next) return;
    this.remove(next, levels, depth + 1, deliver);
    if (next.listeners.size === 0 && next.children.size === 0) at.children.delete(text);
  }
}
