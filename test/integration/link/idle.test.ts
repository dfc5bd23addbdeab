// What an idle link costs on the wire, TLS included: counted by a proxy between agent and hub.

import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MqttHub } from '../../support/mqtt-hub.ts';
import { until } from '../../support/until.ts';

/** Of the whole: payloads, MQTT and TLS, in both directions. */
const bytesAMinute = 1_024;

describe('an idle link', function () {
  this.timeout(60_000);

  it(`costs at most ${bytesAMinute} bytes a minute`, async () => {
    const hub = await MqttHub.start();
    const directory = await mkdtemp(join(tmpdir(), 'kelp-idle-'));
    const counted = { bytes: 0, chunks: 0 };
    const proxy = createServer((near) => {
      const far = connect(hub.broker.port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (chunk) => {
          counted.bytes += chunk.length;
          counted.chunks += 1;
          to.write(chunk);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      await hub.node('pi-1');
      // Ten times as fast as by default: six seconds stand for a minute.
      const link = await hub.link('pi-1', directory, {
        hub: { host: 'localhost', port },
        leaseSeconds: 1,
        keepalive: 2,
      });
      await until('the link to be ready', () => link.state.is === 'ready');
      await until('quiet', async () => {
        const { chunks } = counted;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return chunks === counted.chunks;
      });
      const before = counted.bytes;
      await new Promise((resolve) => setTimeout(resolve, 6_000)); // the minute that is measured
      const spent = counted.bytes - before;
      expect(spent, 'the minute that was measured was no idle one').to.be.greaterThan(6 * 40);
      expect(spent).to.be.lessThan(bytesAMinute);
      if (process.env.KELP_TEST_LOG) console.error({ spent, chunks: counted.chunks });
    } finally {
      await hub.stop();
      proxy.close();
      await rm(directory, { recursive: true });
    }
  });
});
