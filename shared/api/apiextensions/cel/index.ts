// CEL rules of schemas (x-kubernetes-validations, KEP-2876). Loaded only where a schema has rules.

export { summaryOf } from './compiled-rule.ts';
export { runLimits } from './cost/limits.ts';
export { isExceeded, Meter, type MeteredRun } from './cost/meter.ts';
export { celEnvironment } from './environment.ts';
export { issueText } from './issue-text.ts';
export { nodesIn } from './nodes.ts';
export { parseExpression } from './parse.ts';
export { type RuleChecker, ruleChecker } from './rule-checker.ts';
export { ruleFaults } from './rule-validation.ts';
export { celValue, escapedName } from './values.ts';
