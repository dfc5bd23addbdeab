// Listing and following over a wire that breaks: what is asked for next.

import { expect } from 'chai';
import { runListWatch, type WatchLine } from '../../../shared/client/http/list-watch.ts';
import { ApiError, type KubeList } from '../../../shared/machinery/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

type Turn = (tell: (line: WatchLine) => void) => Promise<void>;

const object = (revision: number) => ({
  metadata: { name: `o${revision}`, resourceVersion: String(revision) },
});

/** Plays the given turns, one for each watch that is asked for; then watches stay open. */
function play(turns: Turn[], lists: (() => KubeList)[] = []) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const heard: string[] = [];
  const list = (revision: number): KubeList => ({
    apiVersion: 'v1',
    kind: 'List',
    metadata: { resourceVersion: String(revision) },
    items: [],
  });
  const running = runListWatch({
    clock,
    handlers: {
      onReplace: ({ metadata }) => heard.push(`replace ${metadata.resourceVersion}`),
      onEvent: ({ type, object }) => heard.push(`${type} ${object.metadata.resourceVersion}`),
      onError: (error) => heard.push(error instanceof Error ? error.message : String(error)),
    },
    list: async () => {
      asked.push('list');
      return lists.shift()?.() ?? list(10);
    },
    watch: async (resourceVersion, tell, signal) => {
      asked.push(`watch ${resourceVersion}`);
      const turn = turns.shift();
      if (turn) return turn(tell);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  return { clock, asked, heard, list, stop: () => running.stop() };
}

describe('listing and following', () => {
  it('goes on after the last thing that it heard, bookmarks included', async () => {
    const { asked, heard, clock, stop } = play([
      async (tell) => {
        tell({ type: 'ADDED', object: object(11) });
        tell({ type: 'BOOKMARK', object: object(15) });
      },
    ]);
    await clock.advance(60_000);
    expect(asked).to.eql(['list', 'watch 10', 'watch 15']);
    expect(heard).to.eql(['replace 10', 'ADDED 11']);
    stop();
  });

  it('lists anew when the server has forgotten, by an answer or by an event', async () => {
    const gone = new ApiError('Expired', 'too old resource version');
    const { asked, clock, stop } = play([
      async () => {
        throw gone;
      },
      async (tell) => tell({ type: 'ERROR', object: gone.toStatus() }),
    ]);
    await clock.advance(60_000);
    expect(asked).to.eql(['list', 'watch 10', 'list', 'watch 10', 'list', 'watch 10']);
    stop();
  });

  it('waits between failures, says each, and gives up nothing', async () => {
    const failing = async () => {
      throw new Error('connection lost');
    };
    const { asked, heard, clock, stop } = play([failing, failing, failing]);
    await settle();
    expect(asked).to.eql(['list', 'watch 10']);
    await clock.advance(60_000);
    expect(asked).to.eql(['list', 'watch 10', 'watch 10', 'watch 10', 'watch 10']);
    expect(heard.filter((text) => text === 'connection lost')).to.have.length(3);
    stop();
  });

  it('does not spin when watches end at once', async () => {
    const { asked, clock, stop } = play(Array.from({ length: 1000 }, () => async () => undefined));
    await clock.advance(60_000);
    expect(asked.length).to.be.lessThan(100);
    stop();
  });

  it('ends when it is stopped, also while it waits', async () => {
    const { asked, clock, stop } = play([
      async () => {
        throw new Error('connection lost');
      },
    ]);
    await settle();
    stop();
    await clock.advance(60_000);
    expect(asked).to.eql(['list', 'watch 10']);
  });
});
