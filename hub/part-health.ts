// How the parts of the hub are doing, as `componentstatuses` shows them: a part is well from its start to its stop.

import type { Part } from '../shared/base/index.ts';
import type { HealthCheck } from './apiserver/index.ts';

export class PartHealth {
  private readonly components: readonly string[];
  /** What is wrong with those that are not well. */
  private readonly wrong = new Map<string, string>();
  private readonly asked = new Map<string, () => string | undefined>();

  /** The names are those of Kubernetes' components; each is unwell until its part has started. */
  constructor(...components: string[]) {
    this.components = components;
    for (const component of components) this.wrong.set(component, 'has not started');
  }

  /** Passes the part on, and watches it start and stop. */
  watched(component: string, part: Part): Part {
    return {
      name: part.name,
      start: async () => {
        await part.start?.();
        this.wrong.delete(component);
      },
      stop: async () => {
        this.wrong.set(component, 'has stopped');
        await part.stop?.();
      },
    };
  }

  /** They are well where they are: at another hub. */
  rests(...components: readonly string[]): void {
    for (const component of components) this.wrong.delete(component);
  }

  /** For what may fail while it runs: answers what is wrong. */
  asks(component: string, check: () => string | undefined): void {
    this.asked.set(component, check);
  }

  /** In the order in which they were named. */
  checks(): HealthCheck[] {
    return this.components.map((name) => ({
      name,
      check: () => this.wrong.get(name) ?? this.asked.get(name)?.(),
    }));
  }
}
