// What quotas count, for those who refuse by it (admission) and those who tell of it (the quota's status).

export { type Amounts, addTo, amountsOf, listOf, podAmounts } from './amounts.ts';
export { inScopes } from './scopes.ts';
export { isOfPods, isPods, mayGrow, measuredBy, qualifiedName, unsaid, usageOf } from './usage.ts';
