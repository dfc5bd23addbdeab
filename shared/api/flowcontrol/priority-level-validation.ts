// What is wrong with a PriorityLevelConfiguration, as upstream's validation of flowcontrol.apiserver.k8s.io/v1 says it.

import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from 'kubernetes-types/flowcontrol/v1';
import { deepEqual, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { mandatoryPriorityLevels } from './mandatory.ts';

const mostQueues = 10_000_000;
/** Of the hash that deals a flow its hand of queues. */
const hashBits = 60;
const path = new FieldPath('spec');

export function validatePriorityLevel({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  if (!spec) return [];
  const name = metadata?.name ?? '';
  const mismatch = (name === 'exempt') !== (spec.type === 'Exempt');
  const detail = "type must be 'Exempt' if and only if name is 'exempt'";
  return [
    ...(mismatch ? [faults.invalid(path.child('type'), spec.type, detail)] : []),
    ...validateType(spec),
    ...validateMandatory(name, spec),
  ];
}

function validateType({ type, exempt, limited }: PriorityLevelConfigurationSpec): FieldError[] {
  switch (type) {
    case 'Exempt':
      return [
        ...(limited
          ? [faults.forbidden(path.child('limited'), 'must be nil if the type is not Limited')]
          : []),
        ...(exempt ? validateShares(exempt, path.child('exempt')) : []),
      ];
    case 'Limited':
      return [
        ...(exempt ? [faults.forbidden(path.child('exempt'), 'must be nil if the type is Limited')] : []),
        ...(limited
          ? validateLimited(limited, path.child('limited'))
          : [faults.required(path.child('limited'), 'must not be empty when type is Limited')]),
      ];
    default:
      return [faults.notSupported(path.child('type'), type, ['Exempt', 'Limited'])];
  }
}

/** Two levels are always there and stay as they are, but for how much the exempt one lends. */
function validateMandatory(name: string, spec: PriorityLevelConfigurationSpec): FieldError[] {
  const mandatory = mandatoryPriorityLevels.find(({ metadata }) => metadata?.name === name);
  if (!mandatory) return [];
  const except = name === 'exempt' ? " except the 'spec.exempt' field" : '';
  const { exempt: _, ...rest } = spec;
  const wanted = name === 'exempt' ? { type: mandatory.spec?.type } : mandatory.spec;
  return deepEqual(name === 'exempt' ? rest : spec, wanted)
    ? []
    : [faults.invalid(path, spec, `spec of '${name}'${except} must equal the fixed value`)];
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 }: ExemptPriorityLevelConfiguration,
  at: FieldPath,
): FieldError[] {
  return [
    ...(shares < 0
      ? [faults.invalid(at.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer')]
      : []),
    ...validateLendable(lendable, at),
  ];
}

function validateLendable(percent: number, at: FieldPath): FieldError[] {
  if (percent >= 0 && percent <= 100) return [];
  return [faults.invalid(at.child('lendablePercent'), percent, 'must be between 0 and 100, inclusive')];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, at: FieldPath): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, borrowingLimitPercent: borrowed, limitResponse } = limited;
  const found: FieldError[] = [];
  if (shares < 0)
    found.push(
      faults.invalid(at.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer'),
    );
  found.push(...validateResponse(limitResponse ?? { type: '' }, at.child('limitResponse')));
  found.push(...validateLendable(limited.lendablePercent ?? 0, at));
  if (borrowed !== undefined && borrowed < 0) {
    const detail = 'if specified, must be a non-negative integer';
    found.push(faults.invalid(at.child('borrowingLimitPercent'), borrowed, detail));
  }
  return found;
}

function validateResponse({ type, queuing }: LimitResponse, at: FieldPath): FieldError[] {
  const place = at.child('queuing');
  switch (type) {
    case 'Reject':
      return queuing
        ? [faults.forbidden(place, 'must be nil if limited.limitResponse.type is not Limited')]
        : [];
    case 'Queue':
      return queuing
        ? validateQueuing(queuing, place)
        : [faults.required(place, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [faults.notSupported(at.child('type'), type, ['Queue', 'Reject'])];
  }
}

function validateQueuing(queuing: QueuingConfiguration, at: FieldPath): FieldError[] {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  const found: FieldError[] = [];
  const wrong = (field: keyof QueuingConfiguration, value: number, detail: string) =>
    found.push(faults.invalid(at.child(field), value, detail));
  if (queueLengthLimit <= 0) wrong('queueLengthLimit', queueLengthLimit, 'must be positive');
  if (queues <= 0) wrong('queues', queues, 'must be positive');
  else if (queues > mostQueues) wrong('queues', queues, `must not be greater than ${mostQueues}`);
  if (handSize <= 0) wrong('handSize', handSize, 'must be positive');
  else if (handSize > queues) wrong('handSize', handSize, `should not be greater than queues (${queues})`);
  else if (entropyBits(queues, handSize) > hashBits) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
    wrong('handSize', handSize, detail);
  }
  return found;
}

/** How many bits it takes to tell all hands apart: log2(deck · (deck − 1) · … · (deck − hand + 1)), rounded up. */
function entropyBits(deck: number, hand: number): number {
  let bits = 0;
  // A hand of more than the hash's bits is too large whatever the deck.
  for (let card = 0; card < Math.min(hand, hashBits + 1); card += 1) bits += Math.log2(deck - card);
  return Math.ceil(bits);
}
