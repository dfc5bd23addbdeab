// Everything that was recorded of a real Kubernetes API server (v1.21), asked again of a hub over HTTPS: defaults, tables,
// watches, patches, refusals, and what controllers made of it all. What is answered otherwise is listed in test/fixtures/recorded/explained.json, with the
// reason and what is answered instead; nothing else may differ, and what no longer differs may not be listed.

import { expect } from 'chai';
import { certificateTask } from '../../../shared/pki/index.ts';
import { TestCluster } from '../../support/cluster.ts';
import { HttpsJson } from '../../support/https-json.ts';
import {
  type Explanation,
  explained,
  type RecordedExchange,
  recordedDefaults,
  recordedErrors,
  recordedPatches,
  recordedSettled,
  recordedTables,
  recordedWatch,
  standing,
} from '../../support/recorded/recorded.ts';
import { replayDefault } from '../../support/recorded/replay-defaults.ts';
import { replayError } from '../../support/recorded/replay-errors.ts';
import { PatchReplay } from '../../support/recorded/replay-patches.ts';
import { replaySettled } from '../../support/recorded/replay-settled.ts';
import { replayTable } from '../../support/recorded/replay-tables.ts';
import { replayWatches, watchesOf } from '../../support/recorded/replay-watch.ts';
import { useSigningRequest } from '../../support/recorded/sendable.ts';
import { between, makeNamespaces, makeStanding, Paths } from '../../support/recorded/world.ts';

/** Requests that leave nothing are sent together. */
const atOnce = 16;

/** What a replay tells of one recording. */
interface Outcome {
  note: string;
  differences: readonly string[];
  /** Of refusals: what is answered here. */
  code?: number;
  message?: string;
}

describe('what a real API server answered', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  const listed = explained();
  let api: HttpsJson;
  let nobody: HttpsJson;
  let paths: Paths;

  before(async () => {
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    nobody = new HttpsJson(cluster.server, cluster.kubeconfig, { certificate: false });
    paths = new Paths(api);
    const subject = { commonName: 'u', organizations: [] };
    const { request } = await certificateTask('request', { subject });
    useSigningRequest(Buffer.from(request).toString('base64'));
    await makeNamespaces(api);
  });
  after(async () => {
    api?.close();
    nobody?.close();
    await cluster.close();
  });

  // The order is that of the recordings: what one leaves is what the next finds.

  it('to objects that leave out what has a default', async () => {
    const needOthers = /^(core_v1_Pod_|policy)/;
    const recorded = recordedDefaults();
    const outcomes: Outcome[] = [];
    for (const late of [false, true])
      for (const each of recorded.filter(({ note }) => needOthers.test(note) === late)) {
        outcomes.push({ note: each.note, differences: await replayDefault(api, paths, each) });
        // Else the rest would depend on the minute.
        if (each.note === 'batch_v1_CronJob')
          await api.must('PATCH', '/apis/batch/v1/namespaces/rec/cronjobs/cj-min', {
            contentType: 'application/merge-patch+json',
            body: { spec: { suspend: true } },
          });
      }
    expectExplained('defaults', outcomes);
  });

  it('to lists as tables', async () => {
    const outcomes: Outcome[] = [];
    for (const [path, table] of Object.entries(recordedTables()))
      outcomes.push({ note: path, differences: await replayTable(api, path, table) });
    expectExplained('tables', outcomes);
  });

  it('to watches', async () => {
    // Bookmarks over a minute and paths without a query are held to in test/unit/apiserver/registry-watch.test.ts.
    const watches = watchesOf(recordedWatch()).filter(({ query }) => query && !query.includes('=75'));
    const found = await replayWatches(api, watches);
    const outcomes = watches.map(({ watch }, at) => ({ note: watch, differences: found[at] ?? ['none'] }));
    expectExplained('watch', outcomes);
  });

  it('to patches', async () => {
    const { fixtures, cases } = recordedPatches();
    const replay = new PatchReplay(api, fixtures);
    const outcomes: Outcome[] = [];
    for (const each of cases) outcomes.push({ note: each.note, differences: await replay.replay(each) });
    expectExplained('patches', outcomes);
  });

  it('to what it refused, or let through although it looks wrong', async () => {
    const recorded = recordedErrors();
    const outcomes: Outcome[] = [];
    const ask = async (exchange: RecordedExchange) => {
      for (const object of between[exchange.note] ?? [])
        await api.must('POST', await paths.collection(object), { body: object });
      const { request } = exchange;
      const note = `${exchange.note} | ${request.verb} ${request.path}`;
      outcomes.push({ note, ...(await replayError({ admin: api, nobody }, exchange)) });
    };
    const tried = recorded.filter(isOnlyTried);
    while (tried.length > 0) await Promise.all(tried.splice(0, atOnce).map(ask));
    await makeStanding(api, paths, standing());
    for (const exchange of recorded.filter((each) => !isOnlyTried(each))) await ask(exchange);
    expectExplained('errors', outcomes);
  });

  it('once its controllers and its scheduler were done', async () => {
    const outcomes = Object.entries(recordedSettled()).map(async ([note, object]) => {
      const known = listed.settled?.[note]?.at;
      return { note, differences: await replaySettled(api, paths, object, known) };
    });
    expectExplained('settled', await Promise.all(outcomes));
  });

  function expectExplained(file: string, outcomes: readonly Outcome[]): void {
    const reasons: Record<string, Explanation> = listed[file] ?? {};
    const faults = outcomes.flatMap((outcome) => faultsOf(outcome, reasons[outcome.note]));
    const notes = new Set(outcomes.map(({ note }) => note));
    const unknown = Object.keys(reasons).filter((note) => !notes.has(note));
    expect([...faults, ...unknown.map((note) => `${note}: not recorded`)].join('\n\n')).to.equal('');
  }
});

/** Creates that leave nothing: they are asked before anything stands that has their name. */
function isOnlyTried({ request: { verb, path, headers } }: RecordedExchange): boolean {
  const isCreate = verb === 'POST' && /^[^?]*\/[a-z]+\?dryRun=All/.test(path) && !/\/e-[^/]*\//.test(path);
  return isCreate && !/namespaces\/(e-|nope)/.test(path) && !headers;
}

function faultsOf({ note, differences, code, message }: Outcome, reason: Explanation | undefined): string[] {
  if (differences.length === 0) return reason ? [`${note}: explained, and yet as recorded`] : [];
  const told = `${note}\n  ${differences.join('\n  ')}`;
  if (!reason) return [told];
  if (code === undefined) {
    const at = [...new Set(differences.map((difference) => difference.replace(/: .*$/s, '')))];
    return sameList(at, reason.at ?? []) ? [] : [`${told}\n  explained: ${reason.at?.join(', ')}`];
  }
  const same = reason.code === code && reason.message === message;
  return same ? [] : [`${told}\n  explained: ${reason.code} ${reason.message}`];
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}
