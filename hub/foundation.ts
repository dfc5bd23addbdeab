// What a hub stands on before any of its parts runs: what the hubs of its cluster have in common, who it is and whom it
// believes, and its store.

import { join } from 'node:path';
import { resources } from '../shared/api/index.ts';
import type { Clock, Logger } from '../shared/base/index.ts';
import { parseDuration } from '../shared/machinery/index.ts';
import type { KeyPair } from '../shared/pki/index.ts';
import { adminToken } from './admin-token.ts';
import { JsonTexts, ServiceAccountTokens } from './apiserver/index.ts';
import { commonMaterial, keyFileOf } from './common-material.ts';
import type { HubConfig } from './config.ts';
import { Encryption, prefixesOf } from './encryption/index.ts';
import { hubId } from './hubs/index.ts';
import { CertificateAuthority, HubCertificates, serviceAccountKey } from './pki/index.ts';
import { createStore, type Store } from './store/index.ts';

export interface FoundationOptions {
  config: HubConfig;
  clock: Clock;
  log: Logger;
}

export interface Foundation {
  /** JSON of objects: one text for what is stored and what is answered. */
  texts: JsonTexts;
  /** Opens encrypted objects. */
  encryption: Encryption;
  authority: CertificateAuthority;
  certificates: HubCertificates;
  /** What both doors show. */
  server: KeyPair;
  /** The administrator's. */
  token: string;
  /** Of this hub. */
  id: string;
  tokens: ServiceAccountTokens;
  /** Not started. */
  store: Store;
}

/** Seconds: leases are volatile too, and written again long before that. */
const shortestVolatile = 3_600;

export async function layFoundation({ config, clock, log }: FoundationOptions): Promise<Foundation> {
  const part = (name: string) => log.child({ part: name });
  const texts = new JsonTexts();
  const sealing = { prefixes: prefixesOf(config.encryptedResources, resources), log: part('encryption') };
  const common = await commonMaterial(config, sealing, (keys) => encryption.adopt(keys), clock);
  const encryption: Encryption = new Encryption({
    ...{ ...sealing, ...common.forEncryption },
    json: (object) => texts.stored(object),
    keyFile: keyFileOf(config),
  });
  await encryption.load();

  const pki = join(config.dataDir, 'pki');
  const authority = new CertificateAuthority({ directory: pki });
  await authority.start();
  const certificates = new HubCertificates({ directory: pki, authority, clock });
  const store = await createStore(config, {
    volatileLifetime: Math.ceil(Math.max(shortestVolatile, parseDuration(config.eventTtl) / 1000)),
    directory: join(config.dataDir, 'store'),
    text: encryption.text,
    clock,
    log: part('store'),
    ...common.forStore,
  });
  return {
    ...{ texts, encryption, authority, certificates, store },
    server: await certificates.server([config.bind, config.advertise].filter(Boolean)),
    token: await adminToken(config.dataDir),
    id: await hubId(config.dataDir),
    tokens: new ServiceAccountTokens(await serviceAccountKey(pki)),
  };
}
