// MutatingAdmissionWebhook and ValidatingAdmissionWebhook: programs that change writes, and programs that refuse them.
// In the order of their configurations' names; validating ones are asked all at once.

import {
  mutatingwebhookconfigurations,
  validatingwebhookconfigurations,
} from '../../../../shared/api/index.ts';
import type { KubeObject, Live, SchemaSet } from '../../../../shared/machinery/index.ts';
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
import { noteFailedOpen, type PlacedWebhook } from './webhook-annotations.ts';
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
    const webhooks = placed(await mutators.all());
    if (webhooks.length > 0 && !isExempt(attributes)) return mutating.admit(webhooks, attributes);
  };
  const validate = async (attributes: Attributes) => {
    const webhooks = placed(await validators.all());
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

type Configuration = KubeObject & { webhooks?: Webhook[] };

function placed(configurations: readonly Live<Configuration>[]): PlacedWebhook[] {
  return configurations
    .flatMap(({ metadata, webhooks = [] }) =>
      webhooks.map((webhook) => ({ webhook, configuration: metadata.name })),
    )
    .map((each, index) => ({ ...each, index }));
}

interface ValidatingWorld extends ViewSource {
  endpoints: Endpoints;
}

async function validateAll(
  webhooks: readonly PlacedWebhook[],
  attributes: Attributes,
  world: ValidatingWorld,
): Promise<void> {
  const asked: { placed: PlacedWebhook; seen: Attributes }[] = [];
  for (const each of webhooks) {
    const seen = await seenBy(each.webhook, attributes, world);
    if (seen) asked.push({ placed: { ...each, index: asked.length }, seen });
  }
  const { audit } = attributes.request;
  const calls = asked.map(async ({ placed, seen }) => {
    const verdict = await callWebhook(placed.webhook, seen, world.endpoints, false);
    if (!verdict) noteFailedOpen('validating', { placed, round: 0, audit });
  });
  for (const call of await Promise.allSettled(calls)) if (call.status === 'rejected') throw call.reason;
}
