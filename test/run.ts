// Runs every test (or those whose files match the words given) and ends with one line: N passed, N failed, N skipped.
// `--nightly` lets the slow families run their full length.

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

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

const mocha = new Mocha({ timeout: 30_000, reporter: 'spec', color: process.stdout.isTTY });
for (const file of files) mocha.addFile(root + file);
await mocha.loadFilesAsync();
const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  let failed = failures;
  // What is started is stopped: nothing may keep this process alive once the tests are done.
  const leak = setTimeout(() => {
    console.log(`still open after the last test: ${process.getActiveResourcesInfo().join(', ')}`);
    failed++;
    process.exit();
  }, 10_000);
  leak.unref();
  process.once('exit', () => {
    console.log(`${passes} passed, ${failed} failed, ${pending} skipped`);
    process.exitCode = failed > 0 || passes === 0 ? 1 : 0;
  });
});
