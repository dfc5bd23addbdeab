// The stories of Jobs and CronJobs that were recorded from Kubernetes, told again with pods that do what they did: statuses
// and events are the same, in the same order. What a newer Kubernetes does otherwise is listed, with the reason.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import {
  type CronJob,
  cronjobs,
  type Event,
  events,
  type Job,
  jobs,
  type Resource,
} from '../../shared/api/index.ts';
import {
  isConditionTrue,
  type KubeObject,
  type Live,
  newControllerRef,
} from '../../shared/machinery/index.ts';
import { RecordedKubelet, type RecordedState } from '../support/recorded-kubelet.ts';
import { onStage, type Stage } from '../support/stage.ts';

interface Recorded<T> {
  t: number;
  event?: 'ADDED' | 'DELETED';
  spec?: { suspend?: boolean };
  status?: T;
}

interface Recording {
  manifest: string;
  pods: Record<string, RecordedState[]>;
  jobs: Record<string, Recorded<Job['status']>[]>;
  cronjobs?: Record<string, Recorded<CronJob['status']>[]>;
  events: { t: number; type: string; reason: string; source: string; object: string; message: string }[];
}

function read(story: string): Recording {
  return parse(readFileSync(new URL(`../fixtures/pods/${story}.yaml`, import.meta.url), 'utf8'));
}

/** Counts, those included that are about to be counted, and how it ends, from when it is sure. */
function shown(status: Job['status'] = {}): string {
  const { active = 0, succeeded = 0, failed = 0, uncountedTerminatedPods: uncounted } = status;
  const isTrue = (type: string) => isConditionTrue(status.conditions, type);
  const isComplete = isTrue('Complete') || isTrue('SuccessCriteriaMet');
  const end = status.conditions?.find(({ type }) => type === 'Failed' || type === 'FailureTarget');
  return [
    `${active} active`,
    `${succeeded + (uncounted?.succeeded?.length ?? 0)} succeeded`,
    `${failed + (uncounted?.failed?.length ?? 0)} failed`,
    ...(isComplete ? ['complete'] : []),
    ...(end ? [`failed for ${end.reason}: ${end.message}`] : []),
  ].join(', ');
}

function shownCron(status: CronJob['status'] = {}, suspend = false): string {
  const active = (status.active ?? []).map(({ name = '' }) => anyName(name));
  return `active ${active.join(' ') || 'none'}${status.lastScheduleTime ? ', scheduled' : ''}${suspend ? ', suspended' : ''}`;
}

/** Names that are made up, and minutes, are others in each run; the names of indexed pods have their index since v1.22. */
function anyName(text: string): string {
  return text.replace(/-\d{8}\b/g, '-MINUTE').replace(/(pod: [\w-]+?)(-\d)?-[a-z0-9]{5}$/, '$1-RAND5');
}

const once = (lines: readonly string[]) => lines.filter((line, at) => line !== lines[at - 1]);

/** In order, for each object. */
function byObject(lines: readonly (readonly [string, string])[]): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const [object, line] of lines) all[object] = once([...(all[object] ?? []), line]);
  return all;
}

async function eventsOf(stage: Stage): Promise<Record<string, string[]>> {
  const found = (await stage.list<Event>(events, 'default')).filter(({ source }) =>
    /^(cron)?job-controller$/.test(source?.component ?? ''),
  );
  const number = ({ metadata }: Live<Event>) => metadata.name.split('.').at(-1)?.padStart(20, '0') ?? '';
  return byObject(
    found
      .sort((a, b) => (number(a) < number(b) ? -1 : 1))
      .map(({ involvedObject: { kind = '', name = '' }, type, reason, message = '' }) => [
        anyName(`${kind.toLowerCase()}/${name}`),
        anyName(`${type} ${reason} ${message}`),
      ]),
  );
}

function recordedEvents({ events: all }: Recording): Record<string, string[]> {
  const said = all
    .filter(({ source }) => /^(cron)?job-controller$/.test(source))
    .map(
      ({ object, type, reason, message }) =>
        [
          anyName(object),
          // In the words of v1.29 and later.
          anyName(`${type} ${reason} ${message.replace(', status: Complete', ', condition: Complete')}`),
        ] as const,
    );
  return byObject(said);
}

const recordedStates = (story: Recording) =>
  byObject(
    Object.entries(story.jobs).flatMap(([name, states]) =>
      states
        .filter(({ status }) => status)
        .map(({ status }) => [anyName(name), shown(status)] as const)
        .filter(([, line]) => line !== shown()),
    ),
  );

/** What objects go through from now on, those without a status yet left out. */
function follow<T extends KubeObject>(
  stage: Stage,
  resource: Resource<T>,
  show: (object: Live<T>) => string,
): () => Record<string, string[]> {
  const seen = stage.record(resource, (object) => `${object.metadata.name}|${show(object)}`);
  return () =>
    byObject(
      seen
        .map((line) => line.split('|'))
        .filter(([, state]) => state !== undefined && state !== shown())
        .map(([name = '', state = '']) => [anyName(name), state]),
    );
}

describe('a recorded story', () => {
  it('of a Job with three completions', () =>
    onStage(async (stage) => {
      const story = read('job-3-completions');
      const kubelet = new RecordedKubelet(stage, story.pods);
      await kubelet.start('node1');
      const states = follow(stage, jobs, ({ status }) => shown(status));
      await apply(stage, story);
      for (let tenths = 0; tenths < 125; tenths += 1) await stage.pass(100);
      await kubelet.done();
      expect(states()).to.eql(recordedStates(story));
      expect(await eventsOf(stage)).to.eql(recordedEvents(story));
    }));

  it('of Jobs that fail, have a deadline, indexes, and a time to live', () =>
    onStage(async (stage) => {
      const story = read('job-backofflimit');
      const kubelet = new RecordedKubelet(stage, story.pods);
      await kubelet.start('node1');
      const states = follow(stage, jobs, ({ status }) => shown(status));
      await apply(stage, story);
      for (let halves = 0; halves < 130; halves += 1) await stage.pass(500);
      await kubelet.done();
      const { never, onfailure, susp, ...others } = states();
      const recorded = recordedStates(story);
      const { never: _, onfailure: __, susp: ___, ...same } = recorded;
      expect(others).to.eql(same);
      // Since v1.26 a replacement waits 10 s and more after its failure.
      expect(never).to.include.members(recorded.never ?? ['nothing recorded']);
      expect(never?.filter((state) => !recorded.never?.includes(state))).to.eql([
        '0 active, 0 succeeded, 1 failed',
        '0 active, 0 succeeded, 2 failed',
      ]);
      // That version took the failure of its pod back.
      expect(onfailure).to.eql(recorded.onfailure?.slice(0, 2));
      // That version heeded no suspend.
      expect(susp).to.equal(undefined);
      const { 'job/susp': suspended, ...said } = await eventsOf(stage);
      expect(suspended).to.eql(['Normal Suspended Job suspended']);
      const { 'job/susp': ____, ...saidThen } = recordedEvents(story);
      expect(said).to.eql(saidThen);
      expect(await stage.find(jobs, 'ttl')).to.equal(undefined);
    }));

  it('of a CronJob that runs every minute, and of a Job by hand', () =>
    onStage(async (stage) => {
      const story = read('cronjob-every-minute');
      const begin = stage.clock.now();
      // The first minute began 57.6 seconds after the CronJob was made.
      await stage.pass(2400);
      const firstMinute = Math.floor(begin / 60_000) + 1;
      const kubelet = new RecordedKubelet(stage, story.pods, (name) =>
        name.replace(/-\d{8}$/, (minute) => `-${firstMinute - 29920184 - Number(minute)}`),
      );
      await kubelet.start('node1');
      const states = follow(stage, jobs, ({ status }) => shown(status));
      const cronStates = stage.record(cronjobs, ({ status, spec }) => shownCron(status, spec?.suspend));
      await apply(stage, story);
      for (let halves = 0; halves < 147 * 2; halves += 1) {
        if (halves === 272) await runByHand(stage);
        await stage.pass(500);
      }
      await kubelet.done();
      expect(states()).to.eql(recordedStates(story));
      let suspend = false;
      let status: CronJob['status'];
      const recorded = (story.cronjobs?.cj ?? []).flatMap((state) => {
        if (state.event === 'DELETED') return [];
        suspend = state.spec?.suspend ?? suspend;
        status = state.status ?? status;
        return [shownCron(status, suspend)];
      });
      expect(once(cronStates)).to.eql(once(recorded));
      const said = await eventsOf(stage);
      const saidThen = recordedEvents(story);
      // Newer ones forget the old before they look at the new.
      const sorted = (all: Record<string, string[]>) =>
        Object.fromEntries(
          Object.entries(all).map(([object, lines]) => [object, [...new Set(lines)].sort()]),
        );
      expect(sorted(said)).to.eql(sorted(saidThen));
    }));
});

async function apply(stage: Stage, { manifest, jobs: recorded }: Recording): Promise<void> {
  const begun = stage.clock.now();
  for (const document of parseAllDocuments(manifest)) {
    const object: Job | CronJob | null = document.toJS();
    if (!object) continue;
    const { name = '' } = object.metadata ?? {};
    const at = (recorded[name]?.[0]?.t ?? 0) * 1000;
    await stage.pass(Math.max(0, begun + at - stage.clock.now()));
    const placed = { ...object, metadata: { ...object.metadata, namespace: 'default' } };
    if (object.kind === 'Job') await stage.create(jobs, placed as Job);
    else await stage.create(cronjobs, placed as CronJob);
  }
}

/** Suspends it, and does as `kubectl create job --from=cronjob/cj manual`. */
async function runByHand(stage: Stage): Promise<void> {
  const key = { namespace: 'default', name: 'cj' };
  const patch = { spec: { suspend: true } };
  const cronJob = await stage.client.patch(cronjobs, key, 'application/merge-patch+json', patch);
  const { blockOwnerDeletion: _, ...owner } = newControllerRef(cronJob, cronjobs);
  await stage.create(jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'manual',
      namespace: 'default',
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [owner],
    },
    ...(cronJob.spec?.jobTemplate.spec && { spec: cronJob.spec.jobTemplate.spec }),
  });
}
