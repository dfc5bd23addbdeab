import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { CreditStream } from '../../../shared/bus/index.ts';

describe('a stream over frames', () => {
  /** Two ends whose frames arrive at once. */
  const pair = () => {
    const ends: CreditStream[] = [];
    for (const other of [1, 0]) ends.push(new CreditStream({ send: (frame) => ends[other]?.receive(frame) }));
    const [here = ends[0], there = ends[1]] = ends;
    if (!here || !there) throw new Error('a stream has two ends');
    return { here, there };
  };

  it('is read to its end although the other side has closed it since', async () => {
    const { here, there } = pair();
    here.end();
    there.resume();
    there.end('the last words');
    await once(there, 'close');
    expect(await text(here)).to.equal('the last words');
    expect(here.destroyed).to.equal(true);
  });

  it('takes what is said to a side that has closed, and goes when all is read', async () => {
    const { here, there } = pair();
    there.resume();
    there.end('a word');
    await once(there, 'finish');
    there.destroy();
    await once(there, 'close');
    here.write('to nobody');
    expect(await text(here)).to.equal('a word');
    expect(here.destroyed).to.equal(true);
  });

  it('is over at once where the other side closes it before its end', async () => {
    const { here, there } = pair();
    there.write('half a');
    await once(here, 'readable');
    there.destroy();
    await once(here, 'close');
    expect(here.readableEnded).to.equal(false);
  });
});
