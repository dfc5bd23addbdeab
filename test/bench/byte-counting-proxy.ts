// A TCP proxy on loopback that counts what goes through it, in both directions.

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

export class ByteCountingProxy {
  bytes = 0;
  private readonly targetPort: number;
  private server: Server | undefined;

  constructor(targetPort: number) {
    this.targetPort = targetPort;
  }

  get port(): number {
    const address = this.server?.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async start(): Promise<void> {
    const server = createServer((incoming) => {
      const outgoing = connect(this.targetPort, '127.0.0.1');
      for (const [from, to] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        from.on('data', (chunk: Buffer) => {
          this.bytes += chunk.length;
          to.write(chunk);
        });
        from.on('close', () => to.destroy());
        from.on('error', () => to.destroy());
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
  }

  stop(): void {
    this.server?.close();
  }
}
