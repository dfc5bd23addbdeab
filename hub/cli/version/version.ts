// The versions as kubectl shows them.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { textAt } from '../json.ts';
import { indentedJson } from '../printers/go-json.ts';
import { toYaml } from '../printers/yaml/to-yaml.ts';
import type { Session } from '../session.ts';

export async function version({ output }: { output: string }, session: Session): Promise<void> {
  const server = await session.call('/version');
  session.write(shown(output, clientInfo(), isRecord(server) ? server : {}));
}

export function clientVersion(output: string): string {
  return shown(output, clientInfo(), undefined);
}

function shown(output: string, client: JsonObject, server: JsonObject | undefined): string {
  const all = { clientVersion: client, ...(server && { serverVersion: server }) };
  switch (output) {
    case 'json':
      return `${indentedJson(all).replace(/ {4}/g, '  ')}\n`;
    case 'yaml':
      return toYaml(all);
    case '': {
      const lines = [`Client Version: ${textAt(client, 'gitVersion')}`];
      if (server) lines.push(`Server Version: ${textAt(server, 'gitVersion')}`);
      return `${lines.join('\n')}\n`;
    }
    default:
      throw new UserError(`--output must be 'yaml' or 'json'`);
  }
}

function clientInfo(): JsonObject {
  const number = packageVersion(dirname(fileURLToPath(import.meta.url)));
  const [major = '', minor = ''] = number.split('.');
  return {
    major,
    minor,
    gitVersion: `v${number}`,
    goVersion: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
  };
}

/** Of the nearest package.json: the sources and what is built of them lie at different depths. */
function packageVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return textAt(read, 'version');
  }
  const parent = dirname(folder);
  return parent === folder ? 'unknown' : packageVersion(parent);
}
