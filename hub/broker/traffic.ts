// What has gone through the broker since its start: plain numbers, read by whoever wants to show them.

export class Traffic {
  /** Connections that were let in, and those that were not. */
  accepted = 0;
  refused = 0;
  /** Messages of clients, and the bytes of their payloads. */
  received = 0;
  receivedBytes = 0;
  /** Messages handed to clients, one for each that gets it, and the bytes of their topics and payloads. */
  sent = 0;
  sentBytes = 0;
}
