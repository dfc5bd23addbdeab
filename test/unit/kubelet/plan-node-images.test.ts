// Which images a node tells of.

import { expect } from 'chai';
import { nodeImages } from '../../../edge-agent/kubelet/images/plan-node-images.ts';

const image = (id: string, sizeBytes: number, ...names: string[]) => ({ id, sizeBytes, names, createdAt: 0 });

describe('the images of a node', () => {
  it('are told with the largest first, digests before tags', () => {
    const images = [image('a', 1, 'r/a:1', 'r/a@sha256:a'), image('b', 2, 'r/b:1')];
    expect(nodeImages(images)).to.deep.equal([
      { names: ['r/b:1'], sizeBytes: 2 },
      { names: ['r/a@sha256:a', 'r/a:1'], sizeBytes: 1 },
    ]);
  });
  it('are fifty at most, each with five names', () => {
    const names = Array.from({ length: 9 }, (_, n) => `r/a:${n}`);
    const many = Array.from({ length: 60 }, (_, n) =>
      image(`${n}`, n, ...names.map((name) => `${name}-${n}`)),
    );
    const told = nodeImages(many);
    expect(told).to.have.lengthOf(50);
    expect(told.at(-1)?.sizeBytes).to.equal(10);
    expect(told[0]?.names).to.have.lengthOf(5);
  });
  it('are told once where two runtimes hold them', () => {
    const told = nodeImages([image('a', 1, 'r/a:1'), image('b', 2, 'r/a:1')]);
    expect(told).to.deep.equal([{ names: ['r/a:1'], sizeBytes: 2 }]);
  });
});
