// `kelp wait`: one object after the other, each until it is as `--for` says, and no longer than `--timeout`.

import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../shared/base/index.ts';
import { ApiError, isRecord, type JsonObject, parseDuration } from '../../../shared/machinery/index.ts';
import { pathOf, qualifiedResource, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import {
  itemsOfList,
  type Target,
  type TargetFlags,
  type Targets,
  targetsOf,
} from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { watchEvents } from '../watch-events.ts';
import { reportTo } from '../writes/report.ts';
import { type Condition, type IsMet, parseCondition } from './parse-condition.ts';

export interface WaitFlags extends AccessFlags, TargetFlags {
  for: string;
  timeout: string;
  output: string;
  showManagedFields?: boolean;
}

const weekMs = 7 * 24 * 3_600_000;
const pollMs = 1000;

export async function waitFor(what: readonly string[], flags: WaitFlags, session: Session): Promise<void> {
  const condition = parseCondition(flags.for);
  const timeout = timeoutOf(flags.timeout);
  const report = reportTo(session, { ...flags, dryRun: 'none' });
  const ending = new AbortController();
  const timer = timeout > 0 ? setTimeout(() => ending.abort(), timeout) : undefined;
  const waiter = new Waiter({ session, once: timeout === 0, ending: ending.signal });
  try {
    const { targets, failures } = await waiter.targets(what, flags, condition);
    const all = [...failures];
    for (const target of targets) {
      try {
        const object = await waiter.wait(target, condition);
        if (object) report.done('condition met', target.type, object);
      } catch (error) {
        all.push(error);
      }
    }
    if (targets.length === 0 && all.length === 0 && condition.until !== 'gone')
      throw new UserError('no matching resources found');
    Failures.throwIfAny(all);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds. */
function timeoutOf(text: string): number {
  const limit = /^[-+]?\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  return limit < 0 ? weekMs : Math.min(limit, weekMs);
}

interface WaiterOptions {
  session: Session;
  /** Looks and does not wait. */
  once: boolean;
  ending: AbortSignal;
}

class Waiter {
  private readonly session: Session;
  private readonly once: boolean;
  private readonly ending: AbortSignal;
  private readonly signal: AbortSignal;

  constructor({ session, once, ending }: WaiterOptions) {
    this.session = session;
    this.once = once;
    this.ending = ending;
    this.signal = AbortSignal.any([ending, session.terminal.interrupted]);
  }

  /** With `create`: what is there, as soon as there is something. */
  async targets(what: readonly string[], flags: WaitFlags, condition: Condition): Promise<Targets> {
    for (;;) {
      const found = await targetsOf(what, flags, this.session);
      if (condition.until !== 'created' || this.once || found.targets.length > 0) return found;
      await this.pause();
    }
  }

  /** The object as it is then; undefined: it was gone before. Throws UserError when the time is over. */
  async wait(target: Target, condition: Condition): Promise<JsonObject | undefined> {
    switch (condition.until) {
      case 'created':
        return this.created(target);
      case 'gone':
        return this.gone(target);
      case 'met':
        return this.met(target, condition.isMet);
    }
  }

  private async created(target: Target): Promise<JsonObject> {
    for (;;) {
      const object = await this.read(target);
      if (object) return object;
      if (this.once) throw notFound(target);
      await this.pause();
    }
  }

  private async gone(target: Target): Promise<JsonObject | undefined> {
    const object = await this.read(target);
    if (!object) return target.object;
    if (this.once) throw notMet(target);
    const uid = textAt(object, 'metadata', 'uid');
    const isGone = (found: JsonObject | undefined) => textAt(found, 'metadata', 'uid') !== uid;
    await this.follow(target, isGone);
    return object;
  }

  private async met(target: Target, isMet: IsMet): Promise<JsonObject> {
    const object = await this.read(target);
    if (!object) throw notFound(target);
    if (isMet(object)) return object;
    if (this.once) throw notMet(target);
    const found = await this.follow(target, (now) => now !== undefined && isMet(now));
    return found ?? object;
  }

  /** Looks at the object at every change; undefined: it is gone. */
  private async follow(
    target: Target,
    isDone: (object: JsonObject | undefined) => boolean,
  ): Promise<JsonObject | undefined> {
    try {
      for (;;) {
        for await (const object of this.states(target)) if (isDone(object)) return object;
        await sleep(pollMs, undefined, { signal: this.signal });
      }
    } catch (error) {
      throw this.ending.aborted ? new UserError(timedOut(target)) : error;
    }
  }

  /** What is there, then every change, until the server ends the watch. */
  private async *states({ type, namespace, name }: Target): AsyncGenerator<JsonObject | undefined> {
    const { session, signal } = this;
    const fieldSelector = `metadata.name=${name}`;
    const base = pathOf(type, { namespace });
    const list = await session.call(withQuery(base, { fieldSelector }), { signal });
    yield itemsOfList(list, type)[0];
    const resourceVersion = textAt(list, 'metadata', 'resourceVersion');
    const path = withQuery(base, { watch: true, fieldSelector, resourceVersion });
    try {
      for await (const event of watchEvents(session, path, { signal })) {
        if (event.type === 'DELETED') yield undefined;
        else if (isRecord(event.object)) yield event.object;
      }
    } catch (error) {
      if (!ApiError.is(error, 'Gone') && !ApiError.is(error, 'Expired')) throw error;
    }
  }

  private async read(target: Target): Promise<JsonObject | undefined> {
    try {
      const found = await this.session.call(pathOf(target.type, target), { signal: this.signal });
      return isRecord(found) ? found : undefined;
    } catch (error) {
      if (this.ending.aborted) throw new UserError(timedOut(target));
      if (ApiError.is(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  private async pause(): Promise<void> {
    try {
      await sleep(pollMs, undefined, { signal: this.signal });
    } catch (error) {
      throw this.ending.aborted ? new UserError('timed out waiting for the condition') : error;
    }
  }
}

function notFound({ type, name }: Target): ApiError {
  return new ApiError('NotFound', `${qualifiedResource(type)} "${name}" not found`);
}

function timedOut({ type, name }: Target): string {
  return `timed out waiting for the condition on ${type.resource}/${name}`;
}

function notMet({ type, name }: Target): UserError {
  return new UserError(`condition not met for ${type.resource}/${name}`);
}
