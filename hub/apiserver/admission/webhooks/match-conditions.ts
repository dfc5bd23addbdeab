// matchConditions: CEL that must hold for a write to be of interest. The language is loaded when the first one is asked.

import type { Authorize } from '../../pipeline.ts';
import type { Attributes } from './admission-attributes.ts';

export interface MatchCondition {
  name: string;
  expression: string;
}

/** As upstream: one that is false decides, also where another one fails. */
export async function conditionsHold(
  conditions: readonly MatchCondition[],
  attributes: Attributes,
  authorize: Authorize,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ hold: boolean } | { fault: string }> {
  if (conditions.length === 0) return { hold: true };
  const { AdmissionExpressions, runLimits } = await import('./admission-cel.ts');
  const expressions = new AdmissionExpressions(attributes, authorize, runLimits.matchConditions);
  const found: string[] = [];
  for (const { expression } of conditions) {
    try {
      if ((await expressions.evaluate(expression, more)) !== true) return { hold: false };
    } catch (error) {
      found.push(error instanceof Error ? error.message : String(error));
    }
  }
  return found.length === 0 ? { hold: true } : { fault: found.join(', ') };
}
