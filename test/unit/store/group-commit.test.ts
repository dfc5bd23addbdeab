import { expect } from 'chai';
import { type Entry, GroupCommit } from '../../../hub/store/datafile/group-commit.ts';
import { settle } from '../../support/fake-clock.ts';

/** Entries by name; appends that wait until the test ends them. */
class World {
  readonly appended: string[][] = [];
  readonly events: string[] = [];
  readonly commits: GroupCommit<Entry & { name: string }>;
  private underWay: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor() {
    this.commits = new GroupCommit({
      append: (entries) => {
        this.appended.push(entries.map(({ name }) => name));
        return new Promise((resolve, reject) => {
          this.underWay = { resolve, reject };
        });
      },
      onSettled: () => this.events.push('settled'),
      onFailure: (cause) => this.events.push(`failure ${cause}`),
    });
  }

  submit(name: string, bytes = 100): void {
    this.commits.submit({
      name,
      bytes,
      settle: () => this.events.push(name),
      reject: (cause) => this.events.push(`${name} rejected: ${cause}`),
    });
  }

  async finishAppend(): Promise<void> {
    await settle();
    this.underWay?.resolve();
    await settle();
  }

  async failAppend(cause: string): Promise<void> {
    await settle();
    this.underWay?.reject(cause);
    await settle();
  }
}

describe('group commit', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it('appends all that came in one turn together, and what comes meanwhile with the next', async () => {
    world.submit('a');
    world.submit('b');
    await settle();
    for (const name of ['c', 'd', 'e']) world.submit(name);
    expect(world.events).to.deep.equal([]);
    await world.finishAppend();
    expect(world.appended).to.deep.equal([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    expect(world.events).to.deep.equal(['a', 'b', 'settled']);
    await world.finishAppend();
    expect(world.events).to.deep.equal(['a', 'b', 'settled', 'c', 'd', 'e', 'settled']);
  });

  it('settles what has nothing for the disk at once, when nothing is before it', () => {
    world.submit('volatile', 0);
    expect(world.events).to.deep.equal(['volatile']);
    expect(world.appended).to.deep.equal([]);
  });

  it('settles what has nothing for the disk after what came before it', async () => {
    world.submit('a');
    await settle();
    world.submit('volatile', 0);
    expect(world.events).to.deep.equal([]);
    await world.finishAppend();
    expect(world.events).to.deep.equal(['a', 'settled', 'volatile', 'settled']);
    expect(world.appended).to.deep.equal([['a']]);
  });

  it('makes an append no larger than about a mebibyte', async () => {
    for (const name of ['a', 'b', 'c', 'd']) world.submit(name, 400 * 1024);
    await world.finishAppend();
    await world.finishAppend();
    expect(world.appended).to.deep.equal([['a', 'b', 'c'], ['d']]);
  });

  it('rejects everything from the first failure on, in order', async () => {
    world.submit('a');
    await settle();
    world.submit('b');
    world.submit('volatile', 0);
    await world.failAppend('disk full');
    world.submit('c');
    expect(world.events).to.deep.equal([
      'failure disk full',
      'a rejected: disk full',
      'b rejected: disk full',
      'volatile rejected: disk full',
      'c rejected: disk full',
    ]);
    expect(world.appended).to.deep.equal([['a']]);
  });

  it('runs a task between two appends', async () => {
    world.submit('a');
    await settle();
    world.submit('b');
    const task = world.commits.between(async () => {
      world.events.push('task begins');
      await settle();
      world.events.push('task ends');
    });
    await world.finishAppend();
    await task;
    await world.finishAppend();
    expect(world.events).to.deep.equal(['a', 'settled', 'task begins', 'task ends', 'b', 'settled']);
  });

  it('tells the task’s failure to whom it belongs, and goes on', async () => {
    let told: unknown;
    await world.commits
      .between(() => Promise.reject('no'))
      .catch((error) => {
        told = error;
      });
    expect(told).to.equal('no');
    world.submit('a');
    await world.finishAppend();
    expect(world.events).to.deep.equal(['a', 'settled']);
  });
});
