// The sample files are the defaults: what a person reads there is what holds.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { agentOptions } from '../../../edge-agent/config.ts';
import { hubOptions } from '../../../hub/config.ts';
import { loadOptions, type Option } from '../../../shared/base/index.ts';

const here = dirname(fileURLToPath(import.meta.url));
const config = join(here, here.includes('/dist/') ? '../../../../config' : '../../../config');

for (const [file, table] of [
  ['hub.yaml', hubOptions],
  ['agent.yaml', agentOptions],
] as const) {
  const path = join(config, file);
  const text = readFileSync(path, 'utf8');
  const options = Object.values<Option<unknown>>(table);

  describe(`config/${file}`, () => {
    it('gives every option its default', async () => {
      const loaded = await loadOptions(table as typeof hubOptions, { file: path });
      const defaults = Object.fromEntries(
        Object.entries<Option<unknown>>(table).map(([name, option]) => [name, option.default]),
      );
      expect(loaded).to.deep.equal(defaults);
    });

    for (const { yamlKey = '', help } of options) {
      it(`names ${yamlKey}, with its help`, () => {
        expect(text).to.match(new RegExp(`^(# )?${yamlKey}:`, 'm'));
        const words = (line: string) =>
          line
            .toLowerCase()
            .replace(/[^a-z0-9]+/g, ' ')
            .trim();
        expect(words(text)).to.contain(words(help.split(/[;:(]/, 1)[0] ?? ''));
      });
    }
  });
}
