// Stories of Deployments, held to what a real cluster was recorded to say.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Deployment, deployments, pods, type ReplicaSet, replicasets } from '../../shared/api/index.ts';
import { type Live, mutableCopy } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

interface Recorded {
  event?: string;
  line: string;
  metadata?: { annotations?: Record<string, string> };
  status?: Deployment['status'];
}

/** The states of the recorded Deployment `d`, each as `shown` says it. */
function recorded(story: string): string[] {
  const file = readFileSync(new URL(`../fixtures/stories/${story}.yaml`, import.meta.url), 'utf8');
  const states: Recorded[] = parse(file).deployments.d;
  return withoutRepetition(
    states.flatMap(({ event, status }) => (status && event !== 'DELETED' ? [shown(status)] : [])),
  );
}

/** Two states of the recording were a matter of chance: which ReplicaSet was faster, and a write that met a conflict. */
function withoutRaces(states: readonly string[]): string[] {
  return states.flatMap((state, position) => {
    if (state.startsWith('5/3/4/4/-0')) return state.replace('5/3/4/4/-0', '3/2/3/3/-1');
    if (!state.startsWith('1/0/1/1/-1')) return state;
    const created = state.replace(
      /Progressing.*/,
      'Progressing=True NewReplicaSetCreated (Created new replica set "d-…")',
    );
    expect(states[position - 1]).to.contain('DeploymentResumed');
    return [created.replace('1/0/1/1/-1', '1/0/1/1/-0'), created];
  });
}

/** Counts and conditions; names of ReplicaSets and times differ from run to run. */
function shown(status: Deployment['status'] = {}): string {
  const {
    replicas = 0,
    updatedReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    unavailableReplicas = 0,
  } = status;
  const conditions = (status.conditions ?? []).map(
    ({ type, status, reason, message }) =>
      `${type}=${status} ${reason} (${message?.replace(/"d-[^"]*"/, '"d-…"')})`,
  );
  return `${replicas}/${updatedReplicas}/${readyReplicas}/${availableReplicas}/-${unavailableReplicas} ${conditions.join('; ')}`;
}

function withoutRepetition(states: readonly string[]): string[] {
  return states.filter((state, position) => state !== states[position - 1]);
}

function deployment(fields: Partial<Deployment['spec'] & object> = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'd' } },
      template: template('1'),
      ...fields,
    },
  };
}

const template = (version: string) => ({
  metadata: { labels: { app: 'd' } },
  spec: { containers: [{ name: 'c', image: 'busybox:1.36', env: [{ name: 'V', value: version }] }] },
});

/** Changes the Deployment's spec as a person does. */
async function edit(stage: Stage, change: (spec: Deployment['spec'] & object) => void): Promise<void> {
  const copy = mutableCopy<Live<Deployment>>(await stage.get(deployments, 'd'));
  if (copy.spec) change(copy.spec);
  await stage.client.update(deployments, copy);
  await stage.quiet();
}

/** Each pod is ready a little later than the one before it, about three seconds after its start. */
function oneAfterTheOther() {
  let turn = 0;
  return () => {
    turn += 1;
    return 3000 + turn * 100;
  };
}

const revisionOf = async (stage: Stage) =>
  (await stage.get(deployments, 'd')).metadata.annotations?.['deployment.kubernetes.io/revision'];

describe('a Deployment', () => {
  it('goes through a rollout, an update, an undo, a scaling and a pause as recorded', () =>
    onStage(async (stage) => {
      await stage.node('node1', { startsIn: oneAfterTheOther() });
      const states = stage.record(deployments, ({ status }) => shown(status));
      await stage.quiet();
      await stage.create(deployments, deployment());
      await stage.pass(7000);
      await edit(stage, (spec) => {
        spec.template = template('2');
      });
      await stage.pass(12_000);
      expect(await revisionOf(stage)).to.equal('2');
      await edit(stage, (spec) => {
        spec.template = template('1');
      });
      await stage.pass(12_000);
      expect(await revisionOf(stage)).to.equal('3');
      await edit(stage, (spec) => {
        spec.replicas = 1;
      });
      await stage.pass(4000);
      await edit(stage, (spec) => {
        spec.paused = true;
      });
      await edit(stage, (spec) => {
        spec.template = template('3');
      });
      await edit(stage, (spec) => {
        spec.paused = false;
      });
      await stage.pass(6000);
      expect(await revisionOf(stage)).to.equal('4');
      expect(withoutRepetition(states)).to.eql(withoutRaces(recorded('deployment')));
      const sets = await stage.list(replicasets, 'default');
      expect(sets.map(({ spec }) => spec?.replicas).sort()).to.eql([0, 0, 1]);
    }));

  it('tells of each step in an event, and combines many of them', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment());
      const [set] = await stage.names(replicasets);
      expect(await stage.eventsOf('Deployment/d')).to.eql([
        `Normal ScalingReplicaSet Scaled up replica set ${set} from 0 to 3`,
      ]);
      const names = await stage.names(pods);
      const created = await stage.eventsOf(`ReplicaSet/${set}`);
      expect(created.sort()).to.eql(
        names.map((name) => `Normal SuccessfulCreate Created pod: ${name}`).sort(),
      );
      for (const version of ['2', '3', '4']) {
        await edit(stage, (spec) => {
          spec.template = template(version);
        });
      }
      const said = await stage.eventsOf('Deployment/d');
      expect(said.filter((text) => text.includes('(combined from similar events): '))).to.have.length(1);
      expect(said).to.have.length(10);
    }));

  it('is stuck on an image that does not come, gives up after its deadline, and finds back', () =>
    onStage(async (stage) => {
      let broken = false;
      await stage.node('node1', { startsIn: () => (broken ? 'never' : 0) });
      await stage.create(deployments, deployment({ progressDeadlineSeconds: 10 }));
      broken = true;
      const states = stage.record(deployments, ({ status }) => shown(status));
      await stage.quiet();
      await edit(stage, (spec) => {
        spec.template = template('broken');
      });
      await stage.pass(9000);
      expect(states.at(-1)).to.contain('4/1/3/3/-1').and.to.contain('Progressing=True ReplicaSetUpdated');
      await stage.pass(3000);
      const available = 'Available=True MinimumReplicasAvailable (Deployment has minimum availability.)';
      const timedOut =
        'Progressing=False ProgressDeadlineExceeded (ReplicaSet "d-…" has timed out progressing.)';
      expect(states.at(-1)).to.equal(`4/1/3/3/-1 ${available}; ${timedOut}`);
      expect(recorded('deployment-stuck')).to.contain(states.at(-1));
      await edit(stage, (spec) => {
        spec.template = template('1');
      });
      expect(states.at(-1)).to.equal(
        `3/3/3/3/-0 ${available}; Progressing=True NewReplicaSetAvailable (ReplicaSet "d-…" has successfully progressed.)`,
      );
    }));

  it('with strategy Recreate waits until the last old pod has gone', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 12_000 });
      await stage.create(deployments, deployment({ strategy: { type: 'Recreate' } }));
      const before = await stage.names(pods);
      await edit(stage, (spec) => {
        spec.template = template('2');
      });
      await stage.pass(11_000);
      expect(await stage.names(pods)).to.eql(before);
      expect(shown((await stage.get(deployments, 'd')).status)).to.contain('0/0/0/0/-0 ');
      await stage.pass(2000);
      const after = await stage.names(pods);
      expect(after).to.have.length(3);
      expect(after.filter((name) => before.includes(name))).to.eql([]);
    }));

  it('shares a scaling amid a rollout out in proportion', () =>
    onStage(async (stage) => {
      let broken = false;
      await stage.node('node1', { startsIn: () => (broken ? 'never' : 0) });
      await stage.create(deployments, deployment({ replicas: 10 }));
      broken = true;
      await edit(stage, (spec) => {
        spec.template = template('broken');
      });
      const sizes = async () =>
        (await stage.list(replicasets)).map(({ spec }) => spec?.replicas ?? 0).sort((a, b) => b - a);
      expect(await sizes()).to.eql([8, 5]);
      await edit(stage, (spec) => {
        spec.replicas = 20;
      });
      expect(await sizes()).to.eql([15, 10]);
    }));

  it('forgets revisions beyond its history limit, the oldest first', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment({ revisionHistoryLimit: 2 }));
      for (const version of ['2', '3', '4', '5']) {
        await edit(stage, (spec) => {
          spec.template = template(version);
        });
      }
      const revisions = (await stage.list(replicasets)).map(
        ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'],
      );
      expect(revisions.sort()).to.eql(['3', '4', '5']);
    }));

  it('keeps in the history of a ReplicaSet which revisions it has been', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment());
      for (const version of ['2', '1']) {
        await edit(stage, (spec) => {
          spec.template = template(version);
        });
      }
      const [newest] = (await stage.list(replicasets)).filter(({ spec }) => spec?.replicas === 3);
      expect(newest?.metadata.annotations).to.include({
        'deployment.kubernetes.io/revision': '3',
        'deployment.kubernetes.io/revision-history': '1',
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
      });
    }));

  it('goes on from the revision of a ReplicaSet that it takes in, however high', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const labels = { app: 'd', made: 'before' };
      const before: ReplicaSet = {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: 'before',
          namespace: 'default',
          labels,
          annotations: { 'deployment.kubernetes.io/revision': '3546343826724305832' },
        },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { ...template('0'), metadata: { labels } },
        },
      };
      await stage.create(replicasets, before);
      await stage.create(deployments, deployment());
      expect((await stage.get(replicasets, 'before')).spec?.replicas).to.equal(0);
      expect(await revisionOf(stage)).to.equal('3546343826724305833');
    }));

  it('counts a pod as available only after minReadySeconds', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment({ minReadySeconds: 30, replicas: 2 }));
      const counts = async () => shown((await stage.get(deployments, 'd')).status).split(' ')[0];
      await stage.pass(29_000);
      expect(await counts()).to.equal('2/2/2/0/-2');
      await stage.pass(1000);
      expect(await counts()).to.equal('2/2/2/2/-0');
    }));

  it('does nothing at all once it has settled', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(deployments, deployment());
      stage.kubelets.get('node1')?.stop();
      const before = stage.store.revision;
      await stage.pass(30_000);
      expect(stage.store.revision).to.equal(before);
    }));
});
