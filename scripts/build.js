// Builds dist/: generates the schema of the API's types, compiles, and copies what is read at run time.
// `node scripts/build.js` builds; setup.js calls `build` and skips it when nothing has changed.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = ['shared', 'hub', 'edge-agent', 'test', 'scripts', 'package-lock.json', 'tsconfig.json'];
/** What is read at run time beside the code. */
const assets = ['shared/api/generated', 'hub/apiserver/http/protobuf/messages.json', 'test/fixtures'];
const stamp = `${root}/dist/.built`;

/** Milliseconds since the epoch of the newest file below `path`. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !['generated', '.tools'].includes(name))
    .reduce((latest, entry) => Math.max(latest, newest(`${path}/${entry.name}`)), stat.mtimeMs);
}

function isBuilt() {
  return (
    existsSync(stamp) && sources.every((source) => newest(`${root}/${source}`) <= statSync(stamp).mtimeMs)
  );
}

/** `step(title, command, args)` runs a command and shows its progress. */
export function build(step) {
  if (isBuilt()) return;
  step('generating the schema of the API', process.execPath, ['scripts/generate-schema.js']);
  // Not before: the schema lies among the sources, and makes their folder newer.
  const begun = new Date();
  if (!existsSync(stamp)) rmSync(`${root}/dist`, { recursive: true, force: true });
  step('compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
  for (const asset of assets) cpSync(`${root}/${asset}`, `${root}/dist/${asset}`, { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, begun, begun);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build((title, command, args) => {
    console.error(`kelp: ${title}`);
    const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  });
}
