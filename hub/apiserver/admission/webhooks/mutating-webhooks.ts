// Mutating webhooks are asked one after another. Where one changed the object, all of admission looks at it once more;
// of the webhooks those that want it, and only where the object is not as they left it.

import {
  applyJsonPatch,
  deepEqual,
  internalError,
  isRecord,
  type KubeObject,
  mutableCopy,
  type SchemaSet,
} from '../../../../shared/machinery/index.ts';
import { decodeAs } from '../../registry/decode-body.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import type { Endpoints } from '../../services/index.ts';
import type { Admitted } from '../admission-plugin.ts';
import type { Attributes } from './admission-attributes.ts';
import {
  noteFailedOpen,
  noteMutation,
  notePatch,
  type PlacedWebhook,
  type WebhookCall,
} from './webhook-annotations.ts';
import { callWebhook } from './webhook-caller.ts';
import { seenBy, type ViewSource } from './webhook-view.ts';

export interface MutatingWorld extends ViewSource {
  endpoints: Endpoints;
  index: ResourceIndex;
  schemas: SchemaSet;
}

export class MutatingWebhooks {
  private readonly world: MutatingWorld;
  /** What each webhook that wants to be asked again left of an object that is on its way in. */
  private readonly left = new WeakMap<KubeObject, Map<PlacedWebhook, KubeObject>>();

  constructor(world: MutatingWorld) {
    this.world = world;
  }

  async admit(webhooks: readonly PlacedWebhook[], attributes: Attributes): Promise<Admitted> {
    const { object, request } = attributes;
    const left = new Map<PlacedWebhook, KubeObject>();
    let changed = false;
    for (const placed of webhooks) {
      const seen = await seenBy(placed.webhook, attributes, this.world);
      if (!seen) continue;
      if (await this.ask({ placed, round: 0, audit: request.audit }, seen, attributes)) changed = true;
      if (object && placed.webhook.reinvocationPolicy === 'IfNeeded') left.set(placed, mutableCopy(object));
    }
    if (!changed || !object) return;
    this.left.set(object, left);
    return 'changed';
  }

  async readmit(attributes: Attributes): Promise<void> {
    const { object, request } = attributes;
    if (!object) return;
    for (const [placed, before] of this.left.get(object) ?? []) {
      if (deepEqual(before, object)) continue;
      const seen = await seenBy(placed.webhook, attributes, this.world);
      if (seen) await this.ask({ placed, round: 1, audit: request.audit }, seen, attributes);
    }
  }

  private async ask(call: WebhookCall, seen: Attributes, attributes: Attributes): Promise<boolean> {
    let mutated = false;
    try {
      mutated = await this.change(call, seen, attributes);
    } finally {
      noteMutation(call, mutated);
    }
    return mutated;
  }

  /** Puts what the webhook answers to `seen`, in whichever words, into the object of `attributes`. True: it is another. */
  private async change(call: WebhookCall, seen: Attributes, attributes: Attributes): Promise<boolean> {
    const { equivalents, endpoints } = this.world;
    const { object } = attributes;
    const { webhook } = call.placed;
    const verdict = await callWebhook(webhook, seen, endpoints, true);
    if (!verdict) noteFailedOpen('mutation', call);
    if (!verdict || !Array.isArray(verdict.patch) || verdict.patch.length === 0) return false;
    if (!object || !seen.object)
      throw internalError(
        `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
      );
    const patched = await this.patched(seen.object, verdict.patch, seen);
    notePatch(call, verdict.patch);
    const next = mutableCopy(await equivalents.turned(patched, seen.row, attributes.row));
    if (deepEqual(next, object)) return false;
    for (const field of Object.keys(object)) if (!(field in next)) Reflect.deleteProperty(object, field);
    Object.assign(object, next);
    return true;
  }

  private async patched(object: KubeObject, patch: unknown[], { row }: Attributes): Promise<KubeObject> {
    try {
      const made = applyJsonPatch(object, patch);
      if (!isRecord(made)) throw new Error('the patched object is no object');
      const { index, schemas } = this.world;
      // What a subresource takes has a type of its own.
      const strategy = object.kind === row.kind ? await index.strategyOf(row) : undefined;
      if (strategy) return decodeAs({ schemas }, { row, strategy }, made, 'Ignore').object;
      return { ...object, ...made };
    } catch (error) {
      // Of a patch that cannot be applied, a client hears less than the author of a webhook has to.
      const why = error instanceof Error ? (error.cause ?? error) : error;
      throw internalError(why instanceof Error ? why.message : String(why));
    }
  }
}
