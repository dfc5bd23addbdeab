// MutatingAdmissionWebhook and ValidatingAdmissionWebhook: programs that change writes, and programs that refuse them.
// Mutating ones are asked one after another, in the order of their configurations' names; validating ones all at once.

import {
  mutatingwebhookconfigurations,
  validatingwebhookconfigurations,
} from '../../../../shared/api/index.ts';
import {
  applyJsonPatch,
  deepEqual,
  isRecord,
  type KubeObject,
  mutableCopy,
} from '../../../../shared/machinery/index.ts';
import type { Store } from '../../../store/index.ts';
import { type Endpoints, serviceEndpoints } from '../../custom-resources/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import type { AdmissionPlugin } from '../admission-plugin.ts';
import { type Attributes, attributesOf, connectAttributes } from './admission-attributes.ts';
import { KeptList } from './kept-list.ts';
import { conditionsHold } from './match-conditions.ts';
import { isExempt, matchesRule, matchesSelectors, namespaceReader } from './match-resources.ts';
import { callWebhook, type Webhook } from './webhook-caller.ts';
import { callFailure } from './webhook-refusal.ts';

export interface AdmissionWebhooksOptions {
  store: Store;
  reader: ObjectReader;
}

interface World {
  reader: ObjectReader;
  endpoints: Endpoints;
}

export function admissionWebhooks({ store, reader }: AdmissionWebhooksOptions): {
  mutating: AdmissionPlugin;
  validating: AdmissionPlugin;
} {
  const mutators = new KeptList({ store, reader, row: mutatingwebhookconfigurations });
  const validators = new KeptList({ store, reader, row: validatingwebhookconfigurations });
  const world = { reader, endpoints: serviceEndpoints(reader) };
  const mutate = async (attributes: Attributes) => {
    const webhooks = (await mutators.all()).flatMap((each) => each.webhooks ?? []);
    if (webhooks.length > 0 && !isExempt(attributes)) await mutateAll(webhooks, attributes, world);
  };
  const validate = async (attributes: Attributes) => {
    const webhooks = (await validators.all()).flatMap((each) => each.webhooks ?? []);
    if (webhooks.length > 0 && !isExempt(attributes)) await validateAll(webhooks, attributes, world);
  };
  return {
    mutating: {
      name: 'MutatingAdmissionWebhook',
      admit: (request, object, old) => mutate(attributesOf(request, object, old)),
      connect: (request) => mutate(connectAttributes(request)),
    },
    validating: {
      name: 'ValidatingAdmissionWebhook',
      validate: (request, object, old) => validate(attributesOf(request, object, old)),
      connect: (request) => validate(connectAttributes(request)),
    },
  };
}

async function mutateAll(webhooks: readonly Webhook[], attributes: Attributes, world: World): Promise<void> {
  const { object } = attributes;
  /** What each webhook that may be asked again has left behind. */
  const left = new Map<Webhook, KubeObject | undefined>();
  for (const webhook of webhooks) {
    if (!(await isAsked(webhook, attributes, world))) continue;
    await mutate(webhook, attributes, world);
    if (webhook.reinvocationPolicy === 'IfNeeded') left.set(webhook, mutableCopy(object));
  }
  for (const [webhook, before] of left) {
    if (deepEqual(before, object) || !(await isAsked(webhook, attributes, world))) continue;
    await mutate(webhook, attributes, world);
  }
}

async function mutate(webhook: Webhook, attributes: Attributes, { endpoints }: World): Promise<void> {
  const { object } = attributes;
  const verdict = await callWebhook(webhook, attributes, endpoints, true);
  if (!verdict || !Array.isArray(verdict.patch) || verdict.patch.length === 0) return;
  if (!object)
    throw callFailure(
      webhook.name,
      'admission webhook attempted to modify the object, which is not supported for this operation',
    );
  try {
    const patched = applyJsonPatch(object, verdict.patch);
    if (!isRecord(patched)) throw new Error('the patched object is no object');
    for (const field of Object.keys(object)) if (!(field in patched)) Reflect.deleteProperty(object, field);
    Object.assign(object, mutableCopy(patched));
  } catch (error) {
    if (webhook.failurePolicy !== 'Ignore')
      throw callFailure(webhook.name, error instanceof Error ? error.message : String(error));
  }
}

async function validateAll(
  webhooks: readonly Webhook[],
  attributes: Attributes,
  world: World,
): Promise<void> {
  const asked: Webhook[] = [];
  for (const webhook of webhooks) if (await isAsked(webhook, attributes, world)) asked.push(webhook);
  const calls = asked.map((webhook) => callWebhook(webhook, attributes, world.endpoints, false));
  for (const call of await Promise.allSettled(calls)) if (call.status === 'rejected') throw call.reason;
}

async function isAsked(webhook: Webhook, attributes: Attributes, { reader }: World): Promise<boolean> {
  if (!(webhook.rules ?? []).some((rule) => matchesRule(rule, attributes))) return false;
  const namespaceOf = namespaceReader(reader, attributes);
  if (!(await matchesSelectors(webhook, attributes, namespaceOf))) return false;
  const { name, matchConditions = [], failurePolicy } = webhook;
  if (matchConditions.length === 0) return true;
  const held = await conditionsHold(matchConditions, attributes);
  if (!('fault' in held)) return held.hold;
  if (failurePolicy === 'Ignore') return false;
  throw callFailure(name, held.fault);
}
