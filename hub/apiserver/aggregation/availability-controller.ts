// Keeps the condition Available of APIServices: whether the other API server is there and answers.

import {
  type APIService,
  type Availability,
  apiservices,
  endpointslices,
  services,
} from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import {
  type Client,
  type Controller,
  each,
  type InformerFactory,
  mapped,
  type Outcome,
} from '../../../shared/client/index.ts';
import { formatTime, type Live, setCondition } from '../../../shared/machinery/index.ts';
import { goWords } from '../go-words.ts';
import { passed, planAvailability } from './plan-availability.ts';
import type { RemoteServers } from './remote-server.ts';

export interface AvailabilityOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  servers: RemoteServers;
}

/** Milliseconds: nothing tells that a server has gone, or is back, but asking. */
const lookAgain = { available: 30_000, unavailable: 5_000 };

export function availabilityController({
  client,
  informers,
  clock,
  servers,
}: AvailabilityOptions): Controller {
  const known = informers.of(apiservices);
  const allServices = informers.of(services);
  const slices = informers.of(endpointslices);
  const behind = (namespace: string | undefined, name: string | undefined) =>
    known
      .list()
      .filter(({ spec }) => spec?.service?.namespace === namespace && spec?.service?.name === name)
      .map(({ metadata }) => metadata.name);
  return {
    name: 'api-service-availability',
    workers: 4,
    sources: [
      each(known),
      mapped(allServices, ({ object: { metadata } }) => behind(metadata.namespace, metadata.name)),
      mapped(slices, ({ object: { metadata } }) =>
        behind(metadata.namespace, metadata.labels?.['kubernetes.io/service-name']),
      ),
    ],
    reconcile,
  };

  async function reconcile(name: string): Promise<Outcome> {
    const service = known.get(name);
    if (!service) return;
    const found = await availabilityOf(service);
    await write(service, found);
    if (!service.spec?.service) return;
    return { requeueAfter: found.status === 'True' ? lookAgain.available : lookAgain.unavailable };
  }

  async function availabilityOf(service: Live<APIService>): Promise<Availability> {
    const { namespace = '', name = '' } = service.spec?.service ?? {};
    const own = slices
      .list()
      .filter(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
      );
    return planAvailability(service, allServices.get(`${namespace}/${name}`), own) ?? (await asked(service));
  }

  async function asked(service: Live<APIService>): Promise<Availability> {
    const {
      group = '',
      version = '',
      service: { namespace = '', name = '', port = 443 } = {},
    } = service.spec ?? {};
    const path = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const url = `https://${name}.${namespace}.svc:${port}${path}`;
    const failed = (message: string): Availability => ({
      ...{ status: 'False', reason: 'FailedDiscoveryCheck', message },
    });
    try {
      // As upstream: whom it may trust is looked at when somebody's request goes there.
      const { code } = await servers.get(service, path, 'application/json', false);
      return code >= 200 && code < 300
        ? passed
        : failed(`failing or missing response from ${url}: bad status from ${url}: ${code}`);
    } catch (error) {
      const host = `${name}.${namespace}.svc`;
      const why = goWords(error, { host, port }, host);
      return failed(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${why}`);
    }
  }

  async function write(service: Live<APIService>, { status, reason, message }: Availability): Promise<void> {
    const before = service.status?.conditions ?? [];
    const condition = { type: 'Available', status, reason, message };
    const conditions = setCondition(before, condition, formatTime(clock.now()));
    if (conditions === before) return;
    const next = { ...service, status: { ...service.status, conditions } };
    known.learn(await client.update(apiservices, next, { subresource: 'status' }));
  }
}
