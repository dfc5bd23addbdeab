// What the registry works with. Everything in this folder is functions over it.

import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { SchemaSet } from '../../../shared/machinery/index.ts';
import type { Guard, Store } from '../../store/index.ts';
import type { AdmissionPlugin } from '../admission/admission-plugin.ts';
import type { Feed } from '../feed.ts';
import type { HealthCheck } from '../health.ts';
import type { Kind } from '../kind.ts';
import type { NodeStreams } from '../node-streams.ts';
import type { NodeUsage } from '../node-usage.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AccessReview, ApiRequest } from '../request.ts';
import type { ResourceIndex } from '../resource-index.ts';
import type { ServiceAccountTokens } from '../service-accounts/index.ts';
import type { Judgements } from './judge.ts';
import type { FieldOwnership } from './managed-fields/index.ts';
import type { ServiceAddresses } from './service-addresses.ts';
import type { Turns } from './turns.ts';
import type { Access } from './virtual/access.ts';

export interface RegistryParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly index: ResourceIndex;
  readonly schemas: SchemaSet;
  readonly admission: readonly AdmissionPlugin[];
  readonly reader: ObjectReader;
  readonly feed: Feed;
  readonly nodeStreams: NodeStreams;
  readonly services: ServiceAddresses;
  /** For writes that have to see all others. */
  readonly turns: Turns;
  /** What has to hold when a write of this request is committed. */
  readonly guards?: readonly Guard[];
  /** What nodes and pods use. */
  readonly usage: NodeUsage;
  /** Whom reviews ask. */
  readonly access: Access;
  /** What `componentstatuses` lists. */
  readonly components: readonly HealthCheck[];
  /** What was found of new objects that are often made alike. */
  readonly judgements: Judgements;
  /** Who manages which fields. */
  readonly fields: FieldOwnership;
  /** For a request that turns out to need more rights than its verb's own. Throws Forbidden. */
  allow(review: AccessReview): Promise<void>;
  /** Absent: nobody signs tokens for service accounts. */
  readonly tokens?: ServiceAccountTokens | undefined;
}

/** The row that a request names, with its strategy. */
export async function kindOf(
  parts: RegistryParts,
  { resource }: Pick<ApiRequest, 'resource'>,
): Promise<Kind> {
  return { row: resource, strategy: await parts.index.strategyOf(resource) };
}
