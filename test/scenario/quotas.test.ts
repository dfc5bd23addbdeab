// Stories of quotas: what their status says is used.

import { expect } from 'chai';
import {
  configmaps,
  horizontalpodautoscalers,
  type Pod,
  pods,
  type ResourceQuota,
  resourcequotas,
  services,
} from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const namespace = 'default';

function quota(name: string, spec: ResourceQuota['spec']): ResourceQuota {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, namespace }, spec };
}

function pod(name: string, resources: object = {}, spec: object = {}): Pod {
  const containers = [{ name: 'c', image: 'busybox', resources }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers, ...spec } };
}

const usedOf = async (stage: Stage, name: string) => (await stage.get(resourcequotas, name)).status?.used;

describe('a quota', () => {
  it('says what is used, as objects come and go', () =>
    onStage(async (stage) => {
      const hard = {
        ...{
          pods: '5',
          'requests.cpu': '1',
          configmaps: '10',
          'services.nodeports': '3',
          resourcequotas: '2',
        },
        ...{ 'count/horizontalpodautoscalers.autoscaling': '4', 'count/nothings.example.com': '1' },
      };
      await stage.create(resourcequotas, quota('q', { hard }));
      const nothing = {
        ...{
          pods: '0',
          'requests.cpu': '0',
          configmaps: '1',
          'services.nodeports': '0',
          resourcequotas: '1',
        },
        'count/horizontalpodautoscalers.autoscaling': '0',
      };
      expect(await usedOf(stage, 'q')).to.deep.equal(nothing);
      expect((await stage.get(resourcequotas, 'q')).status?.hard).to.deep.equal(hard);

      await stage.create(pods, pod('p', { requests: { cpu: '300m' } }));
      await stage.create(services, {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace } },
        spec: {
          type: 'NodePort',
          ports: [{ port: 80 }, { name: 'b', port: 81 }].map((port) => ({ name: 'a', ...port })),
        },
      });
      await stage.create(configmaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c', namespace },
      });
      await stage.create(horizontalpodautoscalers, {
        ...{
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'h', namespace },
        },
        spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd' } },
      });
      expect(await usedOf(stage, 'q')).to.deep.equal({
        ...{
          pods: '1',
          'requests.cpu': '300m',
          configmaps: '2',
          'services.nodeports': '2',
          resourcequotas: '1',
        },
        'count/horizontalpodautoscalers.autoscaling': '1',
      });

      await stage.client.delete(services, { name: 's', namespace });
      await stage.quiet();
      expect((await usedOf(stage, 'q'))?.['services.nodeports']).to.equal('0');
    }));

  it('counts the pods in its scopes, and puts right what somebody writes into its status', () =>
    onStage(async (stage) => {
      await stage.create(resourcequotas, quota('best', { hard: { pods: '5' }, scopes: ['BestEffort'] }));
      await stage.create(resourcequotas, quota('ending', { hard: { pods: '5' }, scopes: ['Terminating'] }));
      await stage.create(pods, pod('a'));
      await stage.create(pods, pod('b', { requests: { cpu: '1m' } }, { activeDeadlineSeconds: 60 }));
      expect(await usedOf(stage, 'best')).to.deep.equal({ pods: '1' });
      expect(await usedOf(stage, 'ending')).to.deep.equal({ pods: '1' });
      const best = await stage.get(resourcequotas, 'best');
      const wrong = { ...best, status: { hard: { pods: '9' }, used: {} } };
      await stage.client.update(resourcequotas, wrong, { subresource: 'status' });
      await stage.quiet();
      expect((await stage.get(resourcequotas, 'best')).status).to.deep.equal(best.status);
    }));
});
