// Whether the rules of a schema compile, and whether those about changes stand where old and new can be told to be the same.

import type { Environment } from '@marcbachmann/cel-js';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, type ValidationRule, valuesOf } from '../json-schema.ts';
import { type Compiled, RuleCompiler } from './compiled-rule.ts';
import { multiplies } from './cost/declared-size.ts';
import { RuleCosts } from './cost/rule-costs.ts';
import { asObject } from './schema-fields.ts';
import { typedCheck, typedEnvironment } from './typed-check.ts';

/** Of rules whose form is right. */
export function ruleFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const checking = new RuleValidation();
  checking.schema(schema, path, { isObject: true, uncorrelatable: undefined, times: 1 });
  return [...checking.found, ...checking.costs.faults(path)];
}

interface Place {
  /** It is an object of the API. */
  isObject: boolean;
  /** The list below which items of old and new cannot be matched. */
  uncorrelatable: FieldPath | undefined;
  /** How often its rules may be asked of one object; undefined: nobody says. */
  times: number | undefined;
}

class RuleValidation {
  readonly found: FieldError[] = [];
  readonly costs = new RuleCosts();
  private readonly compiler = new RuleCompiler();
  /** Of schemas that have rules, by whether `oldSelf` is optional. */
  private readonly environments = new Map<JsonSchemaProps, Map<boolean, Environment>>();

  schema(schema: JsonSchemaProps, path: FieldPath, place: Place): void {
    const rules = schema['x-kubernetes-validations'] ?? [];
    const isObject = place.isObject || schema['x-kubernetes-embedded-resource'] === true;
    for (const [index, rule] of rules.entries())
      this.expressions(rule, schema, path.child('x-kubernetes-validations').index(index), {
        ...place,
        isObject,
      });
    const items = itemsOf(schema);
    const values = valuesOf(schema);
    const factor = multiplies(schema);
    const times = place.times === undefined || factor === undefined ? undefined : place.times * factor;
    const inner = { isObject: false, uncorrelatable: place.uncorrelatable, times };
    for (const [name, property] of Object.entries(schema.properties ?? {}))
      this.schema(property, path.child('properties').key(name), inner);
    if (values) this.schema(values, path.child('additionalProperties'), inner);
    if (items) {
      const isMap = schema['x-kubernetes-list-type'] === 'map';
      const uncorrelatable = inner.uncorrelatable ?? (isMap ? undefined : path);
      this.schema(items, path.child('items'), { isObject: false, uncorrelatable, times });
    }
  }

  /** An expression that compiles, by the types of its schema too; `type` is that of its answer. */
  private compile(
    expression: string,
    optional: boolean,
    schema: JsonSchemaProps,
    isObject: boolean,
  ): Compiled {
    const compiled = this.compiler.compile(expression, optional, schema, isObject);
    if ('fault' in compiled) return compiled;
    const kept = this.environments.get(schema) ?? new Map<boolean, Environment>();
    this.environments.set(schema, kept);
    const environment =
      kept.get(optional) ?? typedEnvironment(isObject ? asObject(schema) : schema, optional);
    kept.set(optional, environment);
    const typed = typedCheck(environment, expression);
    if ('fault' in typed) return typed;
    return compiled.type === 'dyn' ? { ...compiled, type: typed.type } : compiled;
  }

  private expressions(rule: ValidationRule, schema: JsonSchemaProps, path: FieldPath, place: Place): void {
    const { found } = this;
    const optional = rule.optionalOldSelf === true;
    const main = this.compile(rule.rule, optional, schema, place.isObject);
    const rulePath = path.child('rule');
    if ('fault' in main) found.push(faults.invalid(rulePath, rule, `compilation failed: ${main.fault}`));
    else {
      if (main.type !== 'bool' && main.type !== 'dyn')
        found.push(faults.invalid(rulePath, rule, 'cel expression must evaluate to a bool'));
      found.push(...this.costs.of('rule', main.cost, schema, place.times, rulePath));
      if (main.facts.usesOldSelf && place.uncorrelatable)
        found.push(
          faults.invalid(
            rulePath,
            rule.rule,
            `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`,
          ),
        );
      if (optional && !main.facts.usesOldSelf)
        found.push(
          faults.invalid(
            path.child('optionalOldSelf'),
            true,
            'may not be set if oldSelf is not used in rule',
          ),
        );
    }
    if (!rule.messageExpression?.trim()) return;
    const text = this.compile(rule.messageExpression, optional, schema, place.isObject);
    const textPath = path.child('messageExpression');
    if ('fault' in text)
      found.push(faults.invalid(textPath, rule, `messageExpression compilation failed: ${text.fault}`));
    else {
      if (text.type !== 'string' && text.type !== 'dyn')
        found.push(faults.invalid(textPath, rule, 'messageExpression must evaluate to a string'));
      found.push(...this.costs.of('messageExpression', text.cost, schema, place.times, textPath));
    }
  }
}
