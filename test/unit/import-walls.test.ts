// Who may import whom. The rules stand in one table; a file that breaks one is named with its line.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

// From the compiled test (dist/test/unit) and from its source (test/unit) alike, the sources are what is looked at.
const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');

/** Folder → the folders of ours that it may import from, besides itself. Longest match counts. */
const walls: Record<string, readonly string[]> = {
  'shared/base': [],
  'shared/machinery': ['shared/base'],
  'shared/pki': ['shared/base'],
  'shared/yaml': ['shared/machinery'],
  'shared/bus': ['shared/base', 'shared/machinery'],
  'shared/api': ['shared/base', 'shared/machinery', 'shared/bus'],
  'shared/client': ['shared/base', 'shared/machinery', 'shared/bus', 'shared/api'],
  'hub/store': ['shared/base', 'shared/machinery'],
  'hub/apiserver': ['shared', 'hub/store'],
  'hub/broker': ['shared/base', 'shared/bus', 'shared/machinery'],
  'hub/bridge': ['shared', 'hub/broker', 'hub/apiserver', 'hub/store'],
  'hub/scheduler': ['shared/base', 'shared/machinery', 'shared/api', 'shared/client'],
  'hub/controllers': ['shared/base', 'shared/machinery', 'shared/api', 'shared/client'],
  'hub/pki': ['shared'],
  'hub/material': ['shared/base'],
  'hub/backup': ['shared', 'hub/store', 'hub/apiserver', 'hub/material', 'hub/encryption'],
  'hub/encryption': ['shared', 'hub/store', 'hub/apiserver'],
  'hub/cli': ['shared', 'hub/backup'],
  hub: ['shared', 'hub'],
  'edge-agent/link': ['shared'],
  'edge-agent/kubelet': ['shared', 'edge-agent/link', 'edge-agent/runtime'],
  'edge-agent/runtime': ['shared/base', 'shared/machinery'],
  'edge-agent/node': ['shared', 'edge-agent/link'],
  'edge-agent/join': ['shared'],
  'edge-agent/preflight': [],
  'edge-agent': ['shared', 'edge-agent'],
};

/** A part's door; everything else of it is its own affair. */
const doors = /(^|\/)index\.ts$/;

interface Import {
  file: string;
  line: number;
  from: string;
  target: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);
}

const files = ['shared', 'hub', 'edge-agent'].flatMap(sources);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    from: partOf(file),
    target: relative(root, join(root, dirname(file), match[1] ?? '')),
  }));
}

/** The longest folder of the table that the file lies in. */
function partOf(file: string): string {
  const part = Object.keys(walls)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (!part) throw new Error(`${file} lies in no part of the table`);
  return part;
}

const imports = files.flatMap(importsOf);
const told = ({ file, line, target }: Import) => `${file}:${line} imports ${target}`;

describe('import walls', () => {
  it('are looked at in every source file', () => {
    expect(imports.length).to.be.greaterThan(files.length);
  });

  it('let a part import only what stands in its row', () => {
    const broken = imports.filter(({ from, target }) => {
      const to = partOf(target);
      return (
        to !== from && !(walls[from] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`))
      );
    });
    expect(broken.map(told)).to.deep.equal([]);
  });

  it('have a door: nobody imports past the index.ts of another part', () => {
    const roots = new Set(['hub', 'edge-agent']);
    const broken = imports.filter(({ from, target }) => {
      const to = partOf(target);
      return to !== from && !roots.has(to) && !doors.test(target);
    });
    expect(broken.map(told)).to.deep.equal([]);
  });

  it('keep planning pure: no await, no clock, no randomness in plan-*.ts', () => {
    const plans = files.filter((file) => /\/plan-[^/]+\.ts$/.test(file));
    const impure = plans.filter((file) =>
      /\bawait\b|\basync\b|Date\.now|new Date\(\)|Math\.random|performance\.now|randomBytes/.test(
        readFileSync(join(root, file), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
      ),
    );
    expect(plans).to.not.be.empty;
    expect(impure).to.deep.equal([]);
  });

  it('have no cycles between files', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file).map(({ target }) => target)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).to.deep.equal([]);
  });
});
