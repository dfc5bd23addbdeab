// A registry on loopback (Debian's docker-registry) behind a tap that can be slow, silent or shut.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { until } from './until.ts';

export const registryUser = { username: 'kelp', password: 'sesame' };
/** bcrypt of the password. */
const passwordHash = '$2b$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O';

export class TestRegistry {
  /** What images are named with. */
  readonly host: string;
  /** Bytes a second that the tap lets through. */
  private pace = Number.POSITIVE_INFINITY;
  /** Bytes that it has let through. */
  private through = 0;
  private readonly cutsAt: number[] = [];
  private cuts = 0;
  private readonly process: ChildProcess;
  private readonly tap: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(process: ChildProcess, tap: Server, port: number) {
    this.process = process;
    this.tap = tap;
    this.host = `127.0.0.1:${port}`;
  }

  static async start(folder: string, { auth = false } = {}): Promise<TestRegistry> {
    mkdirSync(folder, { recursive: true });
    const inner = await freePort();
    const lines = [
      'version: 0.1',
      `storage: { filesystem: { rootdirectory: ${join(folder, 'data')} } }`,
      `http: { addr: '127.0.0.1:${inner}' }`,
      'log: { level: error, accesslog: { disabled: true } }',
    ];
    if (auth) {
      writeFileSync(join(folder, 'htpasswd'), `${registryUser.username}:${passwordHash}\n`);
      lines.push(`auth: { htpasswd: { realm: kelp, path: ${join(folder, 'htpasswd')} } }`);
    }
    writeFileSync(join(folder, 'config.yml'), `${lines.join('\n')}\n`);
    const process = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    await until('the registry', () => reachable(inner));
    const tap = createServer({ allowHalfOpen: true }, (socket) => registry.join(socket, inner));
    const port = await listening(tap);
    const registry = new TestRegistry(process, tap, port);
    return registry;
  }

  /** From now on; connections that are open are cut. */
  setPace(bytesPerSecond: number): void {
    this.pace = bytesPerSecond;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Bytes of an image's layers and configuration. */
  async sizeOf(repository: string, tag: string): Promise<number> {
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const url = `http://${this.host}/v2/${repository}/manifests/${tag}`;
    const text = await (await fetch(url, { headers: { accept } })).text();
    const manifest: { config: { size: number }; layers: { size: number }[] } = JSON.parse(text);
    return manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size);
  }

  /** From now on cuts all connections after so many bytes, then again after so many more. */
  cutAfter(...bytes: number[]): void {
    this.through = 0;
    this.cuts = 0;
    this.cutsAt.length = 0;
    for (const more of bytes) this.cutsAt.push((this.cutsAt.at(-1) ?? 0) + more);
  }

  /** Since the last `cutAfter`. */
  get served(): { bytes: number; cuts: number } {
    return { bytes: this.through, cuts: this.cuts };
  }

  /** Somebody is connected. */
  get isAsked(): boolean {
    return this.sockets.size > 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.tap.close(resolve));
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  private join(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    }
    client.pipe(server);
    client.on('close', () => server.destroy());
    // What it said last is still to be sent on.
    server.on('end', () => client.end());
    server.on('close', () => (server.readableEnded ? client.end() : client.destroy()));
    server.on('data', (chunk: Buffer) => {
      this.through += chunk.length;
      if (this.through >= (this.cutsAt[0] ?? Number.POSITIVE_INFINITY)) {
        this.cutsAt.shift();
        this.cuts++;
        for (const socket of this.sockets) socket.destroy();
        return;
      }
      client.write(chunk);
      if (!Number.isFinite(this.pace)) return;
      server.pause();
      setTimeout(
        () => server.resume(),
        this.pace === 0 ? 2 ** 30 : (1000 * chunk.length) / this.pace,
      ).unref();
    });
  }
}

/** Nobody listens there. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
