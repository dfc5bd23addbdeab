// The keys and values that `--from-file`, `--from-literal` and `--from-env-file` name.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../../shared/base/index.ts';

/** Stricter than what the server takes as the name of a variable. */
const envKey = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const envKeyRule =
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

export interface DataFlags {
  fromLiteral: readonly string[];
  fromFile: readonly string[];
  fromEnvFile: readonly string[];
}

export interface Entry {
  key: string;
  bytes: Buffer;
}

/** Throws UserError in kubectl's words. `env`: values of an env file's keys that stand alone. */
export function readEntries(
  { fromLiteral, fromFile, fromEnvFile }: DataFlags,
  env: Readonly<Record<string, string | undefined>>,
): Entry[] {
  if (fromEnvFile.length > 0 && fromFile.length + fromLiteral.length > 0)
    throw new UserError('from-env-file cannot be combined with from-file or from-literal');
  return [
    ...fromFile.flatMap(fileEntries),
    ...fromLiteral.map(literalEntry),
    ...fromEnvFile.flatMap((file) => envFileEntries(file, env)),
  ];
}

function literalEntry(source: string): Entry {
  const sign = source.indexOf('=');
  if (sign <= 0) throw new UserError(`invalid literal source ${source}, expected key=value`);
  return { key: source.slice(0, sign), bytes: Buffer.from(source.slice(sign + 1)) };
}

function fileEntries(source: string): Entry[] {
  const [first = '', second, ...more] = source.split('=');
  if (more.length > 0) throw new UserError("key names or file paths cannot contain '='");
  if (second === undefined && isFolder(first)) return folderEntries(first);
  if (second === undefined) return [{ key: basename(first), bytes: bytesOf(first) }];
  if (first === '') throw new UserError(`key name for file path ${second} missing`);
  if (second === '') throw new UserError(`file path for key name ${first} missing`);
  if (isFolder(second)) throw new UserError('cannot give a key name for a directory path');
  return [{ key: first, bytes: bytesOf(second) }];
}

function folderEntries(folder: string): Entry[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ key: name, bytes: bytesOf(join(folder, name)) }));
}

function envFileEntries(file: string, env: Readonly<Record<string, string | undefined>>): Entry[] {
  const text = bytesOf(file)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  return text.split(/\r?\n/).flatMap((raw): Entry[] => {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) return [];
    const [key = '', ...value] = line.split('=');
    if (!envKey.test(key))
      throw new UserError(`${JSON.stringify(key)} is not a valid key name: ${envKeyRule}`);
    return [{ key, bytes: Buffer.from(value.length > 0 ? value.join('=') : (env[key] ?? '')) }];
  });
}

function isFolder(path: string): boolean {
  return reading(path, () => statSync(path).isDirectory());
}

function bytesOf(path: string): Buffer {
  return reading(path, () => readFileSync(path));
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    const why =
      code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : code;
    throw new UserError(`error reading ${path}: ${why}`, { cause });
  }
}
