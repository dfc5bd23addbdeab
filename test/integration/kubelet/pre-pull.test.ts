// Images that are there before a pod asks for them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { tarGzOf } from '../../support/tar-archive.ts';
import { until } from '../../support/until.ts';
import { KubeletWorld } from './kubelet-world.ts';

describe('images to be pulled ahead', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kelp-ahead-'));
  const image = pathToFileURL(join(folder, 'app.tar.gz')).href;
  const world = new KubeletWorld({ prePullImages: ['no/SUCH/Name', image] });

  before(async () => {
    const files = [{ name: 'app', content: '#!/bin/sh\nexec sleep 1000\n' }];
    writeFileSync(join(folder, 'app.tar.gz'), await tarGzOf(files));
    await world.start();
  });
  after(async () => {
    await world.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('come when the agent starts, in process pods too, and the node tells of them', async () => {
    await until('the image', () => world.images.some(({ names = [] }) => names.includes(image)));
    const [told] = world.images;
    expect(told?.sizeBytes).to.be.above(0);
  });
});
