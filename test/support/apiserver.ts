// A real API server over a store in memory, spoken to through `handle`: what a door would ask, without the door.

import {
  ApiServer,
  type ApiServerOptions,
  type RestAnswer,
  type RestRequest,
  type UserInfo,
} from '../../hub/apiserver/index.ts';
import { MemoryStore } from '../../hub/store/index.ts';
import { type ConfigMap, resources } from '../../shared/api/index.ts';
import { createLog } from '../../shared/base/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import { FakeClock } from './fake-clock.ts';

export const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

export interface Asked {
  body?: unknown;
  /** The body's JSON as it is sent; absent: as nobody sees it. */
  text?: string;
  /** What stands twice in its YAML. */
  duplicates?: readonly string[];
  ifNoneMatch?: string;
  contentType?: string;
  accept?: string;
  user?: UserInfo;
  signal?: AbortSignal;
  audit?: RestRequest['audit'];
}

/** An object answer, taken apart. */
export interface Answered {
  code: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as JSON
  body: any;
  warnings: readonly string[];
}

export interface ApiServerFixture {
  api: ApiServer;
  store: MemoryStore;
  clock: FakeClock;
  /** Any answer, as a door gets it. */
  handle(method: string, path: string, asked?: Asked): Promise<RestAnswer>;
  /** An answer that is an object (or JSON bytes). */
  ask(method: string, path: string, asked?: Asked): Promise<Answered>;
  /** As `ask`, for what must succeed: answers the body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as JSON
  must(method: string, path: string, asked?: Asked): Promise<any>;
  /** Opens a watch. */
  watch(path: string, asked?: Asked): Promise<AsyncIterator<WatchedEvent>>;
  stop(): Promise<void>;
}

export interface WatchedEvent {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as JSON
  object: any;
}

const notConnected = (node: string) => new ApiError('ServiceUnavailable', `node ${node} is not connected`);
export const noNodes: ApiServerOptions['nodeStreams'] = {
  open: async (node) => {
    throw notConnected(node);
  },
  check: (node) => {
    throw notConnected(node);
  },
};

export interface FixtureOptions extends Partial<ApiServerOptions> {
  historyLimit?: number;
}

export async function startApiServer(overrides: FixtureOptions = {}): Promise<ApiServerFixture> {
  const { historyLimit, ...options } = overrides;
  const clock = new FakeClock();
  const store = new MemoryStore({ clock, ...(historyLimit !== undefined && { historyLimit }) });
  await store.start();
  const api = new ApiServer({
    store,
    clock,
    log: createLog('test', 'fatal'),
    resources,
    authorize: async () => ({ allowed: true }),
    admission: () => [],
    nodeStreams: noNodes,
    ...options,
  });
  await api.start();

  async function handle(method: string, path: string, asked: Asked = {}): Promise<RestAnswer> {
    return api.handle({ method, path, user: admin, ...asked });
  }

  async function ask(method: string, path: string, asked: Asked = {}): Promise<Answered> {
    const answer = await handle(method, path, asked);
    if (answer.type !== 'object' && answer.type !== 'bytes')
      throw new Error(`${path} answered a ${answer.type}`);
    const json = answer.type === 'bytes' ? answer.body.toString() : api.texts.text(answer.body);
    return { code: answer.code, body: JSON.parse(json), warnings: answer.warnings ?? [] };
  }

  async function must(method: string, path: string, asked: Asked = {}) {
    const { code, body } = await ask(method, path, asked);
    if (code >= 300) throw new Error(`${method} ${path}: ${code} ${body.message}`);
    return body;
  }

  async function watch(path: string, asked: Asked = {}): Promise<AsyncIterator<WatchedEvent>> {
    const answer = await handle('GET', path, asked);
    if (answer.type !== 'watch') throw new Error(`${path} answered ${JSON.stringify(answer)}`);
    return oneByOne(answer, api);
  }

  return {
    api,
    store,
    clock,
    handle,
    ask,
    must,
    watch,
    stop: async () => {
      await api.stop();
      await store.stop();
    },
  };
}

/** A watch as a slow reader has it: it takes an event when it has worked off the last one. */
async function* oneByOne(
  { events, shown }: RestAnswer & { type: 'watch' },
  api: ApiServer,
): AsyncGenerator<WatchedEvent> {
  const taken: unknown[] = [];
  let ended = false;
  let wake = () => {};
  const reading = events.read((event) => {
    taken.push(shown(event));
    wake();
    return false;
  });
  const end = reading.finally(() => {
    ended = true;
    wake();
  });
  try {
    while (!ended || taken.length > 0) {
      if (taken.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      for (const event of taken.splice(0)) yield JSON.parse(api.texts.event(event));
      events.resume();
    }
    await end;
  } finally {
    events.stop();
  }
}

/** The next `count` events, in order. */
export async function take(events: AsyncIterator<WatchedEvent>, count: number): Promise<WatchedEvent[]> {
  const taken: WatchedEvent[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done) throw new Error(`the watch ended after ${taken.length} of ${count} events`);
    taken.push(value);
  }
  return taken;
}

export const configMap = (
  name: string,
  fields: Partial<ConfigMap> = {},
  namespace = 'default',
): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  ...fields,
});

export const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
