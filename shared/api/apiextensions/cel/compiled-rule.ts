// A rule ready to be asked.

import type { Environment } from '@marcbachmann/cel-js';
import type { JsonSchemaProps, ValidationRule } from '../json-schema.ts';
import { estimateCost } from './cost/estimate.ts';
import { Meter, type MeteredRun } from './cost/meter.ts';
import { ruleEnvironment } from './environment.ts';
import { issueText } from './issue-text.ts';
import { parseExpression } from './parse.ts';
import { type RuleFacts, readTree } from './rule-tree.ts';
import { asObject } from './schema-fields.ts';

export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly facts: RuleFacts;
  readonly evaluate: Run;
  readonly message: Run | undefined;
}

/** Throws what went wrong, or that it would cost more than `limit`. */
export type Run = (variables: RuleVariables, limit: number) => MeteredRun;

export interface RuleVariables {
  self: unknown;
  oldSelf?: unknown;
}

/** What does not compile; `type` is what an expression would answer, `cost` the most that it may cost by its schema. */
export type Compiled = { fault: string } | { facts: RuleFacts; type: string; cost: number; evaluate: Run };

export class RuleCompiler {
  /** By whether `oldSelf` is optional: making one is costly. */
  private readonly environments = new Map<boolean, Environment>();

  compile(expression: string, optional: boolean, schema: JsonSchemaProps, isObject: boolean): Compiled {
    const environment = this.environments.get(optional) ?? ruleEnvironment(optional);
    this.environments.set(optional, environment);
    try {
      const program = parseExpression(environment, expression);
      const facts = readTree(program.ast, schema, isObject);
      if (facts.undefinedField !== undefined) return { fault: located(expression, facts.undefinedField) };
      const checked = program.check();
      if (!checked.valid) return { fault: issueText(expression, checked.error, functionsOf(environment)) };
      const meter = new Meter(program.ast);
      return {
        facts,
        type: checked.type ?? 'dyn',
        cost: estimateCost(program.ast, isObject ? asObject(schema) : schema),
        evaluate: (variables, limit) => meter.run(() => program({ ...variables }), limit),
      };
    } catch (error) {
      return { fault: issueText(expression, error, functionsOf(environment)) };
    }
  }

  /** Undefined: it does not compile, which validation has said. */
  compiled(rule: ValidationRule, schema: JsonSchemaProps, isObject: boolean): CompiledRule | undefined {
    const optional = rule.optionalOldSelf === true;
    const main = this.compile(rule.rule, optional, schema, isObject);
    if ('fault' in main) return undefined;
    const text = rule.messageExpression
      ? this.compile(rule.messageExpression, optional, schema, isObject)
      : undefined;
    return {
      rule,
      facts: main.facts,
      evaluate: main.evaluate,
      message: text && 'evaluate' in text ? text.evaluate : undefined,
    };
  }
}

function functionsOf(environment: Environment): ReadonlySet<string> {
  return new Set(environment.getDefinitions().functions.map(({ name }) => name));
}

function located(expression: string, field: string): string {
  const column = Math.max(expression.indexOf(`.${field}`), 0) + 1;
  return `ERROR: <input>:1:${column}: undefined field '${field}'\n | ${expression}\n | ${'.'.repeat(column - 1)}^`;
}

const words: ReadonlyMap<string, string> = new Map([
  ['modulo by zero', 'modulus by zero'],
  ['Optional value is not present', 'optional.none() dereference'],
]);

/** The library's own words, without its picture of the place; as cel-go has them where that is known. */
export function summaryOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first = ''] = error.message.split('\n');
  const [, index] = /^No such key: index out of bounds, index (-?\d+) /.exec(first) ?? [];
  if (index !== undefined) return `index out of bounds: ${index}`;
  return words.get(first) ?? first.replace(/^No such key/, 'no such key');
}
