// Who keeps the world in order: all controllers and the scheduler. A hub that is alone has them from its start to its
// stop; of several hubs one has them at a time, made anew for each term that it leads (leading.ts).

import type { Clock, Logger, Part } from '../shared/base/index.ts';
import { createClient, EventRecorder, InformerFactory } from '../shared/client/index.ts';
import { type Actor, controller, controllerManager, hubItself, theScheduler } from './actors.ts';
import { availabilityController, registrationController } from './apiserver/aggregation/index.ts';
import { definitionController } from './apiserver/custom-resources/index.ts';
import { type ApiServer, type ServiceAccountTokens, secretClaims } from './apiserver/index.ts';
import { policyStatusController } from './apiserver/policy-status/index.ts';
import {
  CertificateSigning,
  type ClusterRange,
  ControllerManager,
  controllers,
  defaultOptions,
  serviceAccountTokenController,
} from './controllers/index.ts';
import { named } from './named.ts';
import type { PartHealth } from './part-health.ts';
import { type CertificateAuthority, requestSigner } from './pki/index.ts';
import { Scheduler } from './scheduler/index.ts';
import type { Guard } from './store/index.ts';

export interface KeepersOptions {
  /** What has to hold for all that they write. */
  fence: Guard | undefined;
  api: ApiServer;
  authority: CertificateAuthority;
  tokens: ServiceAccountTokens;
  nodeGraceSeconds: number;
  /** What nodes are given ranges of for their pods. */
  clusterRange: ClusterRange | undefined;
  health: PartHealth;
  clock: Clock;
  log: Logger;
}

export function keepers(options: KeepersOptions): Part[] {
  const { fence, api, authority, tokens, nodeGraceSeconds, health, clock, log } = options;
  const part = (name: string) => log.child({ part: name });
  const clientOf = (actor: Actor) => createClient(api.transport({ ...actor, ...(fence && { fence }) }));
  const client = clientOf(controllerManager);
  const informers = new InformerFactory({ client, log: part('informers') });
  const recorder = new EventRecorder({ client, clock, log: part('events'), instance: 'kelp-hub' });
  const shared = {
    ...{ informers, clock, recorder },
    log: part('controllers'),
    resources: () => api.index.preferred(),
    elsewhere: () => api.remote.namespaced(),
    onResources: (listener: () => void) => api.index.onChange(listener),
    options: {
      ...defaultOptions,
      caCertificate: authority.certificate,
      nodeGracePeriod: nodeGraceSeconds * 1000,
      clusterRange: options.clusterRange,
    },
  };
  const as = (account: string) => clientOf(controller(account));
  const signing = new CertificateSigning({
    ...shared,
    client: as('certificate-controller'),
    signer: requestSigner(authority, clock),
  });
  const tokenSecrets = serviceAccountTokenController({
    ...{ ...shared, client },
    sign: (account, secret) => tokens.sign(secretClaims(account, secret)),
  });
  const policies = policyStatusController({
    ...shared,
    client: as('validatingadmissionpolicy-status-controller'),
    index: api.index,
    schemas: () => api.schemas,
  });
  // The API server's own.
  const served = { ...shared, client: clientOf(hubItself) };
  const definitions = definitionController({ ...served, index: api.index, server: api.definitions });
  const availability = availabilityController({ ...served, servers: api.servers });
  const registration = registrationController({ ...served, index: api.index });
  const manager = new ControllerManager({
    controllers: [
      ...controllers({ ...shared, clientOf: as, ownClient: served.client }),
      signing,
      tokenSecrets,
      definitions,
      policies,
      registration,
      availability,
    ],
    clock,
    log: part('controllers'),
  });
  const scheduler = new Scheduler({
    ...{ informers, clock, recorder },
    client: clientOf(theScheduler),
    log: part('scheduler'),
  });
  return [
    named('events', recorder),
    named('informers', informers),
    health.watched('controller-manager', named('controllers', manager)),
    health.watched('scheduler', named('scheduler', scheduler)),
  ];
}
