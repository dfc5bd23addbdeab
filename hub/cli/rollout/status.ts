// `kelp rollout status`: says each step of a rollout once, until it is done.

import { parseRevision, revisionAnnotation } from '../../../shared/api/index.ts';
import { UserError } from '../../../shared/base/index.ts';
import { parseDuration } from '../../../shared/machinery/index.ts';
import { pathOf, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { type Target, type TargetFlags, targetsOf } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { watchEvents } from '../watch-events.ts';
import { planStatus, type RolloutState } from './plan-status.ts';

export interface StatusFlags extends AccessFlags, TargetFlags {
  watch: boolean;
  revision: bigint;
  timeout: string;
}

export async function rolloutStatus(
  what: readonly string[],
  flags: StatusFlags,
  session: Session,
): Promise<void> {
  if (what.length === 0 && !flags.filename) throw new UserError('required resource not specified');
  if (flags.revision < 0n) throw new UserError(`revision must be a positive integer: ${flags.revision}`);
  const { targets, failures } = await targetsOf(what, flags, session, { typeAlone: true });
  for (const target of targets) await follow(target, flags, session);
  Failures.throwIfAny(failures);
}

async function follow(target: Target, flags: StatusFlags, session: Session): Promise<void> {
  const limit = parseDuration(flags.timeout);
  const ending = new AbortController();
  const timer = limit > 0 ? setTimeout(() => ending.abort('time is up'), limit) : undefined;
  const signal = AbortSignal.any([ending.signal, session.terminal.interrupted]);
  try {
    let state = await look(target, flags, session, signal);
    while (flags.watch && !state.done) state = await watchOn(target, flags, session, signal);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    throw new UserError('timed out waiting for the condition');
  } finally {
    clearTimeout(timer);
  }
}

async function look(
  target: Target,
  flags: StatusFlags,
  session: Session,
  signal: AbortSignal,
): Promise<RolloutState> {
  const object = await session.call(pathOf(target.type, target), { signal });
  return say(object, target, flags, session);
}

/** Until the rollout is done, or the server ends the watch. */
async function watchOn(
  { type, namespace, name, ...target }: Target,
  flags: StatusFlags,
  session: Session,
  signal: AbortSignal,
): Promise<RolloutState> {
  const fieldSelector = `metadata.name=${name}`;
  const list = await session.call(withQuery(pathOf(type, { namespace }), { fieldSelector }), { signal });
  const resourceVersion = textAt(list, 'metadata', 'resourceVersion');
  const path = withQuery(pathOf(type, { namespace }), { watch: true, fieldSelector, resourceVersion });
  const now = await session.call(pathOf(type, { namespace, name }), { signal });
  const state = planStatus(type.group, now);
  if (state.done) return say(now, { type, namespace, name, ...target }, flags, session);
  for await (const event of watchEvents(session, path, { signal })) {
    if (event.type === 'DELETED') throw new UserError('object has been deleted');
    const next = say(event.object, { type, namespace, name, ...target }, flags, session);
    if (next.done) return next;
  }
  return state;
}

function say(object: unknown, { type }: Target, { revision }: StatusFlags, session: Session): RolloutState {
  const current = parseRevision(textAt(object, 'metadata', 'annotations', revisionAnnotation));
  if (revision > 0n && current !== revision)
    throw new UserError(`desired revision (${revision}) is different from the running revision (${current})`);
  const state = planStatus(type.group, object);
  session.write(state.text);
  return state;
}
