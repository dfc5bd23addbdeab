// CEL rules of schemas (x-kubernetes-validations, KEP-2876). Loaded only where a schema has rules.

export { summaryOf } from './compiled-rule.ts';
export { celEnvironment } from './environment.ts';
export { type RuleChecker, ruleChecker } from './rule-checker.ts';
export { ruleFaults } from './rule-validation.ts';
export { celValue } from './values.ts';
