// Reads what a test compares with from test/fixtures.

import { readFileSync } from 'node:fs';

const here = new URL('../fixtures/', import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: fixtures are JSON of any shape
export function readJson(path: string): any {
  return JSON.parse(readFileSync(new URL(path, here), 'utf8'));
}

// biome-ignore lint/suspicious/noExplicitAny: fixtures are JSON of any shape
export function readJsonLines(path: string): any[] {
  const lines = readFileSync(new URL(path, here), 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}
