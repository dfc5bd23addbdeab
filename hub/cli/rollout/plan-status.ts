// How far a rollout is, in kubectl's words: one function a Kind that rolls out.

import { UserError } from '../../../shared/base/index.ts';
import { listAt, textAt, valueAt } from '../json.ts';

export interface RolloutState {
  /** With its line feed. */
  text: string;
  done: boolean;
}

type View = (object: unknown) => RolloutState;

const count = (object: unknown, ...path: string[]) => Number(valueAt(object, ...path) ?? 0);
const waiting = (text: string): RolloutState => ({ text: `${text}\n`, done: false });
const done = (text: string): RolloutState => ({ text: `${text}\n`, done: true });

/** By `group/Kind`. */
const views: Readonly<Record<string, View>> = {
  'apps/Deployment': deployment,
  'apps/DaemonSet': daemonSet,
  'apps/StatefulSet': statefulSet,
};

/** Throws UserError for a Kind that rolls nothing out, and for a Deployment that has given up. */
export function planStatus(group: string, object: unknown): RolloutState {
  const kind = textAt(object, 'kind');
  const view = views[`${group}/${kind}`];
  if (!view)
    throw new UserError(`no status viewer has been implemented for ${group ? `${kind}.${group}` : kind}`);
  return view(object);
}

function isObserved(object: unknown): boolean {
  return count(object, 'metadata', 'generation') <= count(object, 'status', 'observedGeneration');
}

function deployment(object: unknown): RolloutState {
  const name = JSON.stringify(textAt(object, 'metadata', 'name'));
  if (!isObserved(object)) return waiting('Waiting for deployment spec update to be observed...');
  const progressing = listAt(object, 'status', 'conditions').find(
    (item) => textAt(item, 'type') === 'Progressing',
  );
  if (textAt(progressing, 'reason') === 'ProgressDeadlineExceeded')
    throw new UserError(`deployment ${name} exceeded its progress deadline`);
  const wanted = count(object, 'spec', 'replicas');
  const [all, updated, available] = ['replicas', 'updatedReplicas', 'availableReplicas'].map((field) =>
    count(object, 'status', field),
  );
  const begin = `Waiting for deployment ${name} rollout to finish:`;
  if ((updated ?? 0) < wanted)
    return waiting(`${begin} ${updated} out of ${wanted} new replicas have been updated...`);
  if ((all ?? 0) > (updated ?? 0))
    return waiting(`${begin} ${(all ?? 0) - (updated ?? 0)} old replicas are pending termination...`);
  if ((available ?? 0) < (updated ?? 0))
    return waiting(`${begin} ${available} of ${updated} updated replicas are available...`);
  return done(`deployment ${name} successfully rolled out`);
}

function daemonSet(object: unknown): RolloutState {
  const type = textAt(object, 'spec', 'updateStrategy', 'type');
  if (type !== 'RollingUpdate')
    throw new UserError('rollout status is only available for RollingUpdate strategy type');
  const name = JSON.stringify(textAt(object, 'metadata', 'name'));
  if (!isObserved(object)) return waiting('Waiting for daemon set spec update to be observed...');
  const wanted = count(object, 'status', 'desiredNumberScheduled');
  const updated = count(object, 'status', 'updatedNumberScheduled');
  const available = count(object, 'status', 'numberAvailable');
  const begin = `Waiting for daemon set ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${begin} ${updated} out of ${wanted} new pods have been updated...`);
  if (available < wanted) return waiting(`${begin} ${available} of ${wanted} updated pods are available...`);
  return done(`daemon set ${name} successfully rolled out`);
}

function statefulSet(object: unknown): RolloutState {
  const type = textAt(object, 'spec', 'updateStrategy', 'type');
  if (type !== 'RollingUpdate')
    throw new UserError('rollout status is only available for RollingUpdate strategy type');
  if (!isObserved(object) || count(object, 'status', 'observedGeneration') === 0)
    return waiting('Waiting for statefulset spec update to be observed...');
  const wanted = count(object, 'spec', 'replicas');
  const ready = count(object, 'status', 'readyReplicas');
  if (ready < wanted) return waiting(`Waiting for ${wanted - ready} pods to be ready...`);
  const partition = count(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  const updated = count(object, 'status', 'updatedReplicas');
  if (partition > 0) {
    const left = wanted - partition;
    if (updated < left)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${left} new pods have been updated...`,
      );
    return done(`partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  const revision = textAt(object, 'status', 'updateRevision');
  if (revision !== textAt(object, 'status', 'currentRevision'))
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${revision}...`,
    );
  const current = count(object, 'status', 'currentReplicas');
  return done(
    `statefulset rolling update complete ${current} pods at revision ${textAt(object, 'status', 'currentRevision')}...`,
  );
}
