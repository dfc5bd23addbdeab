// Runs every test (or those whose files match the words given) and ends with one line: N passed, N failed, N skipped.
// `--nightly` lets the slow families run their full length.
//
// Files run beside each other, each in one of a few processes: a file's tests follow one another and are reported
// together, and nothing is shared between files but the machine. Hence no test relies on a fixed port, name or folder.

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

/** One more than there are cores: tests wait half of their time. Even more would only hold each other up. */
const filesAtOnce = Math.min(availableParallelism() + 1, 4);

const root = fileURLToPath(new URL('.', import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
if (process.argv.includes('--nightly')) process.env.KELP_NIGHTLY = '1';

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));

/** Small things first: a broken mechanism shows before the stories that rest on it. */
function rank(file: string): number {
  return ['unit/', 'contract/', 'scenario/', 'integration/'].findIndex((folder) => file.startsWith(folder));
}

/** A test that failed once beside others is tried again where nobody is there to look, and named at the end. */
const again: string[] = [];
const mocha = new Mocha({
  timeout: 60_000,
  retries: process.env.CI ? 1 : 0,
  reporter: 'spec',
  color: process.stdout.isTTY,
  parallel: true,
  jobs: filesAtOnce,
  require: [`${root}support/nothing-left-open.js`],
});
for (const file of files) mocha.addFile(root + file);
const runner = mocha.run((failed) => {
  for (const title of again) console.log(`tried twice: ${title}`);
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  console.log(`${passes} passed, ${failed} failed, ${pending} skipped`);
  process.exitCode = failed > 0 || passes === 0 ? 1 : 0;
});
runner.on('retry', (test, error: Error) =>
  again.push(`${test.fullTitle()} (${error.message.slice(0, 300)})`),
);
