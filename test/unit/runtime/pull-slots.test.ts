// So many pulls at once, the others in their order.

import { expect } from 'chai';
import { PullSlots } from '../../../edge-agent/runtime/pull-slots.ts';
import { type Deferred, deferred } from '../../../shared/base/index.ts';

describe('pulls at once', () => {
  it('are no more than allowed; one that fails makes room as well', async () => {
    const slots = new PullSlots(2);
    const begun: string[] = [];
    const pull = (name: string): { end: Deferred<void>; over: Promise<void> } => {
      const end = deferred();
      const over = slots.run(() => {
        begun.push(name);
        return end.promise;
      });
      return { end, over };
    };
    const [a, b, c, d] = [pull('a'), pull('b'), pull('c'), pull('d')];
    await Promise.resolve();
    expect(begun).to.deep.equal(['a', 'b']);
    b.end.reject(new Error('the link broke'));
    expect(await b.over.catch((error: Error) => error.message)).to.equal('the link broke');
    expect(begun).to.deep.equal(['a', 'b', 'c']);
    a.end.resolve();
    await a.over;
    expect(begun).to.deep.equal(['a', 'b', 'c', 'd']);
    for (const one of [c, d]) {
      one.end.resolve();
      await one.over;
    }
  });
});
