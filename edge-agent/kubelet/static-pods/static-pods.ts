// Static pods as a whole: the folder that they come from, the mirrors that show them, and the desired state in which they
// stand beside the pods of the hub.

import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { DesiredState, Reporter } from '../../link/index.ts';
import { ManifestFolder } from './manifest-folder.ts';
import { MirrorPods } from './mirror-pods.ts';
import { WantedPods } from './wanted-pods.ts';

interface Options {
  /** The folder of manifests; it is made where it is missing. */
  path: string;
  desired: DesiredState;
  reporter: Reporter;
  nodeName: string;
  clock: Clock;
  log: Logger;
  /** A file cannot be used; said once for each content. */
  refused(file: string, why: string): void;
}

export class StaticPods {
  readonly wanted: WantedPods;
  /** Says of the mirrors what is said of static pods. */
  readonly reporter: MirrorPods;
  private readonly folder: ManifestFolder;

  constructor({ desired, reporter, ...options }: Options) {
    this.folder = new ManifestFolder({ ...options, changed: () => this.changed() });
    const statics = () => this.folder.pods();
    this.reporter = new MirrorPods({ desired, reporter, statics, clock: options.clock });
    this.wanted = new WantedPods({
      desired,
      statics,
      statusOf: (pod) => this.reporter.statusOf(pod),
      mirrorChanged: (mirror) => this.reporter.arrived(mirror),
    });
  }

  async start(): Promise<void> {
    await this.folder.start();
    this.wanted.start();
    this.reporter.start();
  }

  async stop(): Promise<void> {
    this.reporter.stop();
    await this.folder.stop();
  }

  private changed(): void {
    this.wanted.staticsChanged();
    this.reporter.reconcile();
  }
}
