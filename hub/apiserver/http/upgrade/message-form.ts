// How the messages of a WebSocket protocol are written: as bytes, or as text for clients that can only read that.

export interface MessageForm {
  /** Text goes out as text. */
  write(message: Uint8Array): Uint8Array | string;
  read(sent: Buffer): Buffer;
}

const bytes: MessageForm = { write: (message) => message, read: (sent) => sent };

const base64: MessageForm = { write: base64Of, read: bytesOf };

const zero = '0'.charCodeAt(0);

/** The channel's number is a digit, what follows it is in base64. */
const base64Channels: MessageForm = {
  write: (message) => `${message[0] ?? 0}${base64Of(message.subarray(1))}`,
  read: (sent) => Buffer.concat([Buffer.of((sent[0] ?? zero) - zero), bytesOf(sent.subarray(1))]),
};

/** As its name says; a client that names no protocol takes bytes. */
export function formOf(protocol: string): MessageForm {
  if (!protocol.includes('base64.')) return bytes;
  return protocol.endsWith('channel.k8s.io') ? base64Channels : base64;
}

function base64Of(message: Uint8Array): string {
  return Buffer.from(message).toString('base64');
}

function bytesOf(sent: Buffer): Buffer {
  return Buffer.from(sent.toString('latin1'), 'base64');
}
