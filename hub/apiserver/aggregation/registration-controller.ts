// Keeps an APIService for each group and version that is served here, those of CustomResourceDefinitions too. Nothing is
// served because of them: they tell people and programs what is, and come after it.

import { type APIService, apiservices } from '../../../shared/api/index.ts';
import {
  type Client,
  type Controller,
  each,
  type InformerFactory,
  keyOf,
  type Source,
} from '../../../shared/client/index.ts';
import type { ResourceIndex } from '../resource-index.ts';
import { planRegistration, servicesOf } from './plan-registration.ts';

export interface RegistrationOptions {
  client: Client;
  informers: InformerFactory;
  index: ResourceIndex;
}

export function registrationController({ client, informers, index }: RegistrationOptions): Controller {
  const known = informers.of(apiservices);
  let wanted: ReadonlyMap<string, APIService> = new Map();
  /** Not brought in order since the start. */
  let due = new Set<string>();
  /** Versions that come to be served, and those that no longer are. */
  const served: Source = {
    synced: Promise.resolve(),
    subscribe: (add) =>
      index.onChange(() => {
        const before = wanted;
        wanted = servicesOf(index);
        for (const name of wanted.keys()) if (!before.has(name)) add(name);
        for (const name of before.keys()) if (!wanted.has(name)) add(name);
      }),
  };
  return {
    name: 'api-service-registration',
    workers: 5,
    sources: [each(known), served],
    start(add) {
      wanted = servicesOf(index);
      due = new Set([...wanted.keys(), ...known.list().map(keyOf)]);
      for (const name of due) add(name);
    },
    async reconcile(name) {
      await bringInOrder(name);
      due.delete(name);
    },
  };

  async function bringInOrder(name: string): Promise<void> {
    const current = known.get(name);
    const step = planRegistration({ current, wanted: wanted.get(name), due: due.has(name) });
    if (step === 'delete')
      await client.delete(
        apiservices,
        { name },
        { preconditions: current ? { uid: current.metadata.uid } : {} },
      );
    else if (step && 'create' in step) known.learn(await client.create(apiservices, step.create));
    else if (step) known.learn(await client.update(apiservices, step.update));
  }
}
