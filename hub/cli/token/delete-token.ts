// `kelp token delete`: boards that have joined stay; no further board can join with it.

import { UserError } from '../../../shared/base/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import type { Api } from '../api.ts';
import type { Terminal } from '../command.ts';
import { secretsPath } from './create-token.ts';

export async function deleteToken(api: Api, idOrToken: string, terminal: Terminal): Promise<void> {
  const id = idOrToken.split('.', 1)[0] ?? '';
  if (!/^[a-z0-9]{6}$/.test(id))
    throw new UserError(`"${idOrToken}" names no token: it begins with six characters of a-z and 0-9`);
  try {
    await api.call(`${secretsPath}/bootstrap-token-${id}`, { method: 'DELETE' });
  } catch (error) {
    if (ApiError.is(error, 'NotFound'))
      throw new UserError(`there is no token "${id}": see 'kelp token list'`);
    throw error;
  }
  terminal.out.write(`token "${id}" deleted\n`);
}
