// Which objects a list, a watch or a deletecollection is about: label selector, field selector, or one name.

import {
  ApiError,
  type FieldSelector,
  type Live,
  parseFieldSelector,
  parseLabelSelector,
} from '../../../shared/machinery/index.ts';
import type { Kind } from '../kind.ts';

export interface Selection {
  /** True: every object of the scope. */
  readonly all: boolean;
  matches(object: Live): boolean;
}

export interface SelectionOptions {
  labelSelector?: string | null;
  fieldSelector?: string | null;
  /** From the deprecated `/watch/…/NAME` path, or from the field selector itself. */
  name?: string | undefined;
}

const everyKindHas = ['metadata.name', 'metadata.namespace'];

/** Throws BadRequest for selectors that cannot be read, and for fields that the Kind does not offer. */
export function selectionOf(kind: Kind, { labelSelector, fieldSelector, name }: SelectionOptions): Selection {
  const labels = parseLabelSelector(labelSelector ?? '');
  const fields = parseFieldSelector(fieldSelector ?? '');
  checkFields(kind, fields);
  return {
    all: labels.empty && fields.empty && name === undefined,
    matches: (object) =>
      (name === undefined || object.metadata.name === name) &&
      labels.matches(object.metadata.labels) &&
      (fields.empty || fields.matches((field) => fieldOf(kind, object, field))),
  };
}

function checkFields({ strategy }: Kind, { requirements }: FieldSelector): void {
  for (const { field } of requirements) {
    if (everyKindHas.includes(field) || (strategy.fields && Object.hasOwn(strategy.fields, field))) continue;
    const refusal = strategy.unknownField?.(field) ?? `field label not supported: ${field}`;
    if (strategy.fields) throw new ApiError('BadRequest', refusal);
    const known = everyKindHas.map((known) => JSON.stringify(known)).join(', ');
    throw new ApiError('BadRequest', `${JSON.stringify(field)} is not a known field selector: only ${known}`);
  }
}

function fieldOf({ strategy }: Kind, object: Live, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return strategy.fields?.[field]?.(object) ?? '';
}
