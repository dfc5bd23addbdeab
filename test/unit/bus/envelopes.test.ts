// Messages: what is malformed is refused without an exception, whatever it is.

import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeFrame,
  encode,
  encodeFrame,
  type Frame,
  parseAcks,
  parseAgentSync,
  parseDesired,
  parseHubSync,
  parsePresence,
  parseRpcRequest,
  parseRpcResponse,
} from '../../../shared/bus/index.ts';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const live = {
  metadata: { name: 'a', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
};

describe('envelopes', () => {
  it('come back as they were sent', () => {
    const desired = { type: 'set' as const, revision: '7', uid: 'u', epoch: 'e', object: live };
    expect(parseDesired(Buffer.from(encode(desired)))).to.deep.equal(desired);
    const digest = { type: 'digest' as const, boot: 'b', epoch: 'e', revision: '1', hash: 'h' };
    expect(parseAgentSync(Buffer.from(encode(digest)))).to.deep.equal(digest);
    const pause = { type: 'pause' as const, milliseconds: 5 };
    expect(parseHubSync(Buffer.from(encode(pause)))).to.deep.equal(pause);
    const presence = { state: 'ready' as const, boot: 'b', since: 's' };
    expect(parsePresence(Buffer.from(encode(presence)))).to.deep.equal(presence);
  });

  it('are refused when a field is missing or of the wrong type', () => {
    expect(parseDesired(bytes({ type: 'set', revision: '7', uid: 'u', epoch: 'e' }))).to.equal(undefined);
    expect(parseDesired(bytes({ type: 'set', revision: '7', uid: 'u', epoch: 'e', object: {} }))).to.equal(
      undefined,
    );
    expect(parseDesired(bytes({ type: 'other', revision: '7', uid: 'u', epoch: 'e' }))).to.equal(undefined);
    expect(parseAcks(bytes({ epoch: 'e', saved: { u: 7 } }))).to.equal(undefined);
    expect(parsePresence(bytes({ state: 'asleep', boot: 'b' }))).to.equal(undefined);
    expect(parseHubSync(bytes({ type: 'gone', epoch: 'e', uids: [1] }))).to.equal(undefined);
  });

  it('say what is wrong with a request', () => {
    expect(parseRpcRequest(bytes([]))).to.deep.equal({
      id: undefined,
      fault: 'the request is not a JSON object',
    });
    expect(parseRpcRequest(bytes({ id: 'x', method: 'GET', path: 'pods' }))).to.deep.include({ id: 'x' });
    expect(parseRpcRequest(bytes({ id: 'x', method: 'GET', path: '/version' }))).to.deep.equal({
      id: 'x',
      method: 'GET',
      path: '/version',
    });
  });

  it('never throw', () => {
    const parsers = [
      parseDesired,
      parseAcks,
      parsePresence,
      parseAgentSync,
      parseHubSync,
      parseRpcRequest,
      parseRpcResponse,
    ];
    const anything = fc.oneof(
      fc.uint8Array().map((array) => Buffer.from(array)),
      fc.json().map((json) => Buffer.from(json)),
    );
    fc.assert(
      fc.property(anything, (payload) => {
        for (const parse of parsers) parse(payload);
        decodeFrame(payload);
      }),
    );
  });

  it('frames come back as they were sent', () => {
    const frames: Frame[] = [
      { type: 'open', request: { kind: 'log' } },
      { type: 'accept' },
      { type: 'refuse', status: { kind: 'Status' } },
      { type: 'data', bytes: Buffer.from('x') },
      { type: 'credit', bytes: 65_536 },
      { type: 'end' },
      { type: 'close' },
      { type: 'close', status: { kind: 'Status' } },
    ];
    for (const frame of frames) expect(decodeFrame(encodeFrame(frame))).to.deep.equal(frame);
    expect(decodeFrame(Buffer.of(5, 1))).to.equal(undefined);
    expect(decodeFrame(Buffer.of(99))).to.equal(undefined);
    expect(decodeFrame(Buffer.alloc(0))).to.equal(undefined);
  });
});
