// MutatingAdmissionWebhook and ValidatingAdmissionWebhook: programs that change writes, and programs that refuse them.
// In the order of their configurations' names; validating ones are asked all at once.

import {
  mutatingwebhookconfigurations,
  validatingwebhookconfigurations,
} from '../../../../shared/api/index.ts';
import type { SchemaSet } from '../../../../shared/machinery/index.ts';
import type { Store } from '../../../store/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import type { Authorize } from '../../pipeline.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import type { Endpoints } from '../../services/index.ts';
import type { AdmissionPlugin } from '../admission-plugin.ts';
import { type Attributes, attributesOf, connectAttributes } from './admission-attributes.ts';
import { Equivalents } from './equivalents.ts';
import { KeptList } from './kept-list.ts';
import { isExempt } from './match-resources.ts';
import { MutatingWebhooks } from './mutating-webhooks.ts';
import { callWebhook, type Webhook } from './webhook-caller.ts';
import { seenBy, type ViewSource } from './webhook-view.ts';

export interface AdmissionWebhooksOptions {
  store: Store;
  reader: ObjectReader;
  index: ResourceIndex;
  schemas: SchemaSet;
  endpoints: Endpoints;
  authorize: Authorize;
}

export function admissionWebhooks({
  store,
  reader,
  index,
  schemas,
  endpoints,
  authorize,
}: AdmissionWebhooksOptions): {
  mutating: AdmissionPlugin;
  validating: AdmissionPlugin;
} {
  const mutators = new KeptList({ store, reader, row: mutatingwebhookconfigurations });
  const validators = new KeptList({ store, reader, row: validatingwebhookconfigurations });
  const world = { reader, index, schemas, endpoints, authorize, equivalents: new Equivalents({ index }) };
  const mutating = new MutatingWebhooks(world);
  const mutate = async (attributes: Attributes) => {
    const webhooks = (await mutators.all()).flatMap((each) => each.webhooks ?? []);
    if (webhooks.length > 0 && !isExempt(attributes)) return mutating.admit(webhooks, attributes);
  };
  const validate = async (attributes: Attributes) => {
    const webhooks = (await validators.all()).flatMap((each) => each.webhooks ?? []);
    if (webhooks.length > 0 && !isExempt(attributes)) await validateAll(webhooks, attributes, world);
  };
  return {
    mutating: {
      name: 'MutatingAdmissionWebhook',
      admit: (request, object, old) => mutate(attributesOf(request, object, old)),
      readmit: (request, object, old) => mutating.readmit(attributesOf(request, object, old)),
      connect: async (request) => void (await mutate(connectAttributes(request))),
    },
    validating: {
      name: 'ValidatingAdmissionWebhook',
      validate: (request, object, old) => validate(attributesOf(request, object, old)),
      connect: (request) => validate(connectAttributes(request)),
    },
  };
}

interface ValidatingWorld extends ViewSource {
  endpoints: Endpoints;
}

async function validateAll(
  webhooks: readonly Webhook[],
  attributes: Attributes,
  world: ValidatingWorld,
): Promise<void> {
  const asked: { webhook: Webhook; seen: Attributes }[] = [];
  for (const webhook of webhooks) {
    const seen = await seenBy(webhook, attributes, world);
    if (seen) asked.push({ webhook, seen });
  }
  const calls = asked.map(({ webhook, seen }) => callWebhook(webhook, seen, world.endpoints, false));
  for (const call of await Promise.allSettled(calls)) if (call.status === 'rejected') throw call.reason;
}
