// Planning for one pod: tables of what is there and what is to be done next.

import { expect } from 'chai';
import fc from 'fast-check';
import type { ObservedContainer, ObservedPod } from '../../../edge-agent/kubelet/observed-pod.ts';
import { planPod, type Step } from '../../../edge-agent/kubelet/plan-pod.ts';
import type { Container, PodSpec } from '../../../shared/api/index.ts';
import { container, deleted, exited, observed, running } from '../../support/observed-pod.ts';

/** A step in short: `start c#1`, `stop c in 30 s`, `backOff c 10 s`. */
function short(step: Step): string {
  switch (step.do) {
    case 'ensureImage':
      return `image ${step.container.name}`;
    case 'startContainer':
      return `start ${step.container.name}#${step.attempt}`;
    case 'backOff':
      return `backOff ${step.container.name} ${step.delayMs / 1000} s`;
    case 'stopContainer':
      return `stop ${step.id} in ${step.killInMs / 1000} s`;
    case 'announceStop':
      return `announce ${step.id} in ${step.killInMs / 1000} s`;
    case 'resizeContainer':
      return `resize ${step.id}`;
    case 'removeContainer':
      return `remove ${step.id}`;
    case 'lookAgain':
      return `look in ${step.inMs / 1000} s`;
    case 'failPod':
      return `fail ${step.reason}`;
    default:
      return step.do;
  }
}

const plan = (pod: ObservedPod) => planPod(pod).map(short);
const one: PodSpec = { containers: [container('c')] };

describe('planning a pod', () => {
  describe('that is new', () => {
    it('prepares it first', () => {
      expect(plan(observed(one, [], { prepared: false }))).to.deep.equal(['prepare']);
    });

    it('then starts its containers, each with its image', () => {
      const two = { containers: [container('a'), container('b')] };
      expect(plan(observed(two))).to.deep.equal(['image a', 'start a#0', 'image b', 'start b#0']);
    });

    it('waits after a failed preparation', () => {
      const setbacks = new Map([['', { reason: '', message: 'no configmap', retryInMs: 500 }]]);
      expect(plan(observed(one, [], { prepared: false, setbacks }))).to.deep.equal(['look in 0.5 s']);
      const now = new Map([['', { reason: '', message: 'no configmap', retryInMs: 0 }]]);
      expect(plan(observed(one, [], { prepared: false, setbacks: now }))).to.deep.equal(['prepare']);
    });

    it('waits for one container and starts the others', () => {
      const two = { containers: [container('a'), container('b')] };
      const setbacks = new Map([['a', { reason: 'ErrImagePull', message: '', retryInMs: 9000 }]]);
      expect(plan(observed(two, [], { setbacks }))).to.deep.equal(['look in 9 s', 'image b', 'start b#0']);
    });
  });

  describe('with a postStart hook', () => {
    const a = container('a', { lifecycle: { postStart: { exec: { command: ['wait'] } } } });
    const spec = { containers: [a, container('b')] };
    const hooked = running('a', 0, { hooked: true, started: false, ready: false });
    const cases: [string, ObservedContainer[], string[]][] = [
      ['starts nothing after it', [], ['image a', 'start a#0']],
      ['waits while the hook runs', [hooked], []],
      ['goes on when the hook has done its work', [running('a')], ['image b', 'start b#0']],
      [
        'goes on when the hook has failed',
        [exited('a', 1)],
        ['image a', 'start a#1', 'image b', 'start b#0'],
      ],
      [
        'does not wait for the hook of one that failed before',
        [exited('a', 1), running('a', 1, { hooked: true })],
        ['image b', 'start b#0'],
      ],
      [
        'waits again after the board was started again',
        [{ ...exited('a', 255), earlier: true }, running('a', 1, { hooked: true })],
        [],
      ],
      [
        'looks after what runs meanwhile',
        [hooked, running('b', 0, { failedProbe: 'liveness' })],
        ['stop b-0 in 30 s'],
      ],
    ];
    for (const [title, containers, steps] of cases) {
      it(title, () => expect(plan(observed(spec, containers))).to.deep.equal(steps));
    }
  });

  describe('whose container ended', () => {
    const policies = ['Always', 'OnFailure', 'Never'] as const;
    const codes = [0, 1, 2, 3, 127, 128, 137, 143, 255];
    for (const restartPolicy of policies) {
      for (const exitCode of codes) {
        const again = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
        it(`${restartPolicy}, exit code ${exitCode}: ${again ? 'starts again at once' : 'stays down'}`, () => {
          const pod = observed({ ...one, restartPolicy }, [exited('c', exitCode)]);
          expect(plan(pod)).to.deep.equal(again ? ['image c', 'start c#1'] : []);
        });
      }
    }

    const delays = [
      [1, 10],
      [2, 20],
      [3, 40],
      [4, 80],
      [5, 160],
      [6, 300],
      [7, 300],
      [20, 300],
    ] as const;
    for (const [crashes, delay] of delays) {
      const at = (agoMs: number, ranMs = 1000) =>
        observed(one, [exited('c', 3, crashes, { agoMs, ranMs })], { crashes: new Map([['c', crashes]]) });

      it(`crashed ${crashes} times: shows its end for a second`, () => {
        expect(plan(at(400))).to.deep.equal(['look in 0.6 s']);
      });
      it(`crashed ${crashes} times: backs off ${delay} s`, () => {
        expect(plan(at(1000))).to.deep.equal([`backOff c ${delay} s`]);
      });
      it(`crashed ${crashes} times: waits for just ${delay} s`, () => {
        expect(plan(at(delay * 1000 - 1))).to.deep.equal([`backOff c ${delay} s`]);
        expect(plan(at(delay * 1000))).to.deep.equal(['image c', `start c#${crashes + 1}`]);
      });
      it(`crashed ${crashes} times: is forgiven after a run of ten minutes`, () => {
        expect(plan(at(0, 600_000))).to.deep.equal(['image c', `start c#${crashes + 1}`]);
        expect(plan(at(1000, 599_999))).to.deep.equal([`backOff c ${delay} s`]);
      });
      it(`crashed ${crashes} times, as far as a new agent can know: the same`, () => {
        const afterRestart = { ...at(1000), crashes: new Map() };
        expect(plan(afterRestart)).to.deep.equal([`backOff c ${delay} s`]);
      });
    }

    it('with another image: starts at once, and has crashed once', () => {
      const ended = { ...exited('c', 3, 6, { agoMs: 1000, ranMs: 1000 }), specHash: 'of the image before' };
      expect(planPod(observed(one, [ended], { crashes: new Map([['c', 6]]) }))[1]).to.include({
        ...{ do: 'startContainer', attempt: 7, crashes: 1 },
      });
    });

    const killed = (ranMs: number, attempt: number): ObservedContainer => ({
      ...exited('c', 137, attempt, { agoMs: 0, ranMs }),
      killed: true,
    });
    const next = (pod: ObservedPod) =>
      planPod(pod).map((step) => (step.do === 'startContainer' ? step.crashes : short(step)));
    const killedAgain = (secondsBetween: number, crashes: number) =>
      observed(one, [exited('c', 137, 1), killed(1000 + 1000 * secondsBetween, 2)], {
        crashes: new Map([['c', crashes]]),
      });

    it('killed by the kubelet for the first time: starts at once, as if it had not crashed', () => {
      expect(next(observed(one, [killed(1000, 0)], { crashes: new Map([['c', 0]]) }))).to.deep.equal([
        'image c',
        0,
      ]);
    });
    it('killed by the kubelet: waits only if the end before it was not long ago', () => {
      expect(next(killedAgain(8, 0))).to.deep.equal(['image c', 1]);
      expect(next(killedAgain(9, 1))).to.deep.equal(['look in 1 s']);
      expect(next(killedAgain(10, 1))).to.deep.equal(['image c', 2]);
      expect(next(killedAgain(39, 3))).to.deep.equal(['look in 1 s']);
      expect(next(killedAgain(40, 3))).to.deep.equal(['image c', 4]);
    });

    it('does not say twice that it backs off', () => {
      const setbacks = new Map([['c', { reason: 'CrashLoopBackOff', message: '', retryInMs: 4000 }]]);
      const pod = observed(one, [exited('c', 3, 1)], { setbacks });
      expect(plan(pod)).to.deep.equal(['look in 4 s']);
    });

    it('a container that could not be started is one that ended', () => {
      const failed = (restartPolicy: string) =>
        plan(observed({ ...one, restartPolicy }, [exited('c', 128, 0, { reason: 'StartError' })]));
      expect(failed('Always')).to.deep.equal(['image c', 'start c#1']);
      expect(failed('Never')).to.deep.equal([]);
    });

    it('keeps the newest and the one before, removes the rest', () => {
      const history = [running('c', 4), exited('c', 1, 3), exited('c', 1, 2), exited('c', 1, 1)];
      expect(plan(observed(one, history))).to.deep.equal(['remove c-2', 'remove c-1']);
    });

    for (const phase of ['Succeeded', 'Failed']) {
      it(`does not start a pod again that was ${phase} before its containers were removed`, () => {
        const pod = observed({ ...one, restartPolicy: 'Never' });
        const status = { ...pod.pod.status, phase };
        expect(plan({ ...pod, pod: { ...pod.pod, status }, prepared: false })).to.deep.equal([]);
      });
    }
  });

  describe('with init containers', () => {
    const spec: PodSpec = {
      initContainers: [container('i1'), container('i2')],
      containers: [container('c')],
    };
    const stories: [string, ObservedContainer[], string, string[]][] = [
      ['begins with the first', [], 'Always', ['image i1', 'start i1#0']],
      ['waits while it runs', [running('i1')], 'Always', []],
      ['goes on to the second', [exited('i1', 0)], 'Always', ['image i2', 'start i2#0']],
      ['waits for the second', [exited('i1', 0), running('i2')], 'Always', []],
      ['then the main one', [exited('i1', 0), exited('i2', 0)], 'Always', ['image c', 'start c#0']],
      ['repeats what failed', [exited('i1', 1)], 'Always', ['image i1', 'start i1#1']],
      ['repeats what failed', [exited('i1', 1)], 'OnFailure', ['image i1', 'start i1#1']],
      ['gives up', [exited('i1', 1)], 'Never', []],
      ['gives up', [exited('i1', 0), exited('i2', 1)], 'Never', []],
      ['backs off', [exited('i1', 0), exited('i2', 1, 1)], 'Always', ['backOff i2 10 s']],
      [
        'does not go back once the main one was started',
        [exited('c', 1)],
        'Always',
        ['image c', 'start c#1'],
      ],
      ['does not go back while the main one runs', [running('c')], 'Always', []],
      [
        'uses the newest attempt',
        [exited('i1', 1, 0), exited('i1', 0, 1)],
        'Always',
        ['image i2', 'start i2#0'],
      ],
    ];
    for (const [title, containers, restartPolicy, steps] of stories) {
      it(`${title} (${restartPolicy})`, () => {
        expect(plan(observed({ ...spec, restartPolicy }, containers))).to.deep.equal(steps);
      });
    }
  });

  describe('with sidecars', () => {
    const spec: PodSpec = {
      restartPolicy: 'Never',
      initContainers: [
        container('s1', { restartPolicy: 'Always' }),
        container('i'),
        container('s2', { restartPolicy: 'Always' }),
      ],
      containers: [container('c')],
    };
    const up = [running('s1'), exited('i', 0), running('s2')];
    const stories: [string, ObservedContainer[], string[]][] = [
      ['starts the first sidecar first', [], ['image s1', 'start s1#0']],
      ['waits until it has started', [running('s1', 0, { started: false })], []],
      ['goes on beside it', [running('s1')], ['image i', 'start i#0']],
      ['starts the main container after all', up, ['image c', 'start c#0']],
      ['is at rest when all run', [...up, running('c')], []],
      [
        'restarts a sidecar whatever its end',
        [exited('s1', 0), exited('i', 0), running('s2'), running('c')],
        ['image s1', 'start s1#1'],
      ],
      [
        'ends the last sidecar after the main container, and tells the first one',
        [...up, exited('c', 0)],
        ['stop s2-0 in 30 s', 'announce s1-0 in 30 s'],
      ],
      [
        'tells it once',
        [running('s1', 0, { announced: true }), exited('i', 0), running('s2'), exited('c', 0)],
        ['stop s2-0 in 30 s'],
      ],
      [
        'then the first one',
        [running('s1'), exited('i', 0), exited('s2', 143), exited('c', 0)],
        ['stop s1-0 in 30 s'],
      ],
      ['and leaves them down', [exited('s1', 143), exited('i', 0), exited('s2', 143), exited('c', 0)], []],
      [
        'ends the sidecar of an init container that failed for good',
        [running('s1'), exited('i', 1)],
        ['stop s1-0 in 30 s'],
      ],
    ];
    for (const [title, containers, steps] of stories) {
      it(title, () => expect(plan(observed(spec, containers))).to.deep.equal(steps));
    }
  });

  describe('that is deleted', () => {
    it('stops its containers at once, all together', () => {
      const two = { containers: [container('a'), container('b')] };
      const pod = deleted(observed(two, [running('a'), running('b')]));
      expect(plan(pod)).to.deep.equal(['stop a-0 in 30 s', 'stop b-0 in 30 s']);
    });

    it('waits for what is being stopped', () => {
      const pod = deleted(observed(one, [running('c', 0, { stoppingMs: 29_000 })]), 1000);
      expect(plan(pod)).to.deep.equal([]);
    });

    it('hurries when a second deletion gives less time', () => {
      const pod = deleted(observed(one, [running('c', 0, { stoppingMs: 25_000 })]), 0, 1);
      expect(plan(pod)).to.deep.equal(['stop c-0 in 2 s']);
    });

    it('kills at once without a grace period', () => {
      expect(plan(deleted(observed(one, [running('c')]), 0, 0))).to.deep.equal(['stop c-0 in 0 s']);
    });

    it('gives sidecars what is left of the time, but two seconds at least', () => {
      const spec: PodSpec = {
        initContainers: [container('s', { restartPolicy: 'Always' })],
        containers: [container('c')],
      };
      expect(plan(deleted(observed(spec, [running('s'), running('c')])))).to.deep.equal([
        'announce s-0 in 30 s',
        'stop c-0 in 30 s',
      ]);
      const mainDown = observed(spec, [running('s'), exited('c', 0)]);
      expect(plan(deleted(mainDown, 12_000))).to.deep.equal(['stop s-0 in 18 s']);
      expect(plan(deleted(mainDown, 40_000))).to.deep.equal(['stop s-0 in 2 s']);
    });

    it('reports when all are down, and cleans up', () => {
      expect(plan(deleted(observed(one, [exited('c', 0)])))).to.deep.equal(['reportTerminated', 'cleanUp']);
    });

    it('reports one that never started', () => {
      expect(plan(deleted(observed(one, [], { prepared: false })))).to.deep.equal([
        'reportTerminated',
        'cleanUp',
      ]);
    });

    it('is done after that', () => {
      expect(plan(deleted(observed(one, [], { cleaned: true })))).to.deep.equal([]);
    });

    it('restarts nothing', () => {
      const two = { containers: [container('a'), container('b')] };
      const pod = deleted(observed(two, [exited('a', 1), running('b', 0, { stoppingMs: 30_000 })]));
      expect(plan(pod)).to.deep.equal([]);
    });
  });

  describe('that is gone without a deletion', () => {
    it('is stopped with its own grace period', () => {
      const pod = observed({ ...one, terminationGracePeriodSeconds: 7 }, [running('c')], {
        unwanted: true,
        terminatingForMs: 0,
      });
      expect(plan(pod)).to.deep.equal(['stop c-0 in 7 s']);
    });
    it('is cleaned up without a report', () => {
      expect(plan(observed(one, [exited('c', 0)], { unwanted: true }))).to.deep.equal(['cleanUp']);
    });
    it('also when nothing is known of its spec', () => {
      const pod = observed({ containers: [] }, [running('c')], { unwanted: true, terminatingForMs: 0 });
      expect(plan(pod)).to.deep.equal(['stop c-0 in 30 s']);
    });
  });

  describe('that failed as a whole', () => {
    const failed = { reason: 'DeadlineExceeded', message: '' };
    it('fails when its deadline passes', () => {
      const spec = { ...one, activeDeadlineSeconds: 5 };
      expect(plan(observed(spec, [running('c')], { activeForMs: 4000 }))).to.deep.equal(['look in 1 s']);
      expect(plan(observed(spec, [running('c')], { activeForMs: 5000 }))).to.deep.equal([
        'fail DeadlineExceeded',
      ]);
    });
    it('has no deadline once it is complete', () => {
      const spec = { ...one, activeDeadlineSeconds: 5, restartPolicy: 'Never' };
      expect(plan(observed(spec, [exited('c', 0)], { activeForMs: 99_000 }))).to.deep.equal([]);
    });
    it('stops what runs', () => {
      expect(plan(observed(one, [running('c')], { failed }))).to.deep.equal(['stop c-0 in 30 s']);
    });
    it('starts nothing', () => {
      expect(plan(observed(one, [], { failed, prepared: false }))).to.deep.equal([]);
      expect(plan(observed(one, [exited('c', 1)], { failed }))).to.deep.equal([]);
    });
    it('is reported when it is deleted', () => {
      expect(plan(deleted(observed(one, [], { failed })))).to.deep.equal(['reportTerminated', 'cleanUp']);
    });
  });

  describe('after the board was started again', () => {
    const spec: PodSpec = { initContainers: [container('i')], containers: [container('c')] };
    const earlier = (name: string, exitCode: number, attempt = 0): ObservedContainer => ({
      ...exited(name, exitCode, attempt),
      earlier: true,
    });

    it('runs its init containers again, then the others, at once', () => {
      expect(plan(observed(spec, [earlier('i', 0), earlier('c', 255, 4)]))).to.deep.equal([
        'image i',
        'start i#1',
      ]);
      const initialised = [exited('i', 0, 1), earlier('i', 0), earlier('c', 255, 4)];
      expect(plan(observed(spec, initialised))).to.deep.equal(['image c', 'start c#5']);
    });

    it('runs no pod again that is to run once', () => {
      const once: PodSpec = { ...spec, restartPolicy: 'Never' };
      expect(plan(observed(once, [earlier('i', 0), earlier('c', 255)]))).to.deep.equal([]);
    });
  });

  describe('that lost its sandbox', () => {
    const spec = { initContainers: [container('i')], containers: [container('c')] };
    const lost = (how: 'new' | 'noted', ...containers: ObservedContainer[]) =>
      plan(observed(spec, [exited('i', 0), ...containers], { lost: how, prepared: how === 'new' }));

    it('says so, stops what is left of it, and is prepared anew', () => {
      expect(lost('new', running('c'))).to.deep.equal(['loseSandbox']);
      expect(lost('noted', running('c'))).to.deep.equal(['stop c-0 in 30 s']);
      expect(lost('noted', { ...running('c'), stoppingMs: 1000 })).to.deep.equal([]);
      expect(lost('noted', exited('c', 137))).to.deep.equal(['prepare']);
    });

    it('ends where nothing restarts', () => {
      const once = { containers: [container('c')], restartPolicy: 'Never' };
      expect(plan(observed(once, [exited('c', 137)], { lost: 'noted' }))).to.deep.equal([]);
    });
  });

  describe('of which this board has lost a container', () => {
    it('goes on counting its restarts', () => {
      const lost = observed(one);
      const status = {
        name: 'c',
        image: 'host',
        imageID: '',
        ready: true,
        restartCount: 3,
        containerID: 'process://x',
      };
      const pod = { ...lost.pod, status: { ...lost.pod.status, containerStatuses: [status] } };
      expect(plan({ ...lost, pod })).to.deep.equal(['image c', 'start c#4']);
    });
  });

  describe('whose resources change', () => {
    const asking = (cpu: string, more: Partial<Container> = {}) =>
      container('c', { resources: { requests: { cpu } }, ...more });
    const resized = (cpu: string, more: Partial<Container> = {}, facts: Partial<ObservedPod> = {}) =>
      plan({
        ...observed({ containers: [asking(cpu, more)] }, [running('c')], {
          resources: new Map([['c', { requests: { cpu: '1' } }]]),
        }),
        ...facts,
      });
    const room = (whole: number, free: number) => ({
      room: { whole: { cpuMillis: whole, memoryBytes: 1e9 }, free: { cpuMillis: free, memoryBytes: 1e9 } },
    });

    it('does nothing where they are the same', () => expect(resized('1')).to.deep.equal([]));
    it('changes the limits of what runs', () => expect(resized('2')).to.deep.equal(['resize c-0']));
    it('waits where others have the room', () =>
      expect(resized('2', {}, room(4000, 1500))).to.deep.equal([]));
    it('leaves be what the board never had', () =>
      expect(resized('8', {}, room(4000, 4000))).to.deep.equal([]));
    it('starts it anew where the container wants that', () => {
      const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
      expect(resized('2', { resizePolicy })).to.deep.equal(['stop c-0 in 30 s']);
      const other = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
      expect(resized('2', { resizePolicy: other })).to.deep.equal(['resize c-0']);
    });
    it('starts it anew where the runtime cannot change it', () => {
      expect(resized('2', {}, { canResize: false })).to.deep.equal(['stop c-0 in 30 s']);
    });
    it('waits after a failure', () => {
      const setbacks = new Map([['c/resize', { reason: '', message: '', retryInMs: 5000 }]]);
      expect(resized('2', {}, { setbacks })).to.deep.equal(['look in 5 s']);
    });
  });

  describe('whose container runs', () => {
    it('is at rest', () => {
      expect(plan(observed(one, [running('c')]))).to.deep.equal([]);
    });
    it('stops it when its definition changed', () => {
      const [step] = planPod(observed(one, [running('c', 0, { specHash: 'other' })]));
      expect(step).to.include({
        do: 'stopContainer',
        why: 'Container c definition changed, will be restarted',
      });
    });
    for (const failedProbe of ['liveness', 'startup'] as const) {
      it(`stops it when its ${failedProbe} probe fails`, () => {
        const [step] = planPod(observed(one, [running('c', 0, { failedProbe })]));
        expect(step).to.include({
          why: `Container c failed ${failedProbe} probe, will be restarted`,
          killInMs: 30_000,
        });
      });
      it(`takes the grace period of the ${failedProbe} probe`, () => {
        const probed = container('c', { [`${failedProbe}Probe`]: { terminationGracePeriodSeconds: 3 } });
        const [step] = planPod(observed({ containers: [probed] }, [running('c', 0, { failedProbe })]));
        expect(step).to.include({ killInMs: 3000 });
      });
    }
    it('does not stop it twice', () => {
      const pod = observed(one, [running('c', 0, { failedProbe: 'liveness', stoppingMs: 20_000 })]);
      expect(plan(pod)).to.deep.equal([]);
    });
  });

  describe('always', () => {
    const names = ['i', 's', 'a', 'b'];
    const state = (name: string) =>
      fc.oneof(
        fc.constant<ObservedContainer[]>([]),
        fc.record({ started: fc.boolean(), ready: fc.boolean() }).map((more) => [running(name, 1, more)]),
        fc
          .tuple(fc.constantFrom(0, 1, 137), fc.nat(400_000))
          .map(([code, agoMs]) => [exited(name, code, 1, { agoMs })]),
      );
    const pods = fc
      .record({
        restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
        states: fc.tuple(...names.map(state)),
        prepared: fc.boolean(),
        isDeleted: fc.boolean(),
        unwanted: fc.boolean(),
        failed: fc.boolean(),
      })
      .map(({ restartPolicy, states, prepared, isDeleted, unwanted, failed }) => {
        const spec: PodSpec = {
          restartPolicy,
          initContainers: [container('i'), container('s', { restartPolicy: 'Always' })],
          containers: [container('a'), container('b')],
        };
        const base = observed(spec, states.flat(), {
          ...{ prepared, unwanted },
          ...(failed && { failed: { reason: 'Evicted', message: '' } }),
        });
        return isDeleted ? deleted(base, 0) : base;
      });

    it('starts only what does not run, and stops only what runs', () => {
      fc.assert(
        fc.property(pods, (pod) => {
          const up = pod.containers.filter((found) => found.state === 'running');
          for (const step of planPod(pod)) {
            if (step.do === 'startContainer')
              expect(up.map(({ name }) => name)).not.to.include(step.container.name);
            if (step.do === 'stopContainer') expect(up.map(({ id }) => id)).to.include(step.id);
          }
        }),
        { numRuns: 500 },
      );
    });

    it('starts nothing of a pod that ends, and cleans up only when nothing runs', () => {
      fc.assert(
        fc.property(pods, (pod) => {
          const kinds = planPod(pod).map((step) => step.do);
          const ends = pod.unwanted || pod.failed || pod.pod.metadata.deletionTimestamp;
          if (ends) expect(kinds).not.to.include.members(['startContainer']).and.not.to.include('prepare');
          if (pod.containers.some(({ state }) => state === 'running'))
            expect(kinds).not.to.include('cleanUp');
        }),
        { numRuns: 500 },
      );
    });
  });
});
