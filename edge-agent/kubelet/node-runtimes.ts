// The runtimes of this node as one: which of them runs a pod, and what all of them hold.

import { type Pod, runtimeHandlerAnnotation } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Runtime, RuntimeContainer } from '../runtime/index.ts';

/** The first one runs pods without a runtimeClassName. */
export type Runtimes = readonly [Runtime, ...Runtime[]];

export class NodeRuntimes {
  private readonly runtimes: Runtimes;

  constructor(runtimes: Runtimes) {
    this.runtimes = runtimes;
  }

  get first(): Runtime {
    return this.runtimes[0];
  }

  /** `changed`: of which pod a container has ended, or what it runs in is lost. */
  async start(changed: (podUid: string) => void): Promise<void> {
    for (const runtime of this.runtimes) await runtime.start();
    for (const runtime of this.runtimes) {
      runtime.onExit(({ podUid }) => changed(podUid));
      runtime.onPodLost?.(changed);
    }
  }

  async stop(): Promise<void> {
    for (const runtime of this.runtimes) await runtime.stop();
  }

  /** Undefined: this node has none of the class that the pod asks for; `refusal` says so. */
  of(pod: Live<Pod>): Runtime | undefined {
    const wanted = handlerOf(pod);
    return wanted === undefined ? this.first : this.runtimes.find(({ name }) => name === wanted);
  }

  refusal(pod: Live<Pod>): string {
    const known = this.runtimes.map(({ name }) => name).join(', ');
    return `no runtime for runtimeClassName "${handlerOf(pod) ?? ''}": this node has ${known}`;
  }

  async list(): Promise<{ container: RuntimeContainer; runtime: Runtime }[]> {
    const lists = this.runtimes.map(async (runtime) =>
      (await runtime.list()).map((container) => ({ container, runtime })),
    );
    return (await Promise.all(lists)).flat();
  }

  async containers(): Promise<RuntimeContainer[]> {
    return (await this.list()).map(({ container }) => container);
  }
}

/** What a pod's class asks to be run by; undefined: it names none. */
function handlerOf({ spec, metadata }: Live<Pod>): string | undefined {
  const name = spec?.runtimeClassName;
  return name ? (metadata.annotations?.[runtimeHandlerAnnotation] ?? name) : undefined;
}
