// The Kind PriorityLevelConfiguration: how many requests of a level run at once, and what happens to more.

export type { PriorityLevelConfiguration } from 'kubernetes-types/flowcontrol/v1';

import type {
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from 'kubernetes-types/flowcontrol/v1';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Column, Strategy } from '../resource.ts';
import { validateConditions } from './flow-schema.ts';
import { validatePriorityLevel } from './priority-level-validation.ts';

export const strategy: Strategy<PriorityLevelConfiguration> = {
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  generation: true,
  statusKeepsMeta: true,
  default(level) {
    level.spec = { type: '', ...level.spec };
    const { exempt, limited } = level.spec;
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
    if (limited) defaultLimited(limited);
    level.status ??= {};
  },
  prepareForCreate(level) {
    level.status = {};
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: (level) => [...validatePriorityLevel(level), ...validateConditions(level.status?.conditions)],
  validateStatusUpdate: ({ status }) => validateConditions(status?.conditions),
  columns: [
    nameColumn(),
    textColumn(
      'Type',
      '`type` indicates whether this priority level is subject to limitation on request execution.  A value of `"Exempt"` means that requests of this priority level are not subject to a limit (and thus are never queued) and do not detract from the capacity made available to other priority levels.  A value of `"Limited"` means that (a) requests of this priority level _are_ subject to limits and (b) some of the server\'s limited capacity is made available exclusively to this priority level. Required.',
      ({ spec }) => spec?.type ?? '',
    ),
    textColumn(
      'NominalConcurrencyShares',
      '`nominalConcurrencyShares` (NCS) contributes to the computation of the NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats available at this priority level. This is used both for requests dispatched from this priority level as well as requests dispatched from other priority levels borrowing seats from this level. The server\'s concurrency limit (ServerCL) is divided among the Limited priority levels in proportion to their NCS values:  NominalCL(i)  = ceil( ServerCL * NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)  Bigger numbers mean a larger nominal concurrency limit, at the expense of every other priority level.  If not specified, this field defaults to a value of 30.  Setting this field to zero supports the construction of a "jail" for this priority level that is used to hold some request(s)',
      ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>',
    ),
    queuingColumn(
      'Queues',
      '`queues` is the number of queues for this priority level. The queues exist independently at each apiserver. The value must be positive.  Setting it to 1 effectively precludes shufflesharding and thus makes the distinguisher method of associated flow schemas irrelevant.  This field has a default value of 64.',
      'queues',
    ),
    queuingColumn(
      'HandSize',
      "`handSize` is a small positive number that configures the shuffle sharding of requests into queues.  When enqueuing a request at this priority level the request's flow identifier (a string pair) is hashed and the hash value is used to shuffle the list of queues and deal a hand of the size specified here.  The request is put into one of the shortest queues in that hand. `handSize` must be no larger than `queues`, and should be significantly smaller (so that a few heavy flows do not saturate most of the queues).  See the user-facing documentation for more extensive guidance on setting this field.  This field has a default value of 8.",
      'handSize',
    ),
    queuingColumn(
      'QueueLengthLimit',
      '`queueLengthLimit` is the maximum number of requests allowed to be waiting in a given queue of this priority level at a time; excess requests are rejected.  This value must be positive.  If not specified, it will be defaulted to 50.',
      'queueLengthLimit',
    ),
    ageColumn(),
  ],
};

function queuingColumn(
  name: string,
  description: string,
  field: keyof QueuingConfiguration,
): Column<PriorityLevelConfiguration> {
  return textColumn(
    name,
    description,
    ({ spec }) => spec?.limited?.limitResponse?.queuing?.[field] ?? '<none>',
  );
}

function defaultLimited(limited: LimitedPriorityLevelConfiguration): void {
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  const { queuing } = limited.limitResponse ?? {};
  if (!queuing) return;
  queuing.queues ||= 64;
  queuing.handSize ||= 8;
  queuing.queueLengthLimit ||= 50;
}
