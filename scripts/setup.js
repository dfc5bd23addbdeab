// Makes a checkout ready to run, and says what it does: packages installed, schema generated, sources compiled.
// Does nothing, quickly, when all of that is done already. `--tests` also fetches what the tests need from Debian.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wantedNode = [20, 19];

function fail(message) {
  console.error(`kelp: ${message}`);
  process.exit(1);
}

function step(title, command, args) {
  process.stderr.write(`kelp: ${title} … `);
  const begun = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status !== 0) {
    process.stderr.write('failed\n');
    process.stderr.write(`${[stdout, stderr, error?.message].filter(Boolean).join('\n').trimEnd()}\n`);
    fail(`'${[command, ...args].join(' ')}' failed; mend what it says above and start again`);
  }
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wantedNode[0] || (major === wantedNode[0] && minor >= wantedNode[1])) return;
  fail(
    `Node ${process.versions.node} is too old: Kelp needs ${wantedNode.join('.')} or newer (https://nodejs.org)`,
  );
}

/** npm leaves its own copy of the lockfile; ours is newer when the packages are to be installed again. */
function installPackages() {
  const stamp = `${root}/node_modules/.kelp-lock`;
  const lock = readFileSync(`${root}/package-lock.json`, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  step('installing packages (once)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

function installTestTools() {
  step('looking for the programs that the tests drive', 'sh', [
    'scripts/test-tools.sh',
    ...process.argv.filter((word) => word === '--nightly'),
  ]);
}

checkNode();
if (!existsSync(`${root}/package-lock.json`)) fail('package-lock.json is missing: is this a whole checkout?');
installPackages();
const { build } = await import('./build.js');
build(step);
if (process.argv.includes('--tests')) installTestTools();
statSync(`${root}/dist/hub/cli/main.js`);
