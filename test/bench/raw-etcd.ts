// Puts to etcd over gRPC with as little of a client as there can be: HTTP/2 frames of our own bytes, no library of gRPC.

import { type ClientHttp2Session, connect } from 'node:http2';

const headers = {
  ':method': 'POST',
  ':path': '/etcdserverpb.KV/Put',
  'content-type': 'application/grpc',
  te: 'trailers',
};

export class RawEtcd {
  private readonly session: ClientHttp2Session;

  constructor(endpoint: string) {
    this.session = connect(`http://${endpoint}`);
  }

  /** Resolves when etcd has answered that it is done. */
  put(key: string, value: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request(headers);
      stream.on('error', reject);
      stream.on('trailers', (trailers) => {
        if (trailers['grpc-status'] === '0') resolve();
        else reject(new Error(`etcd answered ${trailers['grpc-status']}: ${trailers['grpc-message']}`));
      });
      stream.resume();
      stream.end(putRequest(key, value));
    });
  }

  close(): void {
    this.session.close();
  }
}

/** A gRPC message: one byte of flags, the length, then PutRequest { 1: key, 2: value }. */
function putRequest(key: string, value: string): Buffer {
  const message = Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Of protobuf's wire type 2: bytes behind their length. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
