// Which half of an object a write is about: the object itself, or its status.

import type { Strategy } from '../../../shared/api/index.ts';
import {
  type FieldError,
  formatTime,
  type KubeObject,
  type Live,
  mutableCopy,
} from '../../../shared/machinery/index.ts';
import type { Kind } from '../kind.ts';

export interface View {
  /** The object to store, from what was sent (which it may take over) and what is there. */
  compose(sent: KubeObject, old: Live, kind: Kind): KubeObject;
  /** As what admission sees the write, where that is not the object itself. */
  readonly asked?: {
    /** The next object, and the one that is there. */
    of(next: KubeObject, old: Live): { next: KubeObject; old: Live };
    /** Takes over what admission has changed. */
    take(changed: KubeObject, next: KubeObject): void;
  };
  /** `now`: milliseconds since the epoch. */
  prepare(strategy: Strategy, next: KubeObject, old: Live, now: number): void;
  validate(strategy: Strategy, next: KubeObject, old: Live): FieldError[];
  /** Whether a change through this view is one that `metadata.generation` counts. */
  readonly countsGeneration: boolean;
  /** Whether what was sent may need addresses. */
  readonly allocates?: boolean;
  /** Whether the client has to be warned of what it wrote. */
  readonly warns?: boolean;
  /** False: the server itself writes, and manages no fields. Default true. */
  readonly tracked?: boolean;
}

export interface HasStatus extends KubeObject {
  status?: unknown;
}

export const mainView: View = {
  compose: (sent: HasStatus, old: Live & HasStatus, { row }) => {
    if (!row.subresources.includes('status')) return sent;
    delete sent.status;
    if (old.status !== undefined) sent.status = mutableCopy(old.status);
    return sent;
  },
  prepare: (strategy, next, old) => strategy.prepareForUpdate?.(next, old),
  validate: (strategy, next, old) => {
    const ofObject = strategy.validate?.(next) ?? [];
    const ofChange = strategy.validateUpdate?.(next, old) ?? [];
    return strategy.changeFirst ? [...ofChange, ...ofObject] : [...ofObject, ...ofChange];
  },
  countsGeneration: true,
  allocates: true,
  warns: true,
};

export const statusView: View = {
  compose: (sent: HasStatus, old) => {
    const next: HasStatus = mutableCopy<KubeObject>(old);
    if (sent.metadata) next.metadata = sent.metadata;
    delete next.status;
    if (sent.status !== undefined) next.status = sent.status;
    return next;
  },
  prepare: (strategy, next, old, now) => {
    if (strategy.statusKeepsMeta) keepMeta(next, old);
    strategy.prepareForStatusUpdate?.(next, old, formatTime(now));
  },
  validate: (strategy, next, old) => strategy.validateStatusUpdate?.(next, old) ?? [],
  countsGeneration: false,
};

/** All but who manages which field, which the write itself has just noted. */
function keepMeta(next: KubeObject, old: Live): void {
  const { managedFields, resourceVersion } = next.metadata ?? {};
  next.metadata = {
    ...mutableCopy(old.metadata),
    ...(managedFields && { managedFields }),
    ...(resourceVersion && { resourceVersion }),
  };
}
