// A connection to an MQTT broker, as the rest of Kelp sees it. Two implementations: over MQTT.js, and inside the hub.

export interface PublishOptions {
  /** Default 0. */
  qos?: 0 | 1;
  retain?: boolean;
}

export interface Subscription {
  stop(): Promise<void>;
}

/** What a message says beside its topic and payload. */
export interface MessageInfo {
  /** True: an answer from what the broker keeps, sent because of the subscription. False: it happens now. */
  retained: boolean;
}

export type OnMessage = (topic: string, payload: Buffer, info: MessageInfo) => void;

export interface Bus {
  /** Resolves when the message is handed over: QoS 0: written; QoS 1: acknowledged. Rejects when not connected. */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /** Resolves when the broker has granted the filter; rejects when it refuses. Not renewed by itself after a reconnect. */
  subscribe(filter: string, onMessage: OnMessage): Promise<Subscription>;
}
