// Whether the rules of a schema compile, and whether those about changes stand where old and new can be told to be the same.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, type ValidationRule, valuesOf } from '../json-schema.ts';
import { type Compiled, RuleCompiler } from './compiled-rule.ts';
import { resolveFieldPath } from './field-path.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
/** Upstream allows rules whose estimated cost is bounded; here loops may be nested so deep. */
const deepestLoops = 4;
const mostRules = 1000;

export function ruleFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const checking = new RuleValidation();
  checking.schema(schema, path, { isObject: true, uncorrelatable: undefined });
  return checking.found;
}

interface Place {
  /** It is an object of the API. */
  isObject: boolean;
  /** The list below which items of old and new cannot be matched. */
  uncorrelatable: FieldPath | undefined;
}

class RuleValidation {
  readonly found: FieldError[] = [];
  private readonly compiler = new RuleCompiler();
  private count = 0;

  schema(schema: JsonSchemaProps, path: FieldPath, place: Place): void {
    const rules = schema['x-kubernetes-validations'] ?? [];
    const isObject = place.isObject || schema['x-kubernetes-embedded-resource'] === true;
    for (const [index, rule] of rules.entries()) {
      this.count += 1;
      if (this.count > mostRules) {
        const detail = `x-kubernetes-validations: more than ${mostRules} rules in one schema`;
        this.found.push(faults.forbidden(path, detail));
        return;
      }
      this.rule(rule, schema, path.child('x-kubernetes-validations').index(index), { ...place, isObject });
    }
    const items = itemsOf(schema);
    const values = valuesOf(schema);
    const inner = { isObject: false, uncorrelatable: place.uncorrelatable };
    for (const [name, property] of Object.entries(schema.properties ?? {}))
      this.schema(property, path.child('properties').key(name), inner);
    if (values) this.schema(values, path.child('additionalProperties'), inner);
    if (items) {
      const isMap = schema['x-kubernetes-list-type'] === 'map';
      const uncorrelatable = inner.uncorrelatable ?? (isMap ? undefined : path);
      this.schema(items, path.child('items'), { isObject: false, uncorrelatable });
    }
  }

  private rule(rule: ValidationRule, schema: JsonSchemaProps, path: FieldPath, place: Place): void {
    const { found } = this;
    const { message = '', messageExpression, reason, fieldPath } = rule;
    if (!rule.rule?.trim()) found.push(faults.required(path.child('rule'), 'rule is not specified'));
    if (rule.message !== undefined && !message.trim())
      found.push(faults.invalid(path.child('message'), message, 'message must be non-empty if specified'));
    else if (/[\r\n]/.test(message))
      found.push(faults.invalid(path.child('message'), message, 'message must not contain line breaks'));
    else if (/[\r\n]/.test(rule.rule?.trim() ?? '') && !message)
      found.push(
        faults.required(path.child('message'), 'message must be specified if rule contains line breaks'),
      );
    if (messageExpression !== undefined && !messageExpression.trim())
      found.push(
        faults.required(path.child('messageExpression'), 'messageExpression must be non-empty if specified'),
      );
    if (reason !== undefined && !reasons.includes(reason))
      found.push(faults.notSupported(path.child('reason'), reason, reasons));
    const unresolved = fieldPath === undefined ? undefined : resolveFieldPath(fieldPath, schema).fault;
    if (unresolved) found.push(faults.invalid(path.child('fieldPath'), fieldPath, unresolved));
    if (rule.rule?.trim()) this.expressions(rule, schema, path, place);
  }

  private expressions(rule: ValidationRule, schema: JsonSchemaProps, path: FieldPath, place: Place): void {
    const { found, compiler } = this;
    const optional = rule.optionalOldSelf === true;
    const main = compiler.compile(rule.rule, optional, schema, place.isObject);
    const rulePath = path.child('rule');
    if ('fault' in main) found.push(faults.invalid(rulePath, rule.rule, `compilation failed: ${main.fault}`));
    else {
      if (main.type !== 'bool' && main.type !== 'dyn')
        found.push(faults.invalid(rulePath, rule.rule, 'cel expression must evaluate to a bool'));
      if (main.facts.depth > deepestLoops)
        found.push(
          faults.forbidden(
            rulePath,
            `estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
          ),
        );
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
    const text: Compiled = compiler.compile(rule.messageExpression, optional, schema, place.isObject);
    const textPath = path.child('messageExpression');
    if ('fault' in text)
      found.push(
        faults.invalid(
          textPath,
          rule.messageExpression,
          `messageExpression compilation failed: ${text.fault}`,
        ),
      );
    else if (text.type !== 'string' && text.type !== 'dyn')
      found.push(
        faults.invalid(textPath, rule.messageExpression, 'messageExpression must evaluate to a string'),
      );
  }
}
