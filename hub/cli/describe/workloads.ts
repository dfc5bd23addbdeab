// `kelp describe deployment` and `replicaset`.

import { parseRevision, revisionAnnotation } from '../../../shared/api/index.ts';
import { formatLabelSelector, type LabelSelector } from '../../../shared/machinery/index.ts';
import { listAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { readList } from '../resource-arguments/index.ts';
import type { Session } from '../session.ts';
import { controllerOf } from './controller-of.ts';
import { type DescribeText, dateText } from './describe-text.ts';
import type { Describer } from './describer.ts';
import { describePodTemplate } from './pod-template.ts';

const count = (object: unknown, ...path: string[]) => textAt(object, ...path) || '0';

export const describeDeployment: Describer = async (text, deployment, session) => {
  text.line(0, 'Name:', textAt(deployment, 'metadata', 'name'));
  text.line(0, 'Namespace:', textAt(deployment, 'metadata', 'namespace'));
  text.line(0, 'CreationTimestamp:', dateText(textAt(deployment, 'metadata', 'creationTimestamp')));
  text.labels('Labels', textsAt(deployment, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(deployment, 'metadata', 'annotations'));
  text.line(0, 'Selector:', selectorText(deployment));
  const status = (field: string) => count(deployment, 'status', field);
  text.line(
    0,
    'Replicas:',
    `${count(deployment, 'spec', 'replicas')} desired | ${status('updatedReplicas')} updated | ${status('replicas')} total | ${status('availableReplicas')} available | ${status('unavailableReplicas')} unavailable`,
  );
  text.line(0, 'StrategyType:', textAt(deployment, 'spec', 'strategy', 'type'));
  text.line(0, 'MinReadySeconds:', count(deployment, 'spec', 'minReadySeconds'));
  const rolling = valueAt(deployment, 'spec', 'strategy', 'rollingUpdate');
  if (rolling !== undefined && rolling !== null)
    text.line(
      0,
      'RollingUpdateStrategy:',
      `${textAt(rolling, 'maxUnavailable')} max unavailable, ${textAt(rolling, 'maxSurge')} max surge`,
    );
  text.line(0, 'Pod Template:');
  describePodTemplate(text, recordAt(deployment, 'spec', 'template'));
  describeConditions(text, deployment);
  await describeReplicaSets(text, deployment, session);
};

/** Of `spec.selector`. */
export function selectorText(object: unknown): string {
  // Sent by the server, which has validated it.
  const selector = valueAt(object, 'spec', 'selector') as LabelSelector | undefined;
  return formatLabelSelector(selector);
}

function describeConditions(text: DescribeText, object: unknown): void {
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.table(
    ['Type', 'Status', 'Reason'],
    conditions.map((condition) => [
      `${textAt(condition, 'type')} `,
      textAt(condition, 'status'),
      textAt(condition, 'reason'),
    ]),
  );
}

const revision = (object: unknown) =>
  parseRevision(textAt(object, 'metadata', 'annotations', revisionAnnotation));

async function describeReplicaSets(text: DescribeText, deployment: unknown, session: Session): Promise<void> {
  const namespace = textAt(deployment, 'metadata', 'namespace');
  const uid = textAt(deployment, 'metadata', 'uid');
  const sets = await readList(session, await session.discovery.named('replicasets.apps'), { namespace });
  const own = sets.filter((set) =>
    listAt(set, 'metadata', 'ownerReferences').some((owner) => textAt(owner, 'uid') === uid),
  );
  const newest = own.find((set) => revision(set) === revision(deployment));
  const old = own.filter((set) => set !== newest);
  const shown = (list: readonly unknown[]) =>
    list
      .map(
        (set) =>
          `${textAt(set, 'metadata', 'name')} (${count(set, 'status', 'replicas')}/${count(set, 'spec', 'replicas')} replicas created)`,
      )
      .join(', ') || '<none>';
  text.line(0, 'OldReplicaSets:', shown(old));
  text.line(0, 'NewReplicaSet:', shown(newest ? [newest] : []));
}

export const describeReplicaSet: Describer = async (text, set, session) => {
  const namespace = textAt(set, 'metadata', 'namespace');
  text.line(0, 'Name:', textAt(set, 'metadata', 'name'));
  text.line(0, 'Namespace:', namespace);
  text.line(0, 'Selector:', selectorText(set));
  text.labels('Labels', textsAt(set, 'metadata', 'labels'));
  text.annotations('Annotations', textsAt(set, 'metadata', 'annotations'));
  const controller = controllerOf(set);
  if (controller) text.line(0, 'Controlled By:', controller);
  text.line(
    0,
    'Replicas:',
    `${count(set, 'status', 'replicas')} current / ${count(set, 'spec', 'replicas')} desired`,
  );
  await describePodsStatus(text, set, session);
  text.line(0, 'Pod Template:');
  describePodTemplate(text, recordAt(set, 'spec', 'template'));
  describeConditions(text, set);
};

/** `Pods Status:` of the pods that the object controls. */
export async function describePodsStatus(
  text: DescribeText,
  object: unknown,
  session: Session,
): Promise<void> {
  const namespace = textAt(object, 'metadata', 'namespace');
  const podType = await session.discovery.named('pods');
  const pods = await readList(session, podType, { namespace, selector: selectorText(object) });
  const uid = textAt(object, 'metadata', 'uid');
  const own = pods.filter((pod) =>
    listAt(pod, 'metadata', 'ownerReferences').some(
      (owner) => valueAt(owner, 'controller') === true && textAt(owner, 'uid') === uid,
    ),
  );
  const inPhase = (phase: string) => own.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  text.line(
    0,
    'Pods Status:',
    `${inPhase('Running')} Running / ${inPhase('Pending')} Waiting / ${inPhase('Succeeded')} Succeeded / ${inPhase('Failed')} Failed`,
  );
}
