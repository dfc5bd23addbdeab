// `kelp token list`: never shows a secret.

import type { Secret } from '../../../shared/api/index.ts';
import { humanDuration, type KubeList, renderTable } from '../../../shared/machinery/index.ts';
import type { Api } from '../api.ts';
import type { Terminal } from '../command.ts';
import { secretsPath } from './create-token.ts';

export async function listTokens(api: Api, terminal: Terminal): Promise<void> {
  const selector = encodeURIComponent('type=bootstrap.kubernetes.io/token');
  const { body } = await api.call(`${secretsPath}?fieldSelector=${selector}`);
  const tokens = (body as KubeList<Secret>).items;
  const now = Date.now();
  const rows = tokens.map(({ data = {} }) => {
    const field = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString();
    const expiration = field('expiration');
    const left = Date.parse(expiration) - now;
    return [
      field('token-id'),
      !expiration ? '<forever>' : left > 0 ? humanDuration(left) : '<expired>',
      expiration || '<never>',
    ];
  });
  terminal.out.write(`${renderTable(['ID', 'TTL', 'EXPIRES'], rows)}\n`);
}
