// A TCP proxy on loopback that can do to a connection what networks do: hold it up in one direction or both, or cut it.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What is held up: bytes stay where they are, the connection stays open. */
export type Held = 'nothing' | 'requests' | 'answers' | 'everything';

interface Pair {
  client: Socket;
  server: Socket;
}

export class FaultyProxy {
  private readonly target: number;
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private held: Held = 'nothing';

  private constructor(target: number) {
    this.target = target;
    this.server = createServer((client) => this.accept(client));
  }

  /** Before that port of loopback. */
  static async before(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  hold(held: Held): void {
    this.held = held;
    for (const pair of this.pairs) this.apply(pair);
  }

  /** Cuts all connections; what was held is lost. New ones are taken. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.pairs.clear();
  }

  async close(): Promise<void> {
    this.cut();
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private accept(client: Socket): void {
    const pair = { client, server: connect(this.target, '127.0.0.1') };
    this.pairs.add(pair);
    forward(pair.client, pair.server);
    forward(pair.server, pair.client);
    const end = () => {
      this.pairs.delete(pair);
      pair.client.destroy();
      pair.server.destroy();
    };
    for (const socket of [pair.client, pair.server]) socket.on('error', end).on('close', end);
    this.apply(pair);
  }

  private apply({ client, server }: Pair): void {
    flow(client, this.held === 'nothing' || this.held === 'answers');
    flow(server, this.held === 'nothing' || this.held === 'requests');
  }
}

function forward(from: Socket, to: Socket): void {
  from.setNoDelay(true).on('data', (bytes) => to.write(bytes));
}

function flow(socket: Socket, flows: boolean): void {
  if (flows) socket.resume();
  else socket.pause();
}
