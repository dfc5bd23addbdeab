// Gives what a HorizontalPodAutoscaler names as many replicas as what its pods use asks for: looks every 15 seconds, takes the
// metric that asks for most, and follows it within the limits and as fast as the autoscaler's behavior allows.

import type { Scale } from 'kubernetes-types/autoscaling/v1';
import {
  apiservices,
  type HorizontalPodAutoscaler,
  horizontalpodautoscalers,
  type Pod,
  pods,
  type Resource,
} from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import {
  deepEqual,
  formatTime,
  type Live,
  parseLabelSelector,
  type Selector,
  setCondition,
} from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { writeStatus } from '../write-status.ts';
import { metricProposal } from './autoscaler-metric.ts';
import { MeasuredElsewhere } from './measured-elsewhere.ts';
import { MetricFailure, type MetricProposal, type MetricStatus } from './metric-proposal.ts';
import { beginning, planScaling, type ScalingHistory, withChange, withProposal } from './plan-scaling.ts';
import { readScale, writeScale } from './scale-target.ts';

type Status = NonNullable<HorizontalPodAutoscaler['status']>;
type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;

const period = 15_000;
/** What is measured is another at each look: where nothing else is, it is written so seldom, for the sake of the disk. */
const shownFor = 60_000;

/** What is known of an autoscaler from one look to the next. */
interface Memory {
  uid: string;
  /** Absent: its target was not found yet. */
  history?: ScalingHistory;
  /** When its status was written, on the clock that never goes backwards. */
  writtenAt?: number;
  /** Of its target's pods; absent: not known yet. */
  selector?: Selector;
}

interface Decision {
  replicas: number;
  /** Where that is not what there is. */
  reason: string;
}

/** One look: what it finds is written into its status. */
interface Look {
  autoscaler: Live<HorizontalPodAutoscaler>;
  spec: Spec;
  memory: Memory;
  status: Status;
  say(type: string, isTrue: boolean, reason: string, message: string): void;
}

export function horizontalPodAutoscalerController(context: ControllerContext): Controller {
  const { client, clock, informers, resources } = context;
  const recorder = context.recorder.from('horizontal-pod-autoscaler');
  const informer = informers.of(horizontalpodautoscalers);
  const podInformer = informers.of(pods);
  const elsewhere = new MeasuredElsewhere({ client, services: informers.of(apiservices), resources });
  const memories = new Map<string, Memory>();

  return {
    name: 'horizontal-pod-autoscaler',
    workers: 5,
    sources: [
      // What is measured is written into the status: that wakes nobody.
      mapped(informer, ({ type, object, previous }) =>
        type === 'MODIFIED' && deepEqual(previous?.spec, object.spec) ? [] : [keyOf(object)],
      ),
    ],
    reads: [podInformer],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const autoscaler = informer.get(key);
    if (!autoscaler?.spec) {
      memories.delete(key);
      return;
    }
    const known = memories.get(key);
    const { uid } = autoscaler.metadata;
    const memory = known?.uid === uid ? known : { uid };
    memories.set(key, memory);
    const status: Status = { ...autoscaler.status, desiredReplicas: autoscaler.status?.desiredReplicas ?? 0 };
    await follow({
      autoscaler,
      spec: autoscaler.spec,
      memory,
      status,
      say: (type, isTrue, reason, message) => {
        const condition = { type, status: isTrue ? 'True' : 'False', reason, message };
        status.conditions = setCondition(status.conditions, condition, formatTime(clock.now()));
      },
    });
    const now = clock.monotonic();
    const isOld = now - (memory.writtenAt ?? Number.NEGATIVE_INFINITY) >= shownFor;
    if (isOld || isNews(status, autoscaler.status)) {
      await writeStatus(client, horizontalpodautoscalers, informer, autoscaler, status);
      memory.writtenAt = now;
    }
    return { requeueAfter: period };
  }

  async function follow(look: Look): Promise<void> {
    const { autoscaler, spec, memory, status, say } = look;
    const key = { namespace: autoscaler.metadata.namespace ?? '', name: spec.scaleTargetRef.name };
    let row: Resource;
    let scale: Scale;
    try {
      row = rowOf(spec);
      scale = await readScale(client, row, key);
    } catch (error) {
      const why = messageOf(error);
      recorder.event(autoscaler, 'Warning', 'FailedGetScale', why);
      const message = `the HPA controller was unable to get the target's current scale: ${why}`;
      say('AbleToScale', false, 'FailedGetScale', message);
      return;
    }
    const got = "the HPA controller was able to get the target's current scale";
    say('AbleToScale', true, 'SucceededGetScale', got);
    const current = scale.spec?.replicas ?? 0;
    memory.history ??= beginning(current, clock.monotonic());
    const wanted = await decide(look, scale, current);
    if (!wanted) return;
    const { replicas, reason } = wanted;
    if (replicas !== current) {
      try {
        await writeScale(client, row, key, scale, replicas);
      } catch (error) {
        const why = messageOf(error);
        const message = `New size: ${replicas}; reason: ${reason}; error: ${why}`;
        recorder.event(autoscaler, 'Warning', 'FailedRescale', message);
        const unable = `the HPA controller was unable to update the target scale: ${why}`;
        say('AbleToScale', false, 'FailedUpdateScale', unable);
        return;
      }
      const able = `the HPA controller was able to update the target scale to ${replicas}`;
      say('AbleToScale', true, 'SucceededRescale', able);
      recorder.event(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
      status.lastScaleTime = formatTime(clock.now());
      const change = { from: current, to: replicas, now: clock.monotonic() };
      memory.history = withChange(memory.history, spec, change);
    }
    status.desiredReplicas = replicas;
  }

  /** By version-less Kind, as upstream's scale client has it. Throws what there is to be said. */
  function rowOf({ scaleTargetRef: { apiVersion = '', kind } }: Spec): Resource {
    const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
    const row = resources().find((each) => each.group === group && each.kind === kind);
    if (!row)
      throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
    return row;
  }

  /** Undefined: nothing could be found out. */
  async function decide(look: Look, scale: Scale, current: number): Promise<Decision | undefined> {
    const { spec, memory, status, say } = look;
    const { minReplicas = 1, maxReplicas } = spec;
    if (current > 0) status.currentReplicas = current;
    else delete status.currentReplicas;
    const unmeasured = (replicas: number, reason: string): Decision => {
      delete status.currentMetrics;
      return { replicas, reason };
    };
    if (current === 0 && minReplicas !== 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      say('ScalingActive', false, 'ScalingDisabled', message);
      return unmeasured(0, '');
    }
    if (current > maxReplicas) {
      return unmeasured(maxReplicas, 'Current number of replicas above Spec.MaxReplicas');
    }
    if (current < minReplicas) {
      return unmeasured(minReplicas, 'Current number of replicas below Spec.MinReplicas');
    }
    const most = await measure(look, scale, current);
    if (!most) return undefined;
    const now = clock.monotonic();
    const { history = beginning(current, now) } = memory;
    const view = { spec, current, proposed: most.replicas, history, now };
    const { replicas, able, limited, isLimited } = planScaling(view);
    say('AbleToScale', true, able.reason, able.message);
    say('ScalingLimited', isLimited, limited.reason, limited.message);
    memory.history = withProposal(view);
    const reason = most.replicas > current ? `${most.name} above target` : 'All metrics below target';
    return { replicas, reason };
  }

  /** The metric that asks for most. Undefined: none does, or some say nothing and the others ask for less than there is. */
  async function measure(look: Look, scale: Scale, current: number): Promise<MetricProposal | undefined> {
    const { autoscaler, spec, status, say } = look;
    const { namespace = '' } = autoscaler.metadata;
    const labelSelector = scale.status?.selector ?? '';
    delete status.currentMetrics;
    const targets = podsOf(look, labelSelector);
    if (!targets) return undefined;
    const scaled = {
      ...{ namespace, labelSelector, pods: targets, now: clock.now() },
      currentReplicas: current,
      statusReplicas: scale.status?.replicas ?? 0,
    };
    const metrics = spec.metrics ?? [];
    const statuses: MetricStatus[] = [];
    const failures: MetricFailure[] = [];
    let most: MetricProposal | undefined;
    for (const metric of metrics) {
      try {
        const proposal = await metricProposal({ client, elsewhere }, metric, scaled);
        statuses.push(proposal.status);
        if (!most || proposal.replicas > most.replicas) most = proposal;
      } catch (error) {
        if (!(error instanceof MetricFailure)) throw error;
        // Each metric has its place.
        statuses.push({ type: '' });
        failures.push(error);
        recorder.event(autoscaler, 'Warning', error.reason, error.message);
      }
    }
    status.currentMetrics = statuses;
    const [first] = failures;
    if (first && (!most || most.replicas < current)) {
      const message = `the HPA was unable to compute the replica count: ${first.message}`;
      say('ScalingActive', false, first.reason, message);
      const all = `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.summary}`;
      recorder.event(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', all);
      return undefined;
    }
    const found = `the HPA was able to successfully calculate a replica count from ${most?.name}`;
    say('ScalingActive', true, 'ValidMetricFound', found);
    return most;
  }

  /** Undefined where nothing selects them, or another autoscaler's target has some of them: somebody is told. */
  function podsOf({ autoscaler, memory, say }: Look, text: string): Live<Pod>[] | undefined {
    const refuse = (event: string, reason: string, why: string, message = why) => {
      recorder.event(autoscaler, 'Warning', event, why);
      recorder.event(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', why);
      say('ScalingActive', false, reason, message);
    };
    if (text === '') {
      const message = "the HPA target's scale is missing a selector";
      refuse('SelectorRequired', 'InvalidSelector', 'selector is required', message);
      return undefined;
    }
    const selector = parseLabelSelector(text);
    memory.selector = selector;
    const { namespace = '' } = autoscaler.metadata;
    const found = podInformer
      .inNamespace(namespace)
      .filter(({ metadata }) => selector.matches(metadata.labels));
    const rivals = informer.inNamespace(namespace).filter((other) => {
      const theirs = memories.get(keyOf(other))?.selector;
      return found.some(({ metadata }) => theirs?.matches(metadata.labels));
    });
    if (rivals.length > 1) {
      const names = rivals.map(({ metadata: { name, namespace } }) => `{${name} ${namespace}}`).join(' ');
      const why = `pods by selector ${text} are controlled by multiple HPAs: [${names}]`;
      refuse('AmbiguousSelector', 'AmbiguousSelector', why);
      return undefined;
    }
    return found;
  }
}

/** Something else is said than what was measured. */
function isNews(status: Status, before: HorizontalPodAutoscaler['status']): boolean {
  const { currentMetrics: measured = [], ...rest } = status;
  const { currentMetrics: known = [], ...knownRest } = before ?? {};
  return measured.length !== known.length || !deepEqual(rest, knownRest);
}
