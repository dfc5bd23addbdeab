// What rules may cost, and what is said of those that cost more
// (k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation, k8s.io/apiserver/pkg/apis/cel).

/** By estimate, before a definition is taken. */
export const estimatedLimits = { rule: 10_000_000, schema: 100_000_000 };

/** While it runs: of one expression, and of all that are asked about one object. */
export const runLimits = { expression: 1_000_000, object: 10_000_000, matchConditions: 2_500_000 };

/** `what`, e.g. `estimated rule cost`. */
export function costText(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const times = factor > 100 ? 'more than 100x' : `${factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
