// Streams to a node, end to end: the hub asks, the agent serves, backpressure holds, and a cut ends both ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import type { StreamRequest } from '../../../edge-agent/link/index.ts';
import type { NodeStreamRequest } from '../../../hub/apiserver/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import { MqttHub } from '../../support/mqtt-hub.ts';
import { until } from '../../support/until.ts';

describe('streams to a node', () => {
  let hub: MqttHub;
  let directory: string;
  beforeEach(async () => {
    hub = await MqttHub.start();
    directory = await mkdtemp(join(tmpdir(), 'kelp-streams-'));
  });
  afterEach(async () => {
    await hub.stop();
    await rm(directory, { recursive: true });
  });

  const request: NodeStreamRequest = {
    kind: 'log',
    namespace: 'default',
    pod: 'web',
    uid: 'u',
    container: 'c',
    options: { follow: true },
  };
  const serving = (open: (request: StreamRequest) => Promise<Readable>) =>
    hub.readyLink('pi-1', directory, {
      streamSource: {
        open: async (asked) => {
          const source = await open(asked);
          return async (stream) => {
            stream.resume();
            await pipeline(source, stream);
          };
        },
      },
    });
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: unknown) => (error instanceof ApiError ? `${error.reason}: ${error.message}` : String(error)),
    );

  it('carry a log whole and in order, and pass on what was asked', async () => {
    const lines = Array.from({ length: 20_000 }, (_, line) => `line ${line} ${'x'.repeat(40)}\n`);
    let asked: unknown;
    await serving(async (logRequest) => {
      asked = logRequest;
      return Readable.from(lines);
    });
    const stream = await hub.streams.open('pi-1', request);
    expect(await text(stream)).to.equal(lines.join(''));
    expect(asked).to.deep.include({ pod: 'web', options: { follow: true } });
  });

  it('are over on both sides once a log is read, also where its reader does not close them', async () => {
    let served: Duplex | undefined;
    const serve = async (stream: Duplex) => {
      served = stream;
      stream.resume();
      await pipeline(Readable.from(['a line\n']), stream);
    };
    await hub.readyLink('pi-1', directory, { streamSource: { open: async () => serve } });
    const stream = await hub.streams.open('pi-1', request);
    await pipeline(stream, new PassThrough().resume());
    await until('both ends to be closed', () => stream.closed && served?.closed);
  });

  it('say why the agent refuses', async () => {
    await serving(async () => {
      throw new ApiError('NotFound', 'container "c" not found in pod "web"');
    });
    expect(await failure(hub.streams.open('pi-1', request))).to.equal(
      'NotFound: container "c" not found in pod "web"',
    );
  });

  it('are refused for a node that is not connected', async () => {
    expect(await failure(hub.streams.open('pi-1', request))).to.equal(
      'ServiceUnavailable: node "pi-1" is not connected',
    );
  });

  it('hold a source back whose reader does not read, and cost the hub a bounded memory', async () => {
    let produced = 0;
    await serving(async () =>
      Readable.from(
        (function* () {
          for (;;) {
            produced += 10_000;
            yield Buffer.alloc(10_000);
          }
        })(),
        { objectMode: false },
      ),
    );
    const stream = await hub.streams.open('pi-1', request);
    let before = -1;
    await until('the source to be held back', () => {
      const still = produced === before;
      before = produced;
      return (
        still &&
        produced > 0 &&
        new Promise((resolve) => setTimeout(() => resolve(produced === before), 50)).then(Boolean)
      );
    });
    expect(produced).to.be.lessThan(1024 * 1024);
    const held = produced;
    stream.resume();
    await until('the source to go on', () => produced > held + 1024 * 1024);
    stream.destroy();
  });

  it('end at the source when the reader goes away', async () => {
    const source = new PassThrough();
    await serving(async () => source);
    const caller = new AbortController();
    const stream = await hub.streams.open('pi-1', request, caller.signal);
    source.write('something');
    await until('a byte', () => stream.readableLength > 0);
    caller.abort();
    await until('the source to be destroyed', () => source.destroyed);
    expect(stream.destroyed).to.equal(true);
  });

  it('end with an error at both ends when the link is cut', async () => {
    const source = new PassThrough();
    await serving(async () => source);
    const stream = await hub.streams.open('pi-1', request);
    const ended = failure(text(stream));
    hub.broker.peer('pi-1')?.cut();
    expect(await ended).to.equal('ServiceUnavailable: the connection to node "pi-1" was lost');
    await until('the source to be destroyed', () => source.destroyed);
  });

  it('fail when the agent never answers', async () => {
    const never = new PassThrough();
    await serving(() => new Promise(() => never));
    expect(await failure(hub.streams.open('pi-1', request))).to.match(/^Timeout: node "pi-1" did not answer/);
  });
});
