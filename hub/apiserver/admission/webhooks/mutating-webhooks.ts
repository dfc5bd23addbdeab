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
import { callWebhook, type Webhook } from './webhook-caller.ts';
import { seenBy, type ViewSource } from './webhook-view.ts';

export interface MutatingWorld extends ViewSource {
  endpoints: Endpoints;
  index: ResourceIndex;
  schemas: SchemaSet;
}

export class MutatingWebhooks {
  private readonly world: MutatingWorld;
  /** What each webhook that wants to be asked again left of an object that is on its way in. */
  private readonly left = new WeakMap<KubeObject, Map<Webhook, KubeObject>>();

  constructor(world: MutatingWorld) {
    this.world = world;
  }

  async admit(webhooks: readonly Webhook[], attributes: Attributes): Promise<Admitted> {
    const { object } = attributes;
    const left = new Map<Webhook, KubeObject>();
    let changed = false;
    for (const webhook of webhooks) {
      const seen = await seenBy(webhook, attributes, this.world);
      if (!seen) continue;
      if (await this.ask(webhook, seen, attributes)) changed = true;
      if (object && webhook.reinvocationPolicy === 'IfNeeded') left.set(webhook, mutableCopy(object));
    }
    if (!changed || !object) return;
    this.left.set(object, left);
    return 'changed';
  }

  async readmit(attributes: Attributes): Promise<void> {
    const { object } = attributes;
    if (!object) return;
    for (const [webhook, before] of this.left.get(object) ?? []) {
      if (deepEqual(before, object)) continue;
      const seen = await seenBy(webhook, attributes, this.world);
      if (seen) await this.ask(webhook, seen, attributes);
    }
  }

  /** Puts what the webhook answers to `seen`, in whichever words, into the object of `attributes`. True: it is another. */
  private async ask(webhook: Webhook, seen: Attributes, attributes: Attributes): Promise<boolean> {
    const { equivalents, endpoints } = this.world;
    const { object } = attributes;
    const verdict = await callWebhook(webhook, seen, endpoints, true);
    if (!verdict || !Array.isArray(verdict.patch) || verdict.patch.length === 0) return false;
    if (!object || !seen.object)
      throw internalError(
        `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
      );
    const patched = await this.patched(seen.object, verdict.patch, seen);
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
