// Streams over every WebSocket protocol that kube-apiserver speaks: in bytes or base64, with or without a Status in the
// end, and by clients that name no protocol at all. Logs go over WebSockets too.

import { expect } from 'chai';
import { WebSocket } from 'ws';
import { skipWithout } from '../../support/cluster.ts';
import { until } from '../../support/until.ts';
import { StreamWorld, systemKubectl } from './stream-world.ts';

/** Channels of exec. */
const [stdout, stderr, status] = [1, 2, 3];

type Said = Record<number, string>;

const inBytes = (messages: Buffer[]) => channelsOf(messages, (bytes) => [bytes[0] ?? -1, bytes.subarray(1)]);
const inBase64 = (messages: Buffer[]) =>
  channelsOf(messages, (text) => [Number(`${text}`[0]), Buffer.from(`${text}`.slice(1), 'base64')]);

describe('streams over WebSockets', function () {
  this.timeout(60_000);
  let world: StreamWorld;
  before(async function () {
    if (!systemKubectl) skipWithout(this, 'kubectl', 'kubernetes-client');
    world = await StreamWorld.start();
    await world.pod('web', 'echo container is alive; sleep 1000');
  });
  after(() => world?.close());

  /** All messages until the server closes, and the protocol it chose. */
  const hear = (path: string, protocol: string, ...first: (Buffer | string)[]) =>
    new Promise<{ chosen: string; messages: Buffer[] }>((resolve, reject) => {
      const { server, ca, adminToken } = world.cluster;
      const url = `${server.replace('https', 'wss')}/api/v1/namespaces/default/pods/web/${path}`;
      const options = { ca, headers: { authorization: `Bearer ${adminToken}` } };
      const socket = new WebSocket(url, protocol === '' ? [] : [protocol], options);
      const messages: Buffer[] = [];
      socket.on('message', (data: Buffer) => messages.push(data));
      socket.on('open', () => {
        for (const message of first) socket.send(message);
      });
      socket.on('close', () => resolve({ chosen: socket.protocol, messages }));
      socket.on('unexpected-response', (_, { statusCode }) => reject(new Error(`answered ${statusCode}`)));
      socket.on('error', reject);
    });

  const command = (script: string, more = '') =>
    `exec?stdout=1&stderr=1${more}&container=c&command=sh&command=-c&command=${encodeURIComponent(script)}`;

  for (const { protocol, read, endsWith } of [
    { protocol: 'v5.channel.k8s.io', read: inBytes, endsWith: 'Status' },
    { protocol: 'v4.channel.k8s.io', read: inBytes, endsWith: 'Status' },
    { protocol: 'v4.base64.channel.k8s.io', read: inBase64, endsWith: 'Status' },
    { protocol: 'channel.k8s.io', read: inBytes, endsWith: 'words' },
    { protocol: 'base64.channel.k8s.io', read: inBase64, endsWith: 'words' },
    { protocol: '', read: inBytes, endsWith: 'words' },
  ]) {
    it(`run commands by ${protocol || 'no protocol at all'}`, async () => {
      const good = await hear(command('echo out; echo err >&2'), protocol);
      expect(good.chosen).to.equal(protocol);
      const said = read(good.messages);
      expect([said[stdout], said[stderr]]).to.deep.equal(['out\n', 'err\n']);
      const bad = read((await hear(command('exit 3'), protocol)).messages)[status] ?? '';
      if (endsWith === 'Status') {
        expect(JSON.parse(said[status] ?? '').status).to.equal('Success');
        expect(JSON.parse(bad).details.causes[0].message).to.equal('3');
      } else {
        expect(said[status]).to.equal(undefined);
        expect(bad).to.match(/^command terminated with non-zero exit code/);
      }
    });
  }

  it('take what a client says in base64', async () => {
    const word = `0${Buffer.from('a word\n').toString('base64')}`;
    const { messages } = await hear(
      command('read line; echo $line', '&stdin=1'),
      'base64.channel.k8s.io',
      word,
    );
    expect(inBase64(messages)[stdout]).to.equal('a word\n');
  });

  for (const { protocol, read } of [
    { protocol: 'binary.k8s.io', read: (bytes: Buffer) => `${bytes}` },
    { protocol: 'base64.binary.k8s.io', read: (text: Buffer) => `${Buffer.from(`${text}`, 'base64')}` },
    { protocol: '', read: (bytes: Buffer) => `${bytes}` },
  ]) {
    it(`carry logs by ${protocol || 'no protocol at all'}`, async () => {
      const said = await until('the log', async () => {
        const { chosen, messages } = await hear('log?container=c', protocol);
        expect(chosen).to.equal(protocol);
        return messages.map(read).join('') || undefined;
      });
      expect(said).to.equal('container is alive\n');
    });
  }

  it('are refused by a protocol that nobody knows, and for what is no stream', async () => {
    for (const path of [command('true'), 'log?container=c', 'status']) {
      const why = await hear(path, 'unknown.k8s.io').catch((error: Error) => error.message);
      expect(why, path).to.equal('answered 400');
    }
  });
});

function channelsOf(messages: Buffer[], read: (message: Buffer) => [number, Buffer]): Said {
  const said: Said = {};
  for (const [channel, bytes] of messages.map(read)) {
    if (bytes.length > 0) said[channel] = (said[channel] ?? '') + bytes;
  }
  return said;
}
