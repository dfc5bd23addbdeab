// One informer a resource, shared by everyone in the process who reads it.

import type { Resource, ResourceNames } from '../api/index.ts';
import type { Logger } from '../base/index.ts';
import type { KubeObject } from '../machinery/index.ts';
import type { Client } from './client.ts';
import { Informer } from './informer.ts';

export interface InformerFactoryOptions {
  client: Client;
  log: Logger;
}

export class InformerFactory {
  private readonly options: InformerFactoryOptions;
  private readonly informers = new Map<string, Informer>();
  private running = false;

  constructor(options: InformerFactoryOptions) {
    this.options = options;
  }

  /** The shared informer of a resource over all namespaces; started at once where the factory runs already. */
  of<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const name = nameOf(resource);
    const known = this.informers.get(name);
    // One name is one resource, hence one type: the map cannot say so.
    if (known) return known as unknown as Informer<T>;
    const informer = new Informer<T>({ ...this.options, scope: { resource } });
    this.informers.set(name, informer as unknown as Informer);
    if (this.running) informer.start();
    return informer;
  }

  /** True where somebody already reads this resource. */
  has(resource: ResourceNames): boolean {
    return this.informers.has(nameOf(resource));
  }

  start(): void {
    this.running = true;
    for (const informer of this.informers.values()) informer.start();
  }

  stop(): void {
    this.running = false;
    for (const informer of this.informers.values()) informer.stop();
  }

  /** Resolves when every informer asked for so far has its first list. */
  async synced(): Promise<void> {
    await Promise.all([...this.informers.values()].map((informer) => informer.synced));
  }

  /** Stops and forgets the informer of a resource that is gone (a custom resource that was deleted). */
  forget(resource: ResourceNames): void {
    const name = nameOf(resource);
    this.informers.get(name)?.stop();
    this.informers.delete(name);
  }
}

function nameOf({ group, resource }: ResourceNames): string {
  return group ? `${resource}.${group}` : resource;
}
