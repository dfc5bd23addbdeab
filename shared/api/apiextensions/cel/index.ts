// CEL rules of schemas (x-kubernetes-validations, KEP-2876). Loaded only where a schema has rules.

export { summaryOf } from './compiled-rule.ts';
export { celEnvironment } from './environment.ts';
export { issueText } from './issue-text.ts';
export { type RuleChecker, ruleChecker } from './rule-checker.ts';
export { type RuleFacts, readUntypedTree } from './rule-tree.ts';
export { ruleFaults } from './rule-validation.ts';
export { celValue, escapedName } from './values.ts';
