// matchConditions: CEL that must hold for a write to be of interest. The language is loaded when the first one is asked.

import type { Attributes } from './admission-attributes.ts';

export interface MatchCondition {
  name: string;
  expression: string;
}

/** As upstream: one that is false decides, also where another one fails. */
export async function conditionsHold(
  conditions: readonly MatchCondition[],
  attributes: Attributes,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ hold: boolean } | { fault: string }> {
  const { admissionVariables, evaluate } = await import('./admission-cel.ts');
  const variables = { ...admissionVariables(attributes), ...more };
  const found: string[] = [];
  for (const { expression } of conditions) {
    try {
      if (evaluate(expression, variables) !== true) return { hold: false };
    } catch (error) {
      found.push(error instanceof Error ? error.message : String(error));
    }
  }
  return found.length === 0 ? { hold: true } : { fault: found.join(', ') };
}
