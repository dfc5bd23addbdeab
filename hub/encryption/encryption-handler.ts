// /kelp/v1/encryption for administrators: which keys there are (by id), and POST …/rotate to change them.

import { ApiError } from '../../shared/machinery/index.ts';
import type { NonResourceHandler } from '../apiserver/index.ts';
import type { Store } from '../store/index.ts';
import type { Encryption } from './encryption.ts';

const prefix = '/kelp/v1/encryption';

export interface EncryptionHandlerOptions {
  encryption: Encryption;
  store: Pick<Store, 'rewrite'>;
  /** As configured. */
  resources: readonly string[];
}

export function encryptionHandler({
  encryption,
  store,
  resources,
}: EncryptionHandlerOptions): NonResourceHandler {
  return {
    prefix,
    paths: [prefix, `${prefix}/rotate`],
    async handle({ verb, path }) {
      if (path === prefix && verb === 'get') {
        const keys = encryption.text.keys.map(({ id }) => id);
        return { type: 'object', code: 200, body: { resources, keys, keyFile: encryption.keyFile } };
      }
      if (path !== `${prefix}/rotate`) return undefined;
      if (verb !== 'post') throw new ApiError('MethodNotAllowed', 'the keys are changed by POST', {});
      return { type: 'object', code: 200, body: await encryption.rotate(store) };
    },
  };
}
