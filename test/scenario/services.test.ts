// Stories of Services: which addresses stand behind them, in Endpoints and EndpointSlices.

import { expect } from 'chai';
import {
  type EndpointSlice,
  type Endpoints,
  endpoints,
  endpointslices,
  type Pod,
  pods,
  type Service,
  services,
} from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

function service(name: string, spec: Service['spec'] & object, labels?: Record<string, string>): Service {
  const metadata = { name, namespace: 'default', ...(labels && { labels }) };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec };
}

const twoPorts: Service['spec'] & object = {
  selector: { app: 'a' },
  ports: [
    { name: 'web', port: 80, targetPort: 'http' },
    { name: 'two', port: 81, targetPort: 9000 },
  ],
};

const unready: Service['spec'] & object = {
  selector: { app: 'a' },
  clusterIP: 'None',
  publishNotReadyAddresses: true,
  ports: [{ port: 80 }],
};

function pod(name: string, restartPolicy = 'Always'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'a' } },
    spec: {
      restartPolicy,
      containers: [{ name: 'c', image: 'busybox', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
  };
}

/** One line a subset: `ready | not ready : ports`, pods by their names. */
function shownEndpoints({ subsets = [] }: Live<Endpoints>): string[] {
  return subsets.map(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const names = (list: typeof addresses) => list.map(({ targetRef }) => targetRef?.name).join(',');
    return `${names(addresses)} | ${names(notReadyAddresses)} : ${ports.map(({ name = '', port }) => `${name}=${port}`).join(',')}`;
  });
}

/** `pod ready/serving/terminating` for each endpoint. */
function shownSlice({ endpoints, ports = [] }: Live<EndpointSlice>): string {
  const each = (endpoints ?? []).map(({ targetRef, conditions = {} }) => {
    const flags = [conditions.ready, conditions.serving, conditions.terminating].map((flag) =>
      flag ? '1' : '0',
    );
    return `${targetRef?.name} ${flags.join('')}`;
  });
  return `${each.join(', ')} : ${ports.map(({ name, port }) => `${name}=${port}`).join(',')}`;
}

async function slices(stage: Stage, name: string): Promise<Live<EndpointSlice>[]> {
  const all = await stage.list(endpointslices, 'default');
  return all.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
}

async function readiness(
  stage: Stage,
  name: string,
  ready: boolean,
  lastTransitionTime = '2026-01-01T00:00:00Z',
): Promise<void> {
  const condition = {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    lastTransitionTime,
  };
  await stage.kubelets.get('node1')?.say(await stage.get(pods, name), { conditions: [condition] });
  await stage.quiet();
}

describe('a Service', () => {
  it('follows its pods from their start to their end', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 4000 });
      await stage.create(services, service('svc', twoPorts, { l: '1' }));
      await stage.create(services, service('pnr', unready));
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql([]);
      expect((await stage.get(endpoints, 'svc')).metadata.labels).to.eql({ l: '1' });
      expect((await stage.get(endpoints, 'pnr')).metadata.labels).to.eql({
        'service.kubernetes.io/headless': '',
      });
      expect((await slices(stage, 'svc')).map(shownSlice)).to.eql([' : ']);

      await stage.create(pods, pod('p1'));
      await stage.create(pods, pod('p2'));
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql(['p1,p2 |  : web=8080,two=9000']);

      await readiness(stage, 'p1', false);
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql(['p2 | p1 : web=8080,two=9000']);
      expect(shownEndpoints(await stage.get(endpoints, 'pnr'))).to.eql(['p1,p2 |  : =80']);
      expect((await slices(stage, 'svc')).map(shownSlice)).to.eql(['p1 000, p2 110 : web=8080,two=9000']);
      expect((await slices(stage, 'pnr')).map(shownSlice)).to.eql(['p1 100, p2 110 : =80']);

      await readiness(stage, 'p1', true);
      await stage.client.delete(pods, { namespace: 'default', name: 'p2' });
      await stage.quiet();
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql(['p1 |  : web=8080,two=9000']);
      expect(shownEndpoints(await stage.get(endpoints, 'pnr'))).to.eql(['p1,p2 |  : =80']);
      expect((await slices(stage, 'svc')).map(shownSlice)).to.eql(['p1 110, p2 011 : web=8080,two=9000']);
      await stage.pass(4000);
      expect((await slices(stage, 'svc')).map(shownSlice)).to.eql(['p1 110 : web=8080,two=9000']);
    }));

  it('says when what changed its endpoints happened', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const key = 'endpoints.kubernetes.io/last-change-trigger-time';
      const told = async () => {
        const [slice] = await slices(stage, 'svc');
        const times = [await stage.get(endpoints, 'svc'), slice].map(
          (each) => each?.metadata.annotations?.[key],
        );
        expect(times[0]).to.equal(times[1]);
        return times[0];
      };
      const made = await stage.create(services, service('svc', twoPorts));
      expect(await told()).to.equal(made.metadata.creationTimestamp);
      await stage.pass(5000);
      await stage.create(pods, pod('p1'));
      const ready = async (name: string) =>
        (await stage.get(pods, name)).status?.conditions?.find(({ type }) => type === 'Ready');
      expect(await told()).to.equal((await ready('p1'))?.lastTransitionTime);
      await stage.pass(5000);
      const later = '2026-01-01T01:00:00Z';
      await readiness(stage, 'p1', false, later);
      expect(await told()).to.equal(later);
      // Nothing of which anybody knows when it happened.
      await stage.client.patch(
        services,
        { namespace: 'default', name: 'svc' },
        'application/merge-patch+json',
        {
          metadata: { labels: { l: '2' } },
        },
      );
      await stage.quiet();
      expect(await told()).to.equal(undefined);
    }));

  it('labels and owns its slices as Kubernetes does', () =>
    onStage(async (stage) => {
      const made = await stage.create(services, service('svc', twoPorts, { l: '1' }));
      const [slice] = await slices(stage, 'svc');
      expect(slice?.metadata.generateName).to.equal('svc-');
      expect(slice?.metadata.labels).to.eql({
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'svc',
        l: '1',
      });
      expect(slice?.metadata.ownerReferences).to.eql([
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'svc',
          uid: made.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }));

  it('has no use for pods that have ended', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(services, service('svc', twoPorts));
      await stage.create(pods, pod('done', 'Never'));
      await stage.kubelets.get('node1')?.say(await stage.get(pods, 'done'), { phase: 'Succeeded' });
      await stage.quiet();
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql([]);
      expect((await slices(stage, 'svc')).map(shownSlice)).to.eql([' : ']);
    }));

  it('puts a hundred endpoints into a slice and the others into the next', () =>
    onStage(async (stage) => {
      await stage.node('node1', { allocatable: { cpu: '64', memory: '64Gi', pods: '300' } });
      await stage.create(services, service('svc', twoPorts));
      const names = Array.from({ length: 120 }, (_, turn) => `p${turn}`);
      await Promise.all(names.map((name) => stage.client.create(pods, pod(name))));
      await stage.pass(1000);
      const sizes = (await slices(stage, 'svc')).map(({ endpoints }) => endpoints.length);
      expect(sizes.sort()).to.eql([100, 20]);
    }));

  it('takes its Endpoints and slices with it when it goes', () =>
    onStage(async (stage) => {
      await stage.create(services, service('svc', twoPorts));
      await stage.client.delete(services, { namespace: 'default', name: 'svc' });
      await stage.quiet();
      expect(await stage.names(endpoints)).to.eql([]);
      expect(await stage.names(endpointslices)).to.eql([]);
    }));

  it('leaves alone what somebody made by hand, with or without a Service', () =>
    onStage(async (stage) => {
      const subsets = [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80 }] }];
      const byHand = (name: string): Endpoints => ({
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name, namespace: 'default' },
        subsets,
      });
      await stage.create(services, service('outside', { ports: [{ port: 80 }] }));
      await stage.create(endpoints, byHand('outside'));
      await stage.create(endpoints, byHand('alone'));
      await stage.pass(60_000);
      for (const name of ['outside', 'alone']) {
        expect((await stage.get(endpoints, name)).subsets?.[0]?.addresses).to.eql([{ ip: '192.0.2.7' }]);
      }
    }));

  it('gets its Endpoints back when somebody deletes or spoils them', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(services, service('svc', twoPorts));
      await stage.create(pods, pod('p1'));
      const key = { namespace: 'default', name: 'svc' };
      await stage.client.delete(endpoints, key);
      await stage.quiet();
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql(['p1 |  : web=8080,two=9000']);
      await stage.client.patch(endpoints, key, 'application/merge-patch+json', { subsets: null });
      await stage.quiet();
      expect(shownEndpoints(await stage.get(endpoints, 'svc'))).to.eql(['p1 |  : web=8080,two=9000']);
    }));

  it('has Endpoints that somebody made by hand in slices too, as long as they are there', () =>
    onStage(async (stage) => {
      const key = { namespace: 'default', name: 'outside' };
      const labels = { who: 'me' };
      const port = { name: 'db', port: 5432, protocol: 'TCP' };
      await stage.create(endpoints, {
        ...{ apiVersion: 'v1', kind: 'Endpoints', metadata: { ...key, labels } },
        subsets: [
          { addresses: [{ ip: '192.0.2.7' }, { ip: '2001:db8::7' }], ports: [port] },
          { notReadyAddresses: [{ ip: '192.0.2.8' }], ports: [port] },
        ],
      });
      expect(await slices(stage, 'outside')).to.eql([]);
      await stage.create(services, service('outside', { ports: [{ port: 5432 }] }));
      const [four, six] = (await slices(stage, 'outside')).sort((one, other) =>
        one.addressType < other.addressType ? -1 : 1,
      );
      expect(four).to.deep.include({
        addressType: 'IPv4',
        ports: [port],
        endpoints: [
          { addresses: ['192.0.2.7'], conditions: { ready: true } },
          { addresses: ['192.0.2.8'], conditions: { ready: false } },
        ],
      });
      expect(four?.metadata.labels).to.deep.include({
        who: 'me',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      });
      expect(six?.endpoints).to.eql([{ addresses: ['2001:db8::7'], conditions: { ready: true } }]);
      await stage.client.patch(endpoints, key, 'application/merge-patch+json', {
        subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [port] }],
      });
      await stage.quiet();
      const after = await slices(stage, 'outside');
      expect(after.map(({ metadata }) => metadata.name)).to.eql([four?.metadata.name]);
      expect(after[0]?.endpoints[0]?.addresses).to.eql(['192.0.2.9']);
      await stage.client.delete(endpoints, key);
      await stage.quiet();
      expect(await slices(stage, 'outside')).to.eql([]);
    }));
});
