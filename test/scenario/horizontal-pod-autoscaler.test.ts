// Stories of HorizontalPodAutoscalers, with players in place of kubelets that say what their pods use.

import { expect } from 'chai';
import {
  type Deployment,
  deployments,
  type HorizontalPodAutoscaler,
  horizontalpodautoscalers,
} from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;

/** Its pods ask for a tenth of a core. */
function deployment(name: string, replicas: number): Deployment {
  const labels = { app: name };
  const containers = [{ name: 'c', image: 'busybox:1', resources: { requests: { cpu: '100m' } } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

function autoscaler(name: string, spec: Partial<Spec> = {}): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'default' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      maxReplicas: 10,
      metrics: [cpu(50)],
      ...spec,
    },
  };
}

/** A Deployment `d` and its autoscaler. `use`: thousandths of a core that its pods use together, to be changed. */
async function begin(stage: Stage, replicas: number, spec?: Partial<Spec>) {
  const load: { use: number | undefined } = { use: 50 * replicas };
  await stage.node('node1', {
    uses: (_pod, count) =>
      load.use === undefined ? undefined : { milliCores: load.use / count, mebibytes: 10 },
  });
  await stage.create(deployments, deployment('d', replicas));
  await stage.create(horizontalpodautoscalers, autoscaler('h', spec));
  await stage.pass(60_000);
  return load;
}

const replicasOf = async (stage: Stage) => (await stage.get(deployments, 'd')).spec?.replicas;

async function statusOf(stage: Stage, name = 'h') {
  return (await stage.get(horizontalpodautoscalers, name)).status;
}

async function conditionsOf(stage: Stage, name = 'h'): Promise<Record<string, string>> {
  const { conditions = [] } = (await statusOf(stage, name)) ?? {};
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

async function messageOf(stage: Stage, type: string, name = 'h'): Promise<string | undefined> {
  const { conditions = [] } = (await statusOf(stage, name)) ?? {};
  return conditions.find((condition) => condition.type === type)?.message;
}

const aboveTarget = 'cpu resource utilization (percentage of request) above target';

describe('a HorizontalPodAutoscaler', () => {
  it('follows what pods use: up within moments, down when they have used little for five minutes', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 2);
      expect(await replicasOf(stage)).to.equal(2);
      expect(await conditionsOf(stage)).to.eql({
        AbleToScale: 'True ReadyForNewScale',
        ScalingActive: 'True ValidMetricFound',
        ScalingLimited: 'False DesiredWithinRange',
      });
      expect(await statusOf(stage)).to.deep.include({
        currentReplicas: 2,
        desiredReplicas: 2,
        currentMetrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', current: { averageUtilization: 50, averageValue: '50m' } },
          },
        ],
      });
      load.use = 200;
      await stage.pass(15_000);
      expect(await replicasOf(stage)).to.equal(4);
      expect(await messageOf(stage, 'AbleToScale')).to.contain('update the target scale to 4');
      load.use = 20;
      await stage.pass(240_000);
      expect(await replicasOf(stage)).to.equal(4);
      expect(await conditionsOf(stage)).to.include({ AbleToScale: 'True ScaleDownStabilized' });
      await stage.pass(90_000);
      expect(await replicasOf(stage)).to.equal(1);
      const said = await stage.eventsOf('HorizontalPodAutoscaler/h');
      expect(said.filter((event) => event.startsWith('Normal'))).to.eql([
        `Normal SuccessfulRescale New size: 4; reason: ${aboveTarget}`,
        'Normal SuccessfulRescale New size: 1; reason: All metrics below target',
      ]);
    }));

  it('keeps between its limits, whatever is used', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 1, { minReplicas: 2, maxReplicas: 3 });
      expect(await replicasOf(stage)).to.equal(2);
      load.use = 1000;
      await stage.pass(30_000);
      expect(await replicasOf(stage)).to.equal(3);
      expect(await conditionsOf(stage)).to.include({ ScalingLimited: 'True TooManyReplicas' });
      const key = { namespace: 'default', name: 'd' };
      await stage.client.patch(deployments, key, 'application/merge-patch+json', { spec: { replicas: 6 } });
      await stage.pass(15_000);
      expect(await replicasOf(stage)).to.equal(3);
      expect((await stage.eventsOf('HorizontalPodAutoscaler/h')).map((event) => event.split('; ')[1])).to.eql(
        [
          'reason: Current number of replicas below Spec.MinReplicas',
          `reason: ${aboveTarget}`,
          'reason: Current number of replicas above Spec.MaxReplicas',
        ],
      );
    }));

  it('leaves alone what is scaled to nothing', () =>
    onStage(async (stage) => {
      await begin(stage, 0);
      expect(await replicasOf(stage)).to.equal(0);
      expect(await conditionsOf(stage)).to.include({ ScalingActive: 'False ScalingDisabled' });
    }));

  it('goes as fast as its behavior lets it', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 2, {
        behavior: {
          scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
          scaleDown: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }],
          },
        },
      });
      load.use = 600;
      const seen: (number | undefined)[] = [];
      for (let times = 0; times < 4; times += 1) {
        await stage.pass(30_000);
        seen.push(await replicasOf(stage));
      }
      expect(seen).to.eql([3, 3, 4, 4]);
      expect(await conditionsOf(stage)).to.include({ ScalingLimited: 'True ScaleUpLimit' });
      load.use = 5;
      await stage.pass(15_000);
      expect(await replicasOf(stage)).to.equal(3);
      expect(await conditionsOf(stage)).to.include({ ScalingLimited: 'True ScaleDownLimit' });
    }));

  it('takes nothing away at once when a hub starts anew', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 4);
      await stage.stopControllers();
      load.use = 5;
      await stage.restartControllers();
      await stage.pass(120_000);
      expect(await replicasOf(stage)).to.equal(4);
      await stage.pass(240_000);
      expect(await replicasOf(stage)).to.equal(1);
    }));

  it('says what it cannot find out, and changes nothing', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 3);
      load.use = undefined;
      await stage.pass(60_000);
      expect(await replicasOf(stage)).to.equal(3);
      expect(await conditionsOf(stage)).to.include({ ScalingActive: 'False FailedGetResourceMetric' });
      const why =
        'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API';
      expect(await messageOf(stage, 'ScalingActive')).to.equal(
        `the HPA was unable to compute the replica count: ${why}`,
      );
      const said = (await stage.eventsOf('HorizontalPodAutoscaler/h')).map((event) =>
        event.replace(/ ×\d+$/, ''),
      );
      expect(said).to.include.members([
        `Warning FailedGetResourceMetric ${why}`,
        `Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
      ]);
    }));

  it('says what it cannot scale', () =>
    onStage(async (stage) => {
      const target = (kind: string, name: string) => ({
        scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
      });
      await stage.create(horizontalpodautoscalers, autoscaler('gone', target('Deployment', 'gone')));
      await stage.create(horizontalpodautoscalers, autoscaler('odd', target('Gadget', 'g')));
      const unable = "the HPA controller was unable to get the target's current scale: ";
      expect(await conditionsOf(stage, 'gone')).to.eql({ AbleToScale: 'False FailedGetScale' });
      expect(await messageOf(stage, 'AbleToScale', 'gone')).to.equal(
        `${unable}deployments/scale.apps "gone" not found`,
      );
      expect(await messageOf(stage, 'AbleToScale', 'odd')).to.equal(
        `${unable}no matches for kind "Gadget" in group "apps"`,
      );
      await stage.create(deployments, deployment('gone', 0));
      await stage.pass(15_000);
      expect(await conditionsOf(stage, 'gone')).to.include({ AbleToScale: 'True SucceededGetScale' });
    }));

  it('scales up by the metrics that it knows, and not down while it does not know all', () =>
    onStage(async (stage) => {
      const queue = {
        type: 'Pods',
        pods: { metric: { name: 'q' }, target: { type: 'AverageValue', averageValue: '1' } },
      };
      const load = await begin(stage, 2, { metrics: [queue, cpu(50)] });
      load.use = 200;
      await stage.pass(30_000);
      expect(await replicasOf(stage)).to.equal(4);
      expect(await conditionsOf(stage)).to.include({ ScalingActive: 'True ValidMetricFound' });
      load.use = 4;
      await stage.pass(400_000);
      expect(await replicasOf(stage)).to.equal(4);
      expect(await messageOf(stage, 'ScalingActive')).to.equal(
        'the HPA was unable to compute the replica count: unable to get metric q: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
      );
    }));

  it('takes the metric that asks for most', () =>
    onStage(async (stage) => {
      const memory = {
        type: 'Resource',
        resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '4Mi' } },
      };
      await begin(stage, 2, { metrics: [cpu(50), memory] });
      // Ten mebibytes of four: two and a half times as many.
      expect(await replicasOf(stage)).to.equal(10);
      expect(await stage.eventsOf('HorizontalPodAutoscaler/h')).to.include(
        'Normal SuccessfulRescale New size: 4; reason: memory resource above target',
      );
    }));

  it('goes by a container where one is named', () =>
    onStage(async (stage) => {
      const metric = (container: string) => ({
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container,
          target: { type: 'Utilization', averageUtilization: 25 },
        },
      });
      await begin(stage, 2, { metrics: [metric('c')] });
      expect(await replicasOf(stage)).to.be.at.least(4);
      const patch = { spec: { metrics: [metric('other')] } };
      const key = { namespace: 'default', name: 'h' };
      await stage.client.patch(horizontalpodautoscalers, key, 'application/merge-patch+json', patch);
      await stage.pass(15_000);
      expect(await conditionsOf(stage)).to.include({
        ScalingActive: 'False FailedGetContainerResourceMetric',
      });
      expect(await messageOf(stage, 'ScalingActive')).to.match(
        /container other not present in metrics for pod default\/d-/,
      );
    }));

  it('does not fight with another one about the same pods', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 2);
      await stage.create(horizontalpodautoscalers, autoscaler('rival'));
      load.use = 200;
      await stage.pass(30_000);
      expect(await replicasOf(stage)).to.equal(2);
      expect(await messageOf(stage, 'ScalingActive', 'rival')).to.equal(
        'pods by selector app=d are controlled by multiple HPAs: [{h default} {rival default}]',
      );
      await stage.client.delete(horizontalpodautoscalers, { namespace: 'default', name: 'rival' });
      await stage.pass(30_000);
      expect(await replicasOf(stage)).to.equal(4);
    }));

  it('writes what it measures once a minute where nothing else is new', () =>
    onStage(async (stage) => {
      const load = await begin(stage, 2);
      const states = stage.record(horizontalpodautoscalers, ({ metadata }) => metadata.resourceVersion ?? '');
      for (let looks = 0; looks < 16; looks += 1) {
        load.use = 96 + (looks % 5) * 2;
        await stage.pass(15_000);
      }
      expect(states.length).to.be.within(3, 5);
    }));
});
