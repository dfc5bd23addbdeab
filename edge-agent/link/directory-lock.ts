// One agent for a directory: two would destroy each other's writes. The kernel holds the lock (an abstract socket, named
// after the directory) and lets it go with the process, however that ends. Other network namespaces are not kept out.

import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { UserError } from '../../shared/base/index.ts';

export class DirectoryLock {
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** Throws UserError where another process has the directory. */
  static async take(directory: string): Promise<DirectoryLock> {
    const name = createHash('sha256')
      .update(await realpath(directory))
      .digest('hex')
      .slice(0, 32);
    const server = createServer();
    server.unref();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new UserError(`${directory} is in use by another agent: stop that one first`, { cause }));
      });
      server.listen({ path: `\0kelp-agent-${name}` }, resolve);
    });
    return new DirectoryLock(server);
  }

  release(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
