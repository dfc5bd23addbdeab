// Stories of disruption budgets: what their status says, and whom they let be evicted.

import { expect } from 'chai';
import {
  type Deployment,
  deployments,
  type Pod,
  type PodDisruptionBudget,
  poddisruptionbudgets,
  pods,
} from '../../shared/api/index.ts';
import { ApiError, findCondition, type Live, type StatusDetails } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

function deployment(replicas: number): Deployment {
  const labels = { app: 'd' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
    },
  };
}

function pod(name: string, labels: Record<string, string> = { app: 'd' }): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: 'c', image: 'busybox' }] },
  };
}

function budget(spec: PodDisruptionBudget['spec'], name = 'pdb'): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'd' } }, ...spec },
  };
}

/** `allowed/healthy/desired/expected reason` */
async function statusOf(stage: Stage): Promise<string> {
  const { status } = await stage.get(poddisruptionbudgets, 'pdb');
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, conditions } = status ?? {};
  const reason = findCondition(conditions, 'DisruptionAllowed')?.reason;
  return `${disruptionsAllowed}/${currentHealthy}/${desiredHealthy}/${expectedPods} ${reason}`;
}

interface Refusal {
  code: number;
  message: string;
  details?: StatusDetails | undefined;
}

/** What is said to an eviction; undefined: it was done. */
async function evict(
  stage: Stage,
  name: string,
  deleteOptions?: object,
  apiVersion = 'policy/v1',
): Promise<Refusal | undefined> {
  const eviction = {
    apiVersion,
    kind: 'Eviction',
    metadata: { name, namespace: 'default' },
    ...(deleteOptions && { deleteOptions }),
  };
  try {
    await stage.client.createUnder(pods, { namespace: 'default', name }, 'eviction', eviction);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message, details } = error;
    return { code, message, details };
  } finally {
    await stage.quiet();
  }
}

const violation = "Cannot evict pod as it would violate the pod's disruption budget.";
const cause = (message: string) => ({ causes: [{ reason: 'DisruptionBudget', message }] });

async function setReady(stage: Stage, { metadata, status }: Live<Pod>, ready: boolean): Promise<void> {
  const conditions = (status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { ...condition, status: ready ? 'True' : 'False' } : condition,
  );
  const key = { namespace: 'default', name: metadata.name };
  const patch = { status: { conditions } };
  await stage.client.patch(pods, key, 'application/merge-patch+json', patch, { subresource: 'status' });
  await stage.quiet();
}

describe("a disruption budget's status", () => {
  it('allows what is healthy beyond minAvailable, as it comes and goes', () =>
    onStage(async (stage) => {
      await stage.node('node1', { startsIn: () => 2000 });
      await stage.create(pods, pod('p1'));
      await stage.create(pods, pod('p2'));
      const states = stage.record(poddisruptionbudgets, ({ status = {} as never }) => {
        const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = status;
        return `${disruptionsAllowed}/${currentHealthy}/${desiredHealthy}/${expectedPods}`;
      });
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 1 }));
      expect(await statusOf(stage)).to.equal('0/0/1/2 InsufficientPods');
      await stage.pass(2000);
      expect(await statusOf(stage)).to.equal('1/2/1/2 SufficientPods');
      expect(states.slice(0, 2)).to.deep.equal(['0/0/0/0', '0/0/1/2']);
      const { status } = await stage.get(poddisruptionbudgets, 'pdb');
      expect(status?.observedGeneration).to.equal(1);
      expect(status?.conditions).to.deep.equal([
        {
          type: 'DisruptionAllowed',
          status: 'True',
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:02Z',
          reason: 'SufficientPods',
          message: '',
        },
      ]);
    }));

  for (const [spec, expected] of [
    [{ maxUnavailable: 1 }, '1/3/2/3 SufficientPods'],
    [{ maxUnavailable: '50%' }, '2/3/1/3 SufficientPods'],
    [{ minAvailable: '50%' }, '1/3/2/3 SufficientPods'],
    [{ minAvailable: 4 }, '0/3/4/3 InsufficientPods'],
    [{ maxUnavailable: 5 }, '3/3/0/3 SufficientPods'],
    [{ minAvailable: 1, selector: {} }, '2/3/1/3 SufficientPods'],
    [{ minAvailable: 1, selector: { matchLabels: { app: 'other' } } }, '0/0/1/0 InsufficientPods'],
  ] as const)
    it(`of ${JSON.stringify(spec)} over a Deployment of three is ${expected}`, () =>
      onStage(async (stage) => {
        await stage.node('node1');
        await stage.create(deployments, deployment(3));
        await stage.create(
          poddisruptionbudgets,
          budget(structuredClone(spec) as PodDisruptionBudget['spec']),
        );
        expect(await statusOf(stage)).to.equal(expected);
      }));

  it('counts shares of what the Deployment wants, not of what is there', () =>
    onStage(async (stage) => {
      await stage.create(deployments, deployment(4));
      await stage.create(poddisruptionbudgets, budget({ maxUnavailable: '25%' }));
      expect(await statusOf(stage)).to.equal('0/0/3/4 InsufficientPods');
    }));

  it('warns of pods that nobody controls where it wants a share of them', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      await stage.create(poddisruptionbudgets, budget({ maxUnavailable: 1 }));
      expect(await statusOf(stage)).to.equal('0/1/0/0 InsufficientPods');
      const [event] = await stage.eventsOf('PodDisruptionBudget/pdb');
      expect(event).to.match(
        /^Warning UnmanagedPods Pods selected by this PodDisruptionBudget \(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: d,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\) were found to be unmanaged\./,
      );
    }));

  it('allows nothing, and says why, where it cannot be told', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const owner = { apiVersion: 'example.com/v1', kind: 'Pet', name: 'p', uid: 'u', controller: true };
      const owned = pod('p1');
      await stage.create(pods, { ...owned, metadata: { ...owned.metadata, ownerReferences: [owner] } });
      await stage.create(poddisruptionbudgets, budget({ maxUnavailable: 1 }));
      const { status } = await stage.get(poddisruptionbudgets, 'pdb');
      const condition = findCondition(status?.conditions, 'DisruptionAllowed');
      expect(condition).to.include({
        status: 'False',
        reason: 'SyncFailed',
        message: 'found no controllers for pod "p1"',
      });
    }));
});

describe('an eviction', () => {
  it('takes what the budget allows, and no more', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 5000 });
      await stage.create(deployments, deployment(3));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 2 }));
      const [first = '', second = ''] = await stage.names(pods);
      expect(await evict(stage, first)).to.equal(undefined);
      const going = await stage.get(pods, first);
      expect(going.metadata.deletionTimestamp).to.be.a('string');
      expect(findCondition(going.status?.conditions, 'DisruptionTarget')).to.include({
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      });
      // Another pod is started for it: that makes three healthy ones again, and one more may go.
      expect(await statusOf(stage)).to.equal('1/3/2/4 SufficientPods');
      expect(await evict(stage, second)).to.equal(undefined);
    }));

  it('of many at once lets only so many go', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 5000 });
      for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) await stage.create(pods, pod(name));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 3 }));
      const names = await stage.names(pods);
      const answers = await Promise.all(names.map((name) => evict(stage, name)));
      expect(answers.filter((answer) => answer === undefined)).to.have.length(2);
      for (const answer of answers) if (answer) expect(answer).to.include({ code: 429, message: violation });
      const left = (await stage.list(pods)).filter(({ metadata }) => !metadata.deletionTimestamp);
      expect(left).to.have.length(3);
    }));

  it('is refused with how many are needed', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 1 }));
      expect(await evict(stage, 'p1')).to.deep.equal({
        code: 429,
        message: violation,
        details: cause('The disruption budget pdb needs 1 healthy pods and has 1 currently'),
      });
      expect(await stage.find(pods, 'p1')).to.have.nested.property('status.phase', 'Running');
    }));

  it('is to be asked again while the budget is new', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      // Nobody looks at the budget yet.
      await stage.stopControllers();
      await stage.client.create(poddisruptionbudgets, budget({ minAvailable: 0 }));
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p1' } };
      const key = { namespace: 'default', name: 'p1' };
      const refused = await stage.client.createUnder(pods, key, 'eviction', eviction).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(ApiError);
      expect((refused as ApiError).details).to.deep.equal({
        ...cause('The disruption budget pdb is still being processed by the server.'),
        retryAfterSeconds: 10,
      });
      await stage.restartControllers();
      expect(await evict(stage, 'p1')).to.equal(undefined);
    }));

  it('cannot serve two budgets', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 0 }));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 0 }, 'other'));
      const { code, message } = (await evict(stage, 'p1')) ?? {};
      expect(code).to.equal(500);
      expect(message).to.equal(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    }));

  it('of a pod that does not run yet asks no budget', () =>
    onStage(async (stage) => {
      await stage.create(pods, pod('p1'));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 1 }));
      expect(await evict(stage, 'p1')).to.equal(undefined);
      expect(await stage.find(pods, 'p1')).to.equal(undefined);
    }));

  it('of a pod that is not ready is free where enough others are', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      await stage.create(pods, pod('p2'));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 1 }));
      await setReady(stage, await stage.get(pods, 'p2'), false);
      expect(await statusOf(stage)).to.equal('0/1/1/2 InsufficientPods');
      expect(await evict(stage, 'p2')).to.equal(undefined);
      expect((await evict(stage, 'p1'))?.code).to.equal(429);
    }));

  for (const [unhealthyPodEvictionPolicy, code] of [
    ['IfHealthyBudget', 429],
    ['AlwaysAllow', undefined],
  ] as const)
    it(`of a pod that is not ready, with ${unhealthyPodEvictionPolicy} and too few healthy ones: ${code ?? 'done'}`, () =>
      onStage(async (stage) => {
        await stage.node('node1');
        await stage.create(pods, pod('p1'));
        await stage.create(poddisruptionbudgets, budget({ minAvailable: 1, unhealthyPodEvictionPolicy }));
        await setReady(stage, await stage.get(pods, 'p1'), false);
        expect((await evict(stage, 'p1'))?.code).to.equal(code);
      }));

  it('may be of the older version that older kubectls speak, and of no other', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      const refused = await evict(stage, 'p1', {}, 'policy/v2');
      expect(refused).to.include({
        code: 400,
        message:
          'Eviction in version "v2" cannot be handled as a Eviction: no kind "Eviction" is registered for version "policy/v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
      });
      expect(await evict(stage, 'p1', {}, 'policy/v1beta1')).to.equal(undefined);
      expect(await stage.find(pods, 'p1')).to.equal(undefined);
    }));

  it('that is only tried changes nothing', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      await stage.create(pods, pod('p2'));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 1 }));
      const before = await stage.get(poddisruptionbudgets, 'pdb');
      expect(await evict(stage, 'p1', { dryRun: ['All'] })).to.equal(undefined);
      expect(await stage.get(poddisruptionbudgets, 'pdb')).to.deep.equal(before);
      expect((await stage.get(pods, 'p1')).status?.conditions?.map(({ type }) => type)).to.not.include(
        'DisruptionTarget',
      );
    }));

  it('whose pod stays is forgotten after two minutes', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      for (const name of ['p1', 'p2']) await stage.create(pods, pod(name));
      await stage.create(poddisruptionbudgets, budget({ minAvailable: 1 }));
      const { metadata, ...rest } = await stage.get(poddisruptionbudgets, 'pdb');
      const status = { ...rest.status, disruptedPods: { p1: '2026-01-01T00:00:00Z' } };
      const next = { ...rest, metadata, status } as PodDisruptionBudget;
      await stage.client.update(poddisruptionbudgets, next, { subresource: 'status' });
      await stage.quiet();
      expect(await statusOf(stage)).to.equal('0/1/1/2 InsufficientPods');
      await stage.pass(121_000);
      expect(await statusOf(stage)).to.equal('1/2/1/2 SufficientPods');
      expect(await stage.eventsOf('Pod/p1')).to.include(
        "Warning NotDeleted Pod was expected by PDB default/pdb to be deleted but it wasn't",
      );
    }));

  it('takes back its word when the pod is still there after two minutes', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(pods, pod('p1'));
      const key = { namespace: 'default', name: 'p1' };
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      const patch = { status: { conditions: [condition] } };
      const type = 'application/strategic-merge-patch+json';
      await stage.client.patch(pods, key, type, patch, { subresource: 'status' });
      await stage.pass(119_000);
      const target = async () =>
        findCondition((await stage.get(pods, 'p1')).status?.conditions, 'DisruptionTarget');
      expect((await target())?.status).to.equal('True');
      await stage.pass(2_000);
      expect(await target()).to.deep.equal({
        type: 'DisruptionTarget',
        status: 'False',
        lastTransitionTime: '2026-01-01T00:02:00Z',
      });
    }));
});
