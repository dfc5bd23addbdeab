// Stories of pods that were recorded from Kubernetes, told again here: the same phases, conditions, container states, restart
// counts and events, in the same order. By night to their end, and those of whole nodes.

import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { eventually } from '../../support/cluster.ts';
import { compare, comparePods } from './compare.ts';
import { alone, differences, elsewhere, long } from './differences.ts';
import { clearedAt, readStory, type Story } from './story.ts';
import { Teller } from './teller.ts';

const folder = new URL('../../fixtures/pods/', import.meta.url);
const recorded = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));
const isNight = process.env.KELP_NIGHTLY !== undefined;
const toldTogether = recorded.filter(
  (name) => elsewhere[name] === undefined && !alone.includes(name) && (isNight || !long.includes(name)),
);
/** Seconds of each story. */
const longest = isNight ? 125 : 8;
/** To its end in any case: what happens late there happens soon here. */
const whole = ['emptydir-sizelimit'];
const untilOf = (story: Story) => Math.min(whole.includes(story.name) ? 125 : longest, clearedAt(story));
/** More, for a machine that has much to do. */
const patience = 20;
const atOnce = 16;

const lengthOf = (story: Story) =>
  Math.min(untilOf(story), Math.max(...[...story.pods.values()].flat().map(({ t }) => t)));

/** Answers what is otherwise than in the recording. */
async function tell(teller: Teller, story: Story): Promise<string[]> {
  const { name } = story;
  const until = untilOf(story);
  const seen = () => ({
    statesOf: (pod: string) => teller.statesOf(name, pod),
    events: teller.eventsOf(name),
  });
  await teller.tell(story, until, (then) => comparePods(story, seen(), then, differences).length === 0);
  let faults = compare(story, seen(), until, differences);
  let looked = teller.seenOf(name);
  const isSame = () => {
    if (teller.seenOf(name) > looked) faults = compare(story, seen(), until, differences);
    looked = teller.seenOf(name);
    return faults.length === 0 || undefined;
  };
  await eventually(name, isSame, (lengthOf(story) + patience) * 1000).catch(() => undefined); // said by its test
  return faults;
}

describe('recorded stories of pods', function () {
  this.timeout((longest + patience) * 5_000);
  const teller = new Teller();
  const told = new Map<string, Promise<string[]>>();

  before(async function () {
    if (process.getuid?.() !== 0) return this.skip();
    await teller.start();
    const free = Array.from({ length: atOnce }, () => Promise.resolve());
    const stories = toldTogether
      .map((name) => readStory('pods', name))
      .sort((a, b) => lengthOf(b) - lengthOf(a));
    // Each waits for one that began before it.
    stories.forEach((story, at) => {
      const turn = (free[at % atOnce] ?? Promise.resolve()).then(() => tell(teller, story));
      free[at % atOnce] = turn.then(
        () => undefined,
        () => undefined,
      );
      turn.catch(() => undefined); // its own test says so
      told.set(story.name, turn);
    });
  });
  after(() => teller.close());

  for (const name of toldTogether)
    it(name, async () => {
      const faults = await told.get(name);
      expect(faults?.join('\n')).to.equal('');
    });
});

(isNight && process.getuid?.() === 0 ? describe : describe.skip)('recorded stories of a node', function () {
  this.timeout((longest + patience) * 3_000);

  for (const name of alone) {
    describe('in a cluster of its own', () => {
      let teller: Teller;
      // Not before: by day there is none, and its folder would stay.
      before(() => {
        teller = new Teller();
        return teller.start();
      });
      after(() => teller?.close());
      it(name, async () => {
        expect((await tell(teller, readStory('pods', name))).join('\n')).to.equal('');
      });
    });
  }
});
