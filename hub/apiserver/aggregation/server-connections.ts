// Connections to other API servers that are kept for the next request: greeting each other anew takes longer than most
// requests do. What is not used for a while is closed.

import { createHash } from 'node:crypto';
import { Agent, type ClientRequestArgs } from 'node:http';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { connectTo, type Endpoint } from '../services/index.ts';

export interface ConnectionTimes {
  /** Milliseconds for which one may rest. Default 30,000: less than the servers themselves wait. */
  idle?: number;
  /** Milliseconds for one to come about. Default 10,000. */
  patience?: number;
}

/** Connections to one server that rest. */
const resting = 4;
/** Servers whose connections are kept. */
const mostServers = 64;

type Connected = (error: Error | null, stream: Duplex) => void;

class EndpointAgent extends Agent {
  /** The way to it may change. */
  endpoint: Endpoint;
  private readonly tls: ConnectionOptions;
  private readonly patience: number;

  constructor(
    endpoint: Endpoint,
    tls: ConnectionOptions,
    { idle = 30_000, patience = 10_000 }: ConnectionTimes,
  ) {
    super({ keepAlive: true, maxFreeSockets: resting, timeout: idle });
    this.endpoint = endpoint;
    this.tls = tls;
    this.patience = patience;
  }

  override createConnection(_options: ClientRequestArgs, done?: Connected): undefined {
    // The signal stays with the connection as long as there is one: only one that has not come about may hear of it.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.patience);
    connectTo(this.endpoint, late.signal)
      .finally(() => clearTimeout(timer))
      .then(
        (socket) => done?.(null, connectTls({ ...this.tls, socket })),
        (error: Error) => done?.(error, new Duplex()),
      );
  }

  /** What is in use stays. */
  closeResting(): void {
    for (const sockets of Object.values(this.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }
}

export class ServerConnections {
  /** What was asked for last stands last. */
  private readonly agents = new Map<string, EndpointAgent>();
  private readonly times: ConnectionTimes;

  constructor(times: ConnectionTimes = {}) {
    this.times = times;
  }

  /** Keeps connections of who is reached at that endpoint and is believed by these. */
  agent(endpoint: Endpoint, tls: ConnectionOptions): Agent {
    const key = keyOf(endpoint, tls);
    const known = this.agents.get(key);
    const agent = known ?? new EndpointAgent(endpoint, tls, this.times);
    agent.endpoint = endpoint;
    this.agents.delete(key);
    this.agents.set(key, agent);
    if (!known) this.forgetOldest();
    return agent;
  }

  /** Ends what goes on over them too. */
  stop(): void {
    for (const agent of this.agents.values()) agent.destroy();
    this.agents.clear();
  }

  private forgetOldest(): void {
    for (const [key, agent] of this.agents) {
      if (this.agents.size <= mostServers) return;
      this.agents.delete(key);
      agent.closeResting();
    }
  }
}

function keyOf(
  { host, port, tunnel }: Endpoint,
  { servername, ca, cert, rejectUnauthorized }: ConnectionOptions,
) {
  const believed = createHash('sha256')
    .update(`${ca ?? ''} ${cert ?? ''}`)
    .digest('base64');
  return [host, port, tunnel ? 'tunnel' : '', servername, rejectUnauthorized, believed].join(' ');
}
