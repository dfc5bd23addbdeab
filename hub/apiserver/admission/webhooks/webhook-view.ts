// Whether a webhook is asked about a write, and in whose words it sees it.

import type { ObjectReader } from '../../object-reader.ts';
import type { Authorize } from '../../pipeline.ts';
import type { Attributes } from './admission-attributes.ts';
import type { Equivalents } from './equivalents.ts';
import { conditionsHold } from './match-conditions.ts';
import { matchesSelectors, namespaceReader } from './match-resources.ts';
import type { Webhook } from './webhook-caller.ts';
import { callFailure } from './webhook-refusal.ts';

export interface ViewSource {
  reader: ObjectReader;
  equivalents: Equivalents;
  authorize: Authorize;
}

/** The write as the webhook is asked about it; undefined: it is none of its. Throws ApiError InternalError. */
export async function seenBy(
  webhook: Webhook,
  attributes: Attributes,
  { reader, equivalents, authorize }: ViewSource,
): Promise<Attributes | undefined> {
  const { name, rules = [], matchPolicy, matchConditions = [], failurePolicy } = webhook;
  const row = equivalents.matching(rules, matchPolicy, attributes);
  if (!row) return undefined;
  if (!(await matchesSelectors(webhook, attributes, namespaceReader(reader, attributes)))) return undefined;
  const seen = await equivalents.seenAs(attributes, row);
  if (matchConditions.length === 0) return seen;
  const held = await conditionsHold(matchConditions, seen, authorize);
  if (!('fault' in held)) return held.hold ? seen : undefined;
  if (failurePolicy === 'Ignore') return undefined;
  throw callFailure(name, held.fault);
}
