// What is said of broken manifests is what kubectl says: neither asks a server before it has read them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { brokenYaml } from '../../support/broken-yaml.ts';
import { kubectls, run, skipWithout } from '../../support/cluster.ts';
import { kelpHere } from '../../support/kelp-here.ts';

describe('a manifest that is no YAML', function () {
  this.timeout(60_000);
  const kubectl = kubectls().find(({ version }) => version === 'of the system')?.path ?? '';
  const nobody = 'https://127.0.0.1:1';
  let folder: string;

  before(function () {
    if (!kubectl) skipWithout(this, 'kubectl 1.32', 'kubernetes-client');
    folder = mkdtempSync(join(tmpdir(), 'broken-yaml-'));
  });

  after(() => folder && rmSync(folder, { recursive: true }));

  it('is refused by kelp as by kubectl', async () => {
    for (const [text, words] of brokenYaml) {
      const file = join(folder, 'm.yaml');
      writeFileSync(file, text);
      const asked = ['create', '--validate=false', '--dry-run=client', '-s', nobody, '-f', file];
      const { code, stderr } = await run(kubectl, asked);
      expect(stderr).to.equal(
        `error: error parsing ${file}: error converting YAML to JSON: yaml: ${words}\n`,
      );
      const byKelp = await kelpHere(asked, {});
      expect(byKelp).to.include({ code, stderr });
    }
  });
});
