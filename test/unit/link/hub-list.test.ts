// Where an agent goes when a hub is out of reach.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { HubList } from '../../../edge-agent/link/hub-list.ts';

const at = (host: string, port = 8883) => ({ host, port });

describe('the hubs that an agent knows', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-hubs-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function open(joined = at('a')): Promise<HubList> {
    const list = new HubList({ joined, directory });
    await list.open();
    return list;
  }

  it('are tried round and round', async () => {
    const list = await open();
    list.tryNext();
    expect(list.current, 'there is only one').to.deep.equal(at('a'));
    await list.tell([at('b'), at('a'), at('c')]);
    const tried = [1, 2, 3, 4].map(() => {
      list.tryNext();
      return list.current.host;
    });
    expect(tried).to.deep.equal(['b', 'c', 'a', 'b']);
  });

  it('are known after a restart, and written only when they change', async () => {
    const before = await open();
    await before.tell([at('a'), at('b', 1884)]);
    const { mtimeMs, ino } = statSync(join(directory, 'hubs.json'));
    await before.tell([at('a'), at('b', 1884)]);
    expect(statSync(join(directory, 'hubs.json'))).to.include({ mtimeMs, ino });
    const list = await open();
    expect(list.current, 'the one that it joined through comes first').to.deep.equal(at('a'));
    expect(list.all).to.deep.equal([at('a'), at('b', 1884)]);
  });

  for (const [name, text] of [
    ['torn', '[{"host":"b","po'],
    ['of another form', '{"host":"b"}'],
    ['empty', ''],
    ['without hubs', '[]'],
  ]) {
    it(`are the one that it joined through when the file is ${name}`, async () => {
      writeFileSync(join(directory, 'hubs.json'), text ?? '');
      expect((await open()).all).to.deep.equal([at('a')]);
    });
  }

  it('are bounded', async () => {
    const list = await open();
    await list.tell(Array.from({ length: 1_000 }, (_, n) => at(`h${n}`)));
    expect(list.all.length).to.equal(33);
  });
});
