// `kelp drain`: cordons the nodes, then evicts the pods of one after the other and waits until they are gone.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../../shared/base/index.ts';
import { ApiError, goErrors, parseDuration } from '../../../shared/machinery/index.ts';
import { cordon } from '../cordon/cordon.ts';
import { waitUntilGone } from '../delete/wait-until-gone.ts';
import { pathOf, type ResourceType, withQuery } from '../discovery/index.ts';
import { Failures } from '../failures.ts';
import { textAt } from '../json.ts';
import type { AccessFlags } from '../kubeconfig.ts';
import { currentOf, readList, targetsOf } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { type DryRun, dryRunQuery, dryRunSuffix } from '../writes/dry-run.ts';
import { type DrainRules, planDrain } from './plan-drain.ts';

export interface DrainFlags extends AccessFlags, DrainRules {
  selector: string;
  podSelector: string;
  disableEviction?: boolean;
  gracePeriod: number;
  timeout: string;
  dryRun: DryRun;
}

/** Before an eviction that a budget forbade is asked for again. */
const retryMs = 5000;

export async function drain(nodes: readonly string[], flags: DrainFlags, session: Session): Promise<void> {
  if (nodes.length === 0 && !flags.selector)
    throw new UserError(`USAGE: drain NODE [flags]\nSee 'kelp drain -h' for help and examples`);
  const limit = parseDuration(flags.timeout);
  await cordon(true, nodes, { ...flags, word: 'cordon' }, session);
  const args =
    nodes.length > 0 ? nodes.map((name) => (name.includes('/') ? name : `nodes/${name}`)) : ['nodes'];
  const { targets, failures } = await targetsOf(args, flags, session);
  const pending: string[] = [];
  for (const target of targets) {
    const node = textAt(await currentOf(session, target), 'metadata', 'name');
    const faults = await drainNode(node, limit, flags, session);
    if (faults.length === 0) {
      session.write(`node/${node} drained${dryRunSuffix(flags.dryRun)}\n`);
      continue;
    }
    const why = goErrors(faults.map(messageOf));
    session.tell(
      `error: unable to drain node ${JSON.stringify(node)} due to error: ${why}, continuing command...`,
    );
    pending.push(node);
    failures.push(...faults);
  }
  if (pending.length > 0)
    session.tell(`There are pending nodes to be drained:\n${pending.map((node) => ` ${node}`).join('\n')}`);
  if (failures.length > 0) throw new Failures(failures);
}

/** Answers why the node could not be emptied. */
async function drainNode(
  node: string,
  limit: number,
  flags: DrainFlags,
  session: Session,
): Promise<unknown[]> {
  const type = await session.discovery.named('pods');
  const pods = await readList(session, type, {
    fieldSelector: `spec.nodeName=${node}`,
    selector: flags.podSelector,
  });
  const { evicted, warnings, faults } = planDrain(pods, flags);
  if (faults.length > 0) return faults.map((fault) => new UserError(fault));
  if (warnings.length > 0) session.tell(`Warning: ${warnings.join('; ')}`);
  const deadline = limit > 0 ? Date.now() + limit : Number.POSITIVE_INFINITY;
  const results = await Promise.allSettled(evicted.map((pod) => remove(pod, type, deadline, flags, session)));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
}

async function remove(
  pod: unknown,
  type: ResourceType,
  deadline: number,
  flags: DrainFlags,
  session: Session,
): Promise<void> {
  const [name, namespace] = [textAt(pod, 'metadata', 'name'), textAt(pod, 'metadata', 'namespace')];
  const verb = flags.disableEviction ? 'deleting' : 'evicting';
  session.write(`${verb} pod ${namespace}/${name}${dryRunSuffix(flags.dryRun)}\n`);
  if (flags.dryRun === 'client') return;
  const options = {
    ...(flags.gracePeriod >= 0 && { gracePeriodSeconds: flags.gracePeriod }),
    ...(flags.dryRun === 'server' && { dryRun: ['All'] }),
  };
  await ask({ name, namespace, type }, options, deadline, flags, session);
  if (flags.dryRun === 'server') return;
  const left = deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(1, deadline - Date.now());
  const uid = textAt(pod, 'metadata', 'uid');
  await waitUntilGone(session, { type, name, namespace, uid }, left);
  session.write(`pod/${name} ${flags.disableEviction ? 'deleted' : 'evicted'}\n`);
}

async function ask(
  { name, namespace, type }: { name: string; namespace: string; type: ResourceType },
  options: object,
  deadline: number,
  flags: DrainFlags,
  session: Session,
): Promise<void> {
  const query = dryRunQuery(flags.dryRun);
  const path = pathOf(type, { namespace, name });
  const evictionPath = pathOf(type, { namespace, name, subresource: 'eviction' });
  const eviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: options,
  };
  for (;;) {
    try {
      if (flags.disableEviction)
        await session.call(withQuery(path, query), {
          method: 'DELETE',
          body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options },
        });
      else await session.call(withQuery(evictionPath, query), { method: 'POST', body: eviction });
      return;
    } catch (error) {
      if (ApiError.is(error, 'NotFound')) return;
      if (!ApiError.is(error, 'TooManyRequests') || Date.now() + retryMs > deadline) throw error;
      session.tell(
        `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${error.message}`,
      );
      await sleep(retryMs, undefined, { signal: session.terminal.interrupted });
    }
  }
}
