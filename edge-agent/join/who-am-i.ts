// Who this board is.

import { type Clock, type Logger, UserError } from '../../shared/base/index.ts';
import { dns1123Subdomain } from '../../shared/machinery/index.ts';
import { type Identity, loadIdentity, saveIdentity } from './identity.ts';

interface Options {
  config: Record<'dataDir' | 'hub' | 'token' | 'nodeName', string>;
  clock: Clock;
  log: Logger;
}

/**
 * Known from before, or learnt from the hub with a join token. Joining is done once in a board's life: its code is loaded
 * only then. Throws UserError for what a person can mend.
 */
export async function whoAmI({ config, clock, log }: Options): Promise<Identity> {
  const known = await loadIdentity(config.dataDir);
  if (known) return config.hub ? { ...known, hub: config.hub } : known;
  if (!config.hub)
    throw new UserError('this board has not joined yet: name a hub with --hub https://HOST:PORT');
  if (!config.token) {
    throw new UserError(
      "this board has not joined yet: it needs --token, from 'kelp token create' on the hub",
    );
  }
  checkHub(config.hub);
  const [fault] = dns1123Subdomain(config.nodeName);
  if (fault) throw new UserError(`--node-name ${config.nodeName}: ${fault}`);
  const { hub, token, nodeName, dataDir } = config;
  const { join } = await import('./join.ts');
  const identity = await join({ hub, token, nodeName, clock, log });
  await saveIdentity(dataDir, identity);
  return identity;
}

function checkHub(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.hostname) return;
  throw new UserError(`--hub ${text}: must be the address of a hub, https://HOST:PORT`);
}
