// The API over MQTT for a program outside the hub: a connection that comes back by itself, and the transport over it.

import type { Clock } from '../base/index.ts';
import { ConnectionDrive, MqttBus, type MqttBusOptions, RpcClient } from '../bus/index.ts';
import { type Connectivity, MqttTransport } from './mqtt-transport.ts';

export interface MqttConnectionOptions extends MqttBusOptions {
  clock: Clock;
  /** Milliseconds; default 1,000 growing to 60,000, of which a random share is waited. */
  backoff?: { base: number; max: number };
  /** An attempt failed, or the connection broke. `retryAfter`: milliseconds until the next attempt. */
  onDisconnected?(reason: unknown, retryAfter: number): void;
}

export class MqttConnection implements Connectivity {
  readonly transport: MqttTransport;
  private readonly bus: MqttBus;
  private readonly rpc: RpcClient;
  private readonly drive: ConnectionDrive;
  private readonly waiting = new Set<() => void>();
  private up = false;

  constructor({ clock, backoff, onDisconnected, ...options }: MqttConnectionOptions) {
    this.bus = new MqttBus(options);
    this.rpc = new RpcClient({ bus: this.bus, client: options.clientId, clock });
    this.transport = new MqttTransport({ bus: this.bus, rpc: this.rpc, connectivity: this, clock });
    this.drive = new ConnectionDrive({
      bus: this.bus,
      clock,
      ...(backoff && { backoff }),
      onConnected: async () => {
        await this.rpc.start();
        this.become(true);
      },
      onDisconnected: (reason, retryAfter) => {
        void this.rpc.stop();
        this.become(false);
        onDisconnected?.(reason, retryAfter);
      },
    });
  }

  /** Begins to connect; `connected` says when it is done. */
  start(): void {
    this.drive.start();
  }

  async stop(): Promise<void> {
    await this.drive.stop();
    await this.rpc.stop();
    this.become(false);
  }

  connected(signal: AbortSignal): Promise<void> {
    return this.whenever(true, signal);
  }

  disconnected(signal: AbortSignal): Promise<void> {
    return this.whenever(false, signal);
  }

  private become(up: boolean): void {
    this.up = up;
    for (const look of [...this.waiting]) look();
  }

  private whenever(up: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(look);
        signal.removeEventListener('abort', look);
      };
      const look = () => {
        if (!signal.aborted && this.up !== up) return;
        leave();
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.waiting.add(look);
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }
}
