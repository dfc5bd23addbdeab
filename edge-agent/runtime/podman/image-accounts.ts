// Whom images at podman know: their /etc/passwd and /etc/group, read once from a container that never starts. podman merges
// the groups of a user only where the pod does not say runAsGroup, and then always.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { AccountFiles } from '../image-user.ts';
import { idOf } from './answers.ts';
import { passingLabels } from './labels.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';

const mostImages = 32;
/** Of one file. */
const mostBytes = 1024 * 1024;

export class ImageAccounts {
  private readonly api: PodmanApi;
  private readonly agent: string;
  /** By the image's id, which stands for what is in it; the one used last is the last. */
  private readonly known = new Map<string, Promise<AccountFiles>>();

  constructor(api: PodmanApi, agent: string) {
    this.api = api;
    this.agent = agent;
  }

  of(image: string): Promise<AccountFiles> {
    const files = this.known.get(image) ?? this.read(image);
    this.known.delete(image);
    this.known.set(image, files);
    files.catch(() => this.known.delete(image)); // who asked hears of it
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size > mostImages) this.known.delete(oldest);
    return files;
  }

  private async read(image: string): Promise<AccountFiles> {
    const name = `kelp_accounts_${randomBytes(8).toString('hex')}`;
    const body = { name, image, labels: passingLabels(this.agent), entrypoint: ['-'] };
    const id = idOf(await this.api.call({ method: 'POST', path: '/libpod/containers/create', body }));
    try {
      const [passwd, group] = await Promise.all([this.file(id, '/etc/passwd'), this.file(id, '/etc/group')]);
      return { passwd, group };
    } finally {
      await this.api.call({ method: 'DELETE', path: `/libpod/containers/${id}`, query: { force: true } });
    }
  }

  private async file(id: string, path: string): Promise<string> {
    try {
      const request = { path: `/libpod/containers/${id}/archive`, query: { path } };
      return await this.api.stream({ method: 'GET', ...request }, fileIn);
    } catch (error) {
      if (error instanceof PodmanError && error.status === 404) return '';
      throw error;
    }
  }
}

/** Of an archive with one file in it. */
async function fileIn(archive: IncomingMessage): Promise<string> {
  const entries = extract();
  const fed = pipeline(archive, entries);
  fed.catch(() => {}); // the loop throws it
  let said = '';
  for await (const entry of entries) {
    const { name, size = 0 } = entry.header;
    if (size > mostBytes) throw new Error(`${name} of the image: larger than ${mostBytes} bytes`);
    said += await text(entry);
  }
  await fed;
  return said;
}
