// `kelp get --watch` over a connection that breaks: nothing is shown twice, nothing is missed.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kelpProgram, RunningProgram, TestCluster } from '../../support/cluster.ts';

describe('kelp get --watch', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const folder = mkdtempSync(join(tmpdir(), 'kelp-watch-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(Number(new URL(cluster.server).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });

  before(async () => {
    await cluster.startHub();
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const address = relay.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8'));
    config.clusters[0].cluster.server = `https://127.0.0.1:${port}`;
    writeFileSync(kubeconfig, JSON.stringify(config));
  });

  after(async () => {
    cut();
    relay.close();
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  async function make(name: string): Promise<void> {
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { of: 'watch' } } };
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(manifest));
    const { code, stderr } = await cluster.kelp('create', '-f', file);
    expect(code, stderr).to.equal(0);
  }

  const watching = (...args: string[]) =>
    new RunningProgram(kelpProgram, ['get', 'cm', '-l', 'of=watch', '--no-headers', '-w', ...args], {
      env: { KUBECONFIG: kubeconfig },
    });

  for (const args of [[], ['-o', 'name']]) {
    it(`goes on behind the last change that was seen ${args.join(' ')}`, async () => {
      const round = args.length > 0 ? 'objects' : 'table';
      await make(`${round}-1`);
      const watch = watching(...args);
      try {
        await watch.line(new RegExp(`${round}-1`));
        await make(`${round}-2`);
        await watch.line(new RegExp(`${round}-2`));
        cut();
        await make(`${round}-3`);
        await watch.line(new RegExp(`${round}-3`));
        const shown = watch.lines.filter((line) => line.includes(round));
        expect(shown.map((line) => /\w+-\d/.exec(line)?.[0])).to.deep.equal(
          [1, 2, 3].map((number) => `${round}-${number}`),
        );
      } finally {
        await watch.stop();
      }
    });
  }

  it('fails when the server does not come back', async () => {
    const watch = watching();
    try {
      await watch.line(/table-1/);
      relay.close();
      cut();
      expect(await watch.ending).to.equal(1);
      expect(watch.errorLines.join('\n')).to.match(
        /^error: (the connection|unable to connect) to the server 127\.0\.0\.1/,
      );
    } finally {
      await watch.stop();
    }
  });
});
