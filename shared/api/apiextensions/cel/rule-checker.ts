// Asks the rules of a schema about a value (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go).

import { Optional } from '@marcbachmann/cel-js';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  type FieldReason,
  faults,
  isRecord,
  ownField,
} from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';
import { pathBelow, resolveFieldPath } from '../schema/field-path.ts';
import { type Before, correlated } from '../schema/old-values.ts';
import { type CompiledRule, RuleCompiler, summaryOf } from './compiled-rule.ts';
import { runLimits } from './cost/limits.ts';
import { isExceeded } from './cost/meter.ts';
import { celValue } from './values.ts';

/** What the rules find wrong with an object; `old` is absent for a new one. */
export type RuleChecker = (next: unknown, old?: unknown) => FieldError[];

const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** Compiles the schema's rules once. `isObject`: it is that of an object of the API. */
export function ruleChecker(schema: JsonSchemaProps, isObject = true): RuleChecker {
  const compiler = new RuleCompiler();
  const compiled = new Map<JsonSchemaProps, CompiledRule[]>();
  compileAll(schema, isObject, compiler, compiled);
  return (next, old) => {
    const check = new RuleCheck(compiled);
    check.value(next, schema, '', old === undefined ? undefined : { value: old });
    return check.found;
  };
}

function compileAll(
  schema: JsonSchemaProps,
  isObject: boolean,
  compiler: RuleCompiler,
  into: Map<JsonSchemaProps, CompiledRule[]>,
): void {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const whole = isObject || schema['x-kubernetes-embedded-resource'] === true;
  if (rules.length > 0)
    into.set(
      schema,
      rules.flatMap((rule) => compiler.compiled(rule, schema, whole) ?? []),
    );
  for (const inner of [itemsOf(schema), valuesOf(schema), ...Object.values(schema.properties ?? {})])
    if (inner) compileAll(inner, false, compiler, into);
}

class RuleCheck {
  readonly found: FieldError[] = [];
  private readonly compiled: ReadonlyMap<JsonSchemaProps, CompiledRule[]>;
  private left = runLimits.object;

  constructor(compiled: ReadonlyMap<JsonSchemaProps, CompiledRule[]>) {
    this.compiled = compiled;
  }

  value(value: unknown, schema: JsonSchemaProps, path: string, before: Before | undefined): void {
    this.rules(value, schema, path, before);
    if (this.left < 0) return;
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      if (items)
        value.forEach((item, index) => {
          this.value(item, items, `${path}[${index}]`, correlated(before, schema, item));
        });
    } else if (isRecord(value)) this.fields(value, schema, path, before);
  }

  private fields(
    value: Record<string, unknown>,
    schema: JsonSchemaProps,
    path: string,
    before: Before | undefined,
  ): void {
    const values = valuesOf(schema);
    const old = isRecord(before?.value) ? before.value : undefined;
    for (const [key, field] of Object.entries(value)) {
      const property = propertyOf(schema, key);
      const inner = property ?? values;
      if (!inner) continue;
      const place = property ? new FieldPath(path).child(key) : new FieldPath(path).key(key);
      const formerly = old && Object.hasOwn(old, key) ? { value: ownField(old, key) } : undefined;
      this.value(field, inner, place.toString(), formerly);
    }
  }

  private rules(value: unknown, schema: JsonSchemaProps, path: string, before: Before | undefined): void {
    const rules = this.compiled.get(schema);
    if (!rules || rules.length === 0 || value === null) return;
    const self = celValue(value, schema);
    const oldSelf = before && celValue(before.value, schema);
    const unchanged = before !== undefined && deepEqual(value, before.value);
    for (const rule of rules) {
      const { facts } = rule;
      const optional = rule.rule.optionalOldSelf === true;
      if (facts.usesOldSelf && !optional && !before) continue;
      const fault = this.ask(rule, schema, path, {
        self,
        ...(optional ? { oldSelf: before ? Optional.of(oldSelf) : Optional.none() } : before && { oldSelf }),
      });
      // What was so before may stay so (KEP-4008), unless the rule is about the change itself.
      if (fault && (this.left < 0 || !(unchanged && !facts.usesOldSelf))) this.found.push(fault);
      if (this.left < 0) return;
    }
  }

  private ask(
    compiled: CompiledRule,
    schema: JsonSchemaProps,
    path: string,
    variables: { self: unknown; oldSelf?: unknown },
  ): FieldError | undefined {
    const { rule } = compiled;
    const said = rule.message?.trim() || rule.rule.trim();
    try {
      const { value, cost } = compiled.evaluate(variables, runLimits.expression);
      this.left -= cost;
      if (this.left < 0) return faults.invalid(placeOf(path), typeOf(schema), outOfBudget);
      if (value === true) return undefined;
    } catch (error) {
      const why = summaryOf(error);
      if (isExceeded(error)) {
        this.left = -1;
        const end = `'${why}': no further validation rules will be run due to call cost exceeds limit for rule: ${said}`;
        return faults.invalid(placeOf(path), typeOf(schema), end);
      }
      const words = why.startsWith('no such overload')
        ? `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${said}`
        : `${lowerFirst(why)} evaluating rule: ${said}`;
      return faults.invalid(placeOf(path), typeOf(schema), words);
    }
    const place = rule.fieldPath ? pathBelow(path, resolveFieldPath(rule.fieldPath, schema)) : placeOf(path);
    return faultFor(place, rule.reason, typeOf(schema), messageOf(compiled, variables));
  }
}

function messageOf({ rule, message }: CompiledRule, variables: { self: unknown }): string {
  const fallback = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
  if (!message) return fallback;
  try {
    const text = message(variables, runLimits.expression).value;
    return typeof text === 'string' && text.trim() && !/[\r\n]/.test(text) ? text.trim() : fallback;
  } catch {
    // As upstream: a message that cannot be made is not a reason to say less.
    return fallback;
  }
}

function faultFor(path: FieldPath, reason: string | undefined, type: string, detail: string): FieldError {
  const known: Partial<Record<FieldReason, FieldError>> = {
    FieldValueRequired: faults.required(path, detail),
    FieldValueForbidden: faults.forbidden(path, detail),
    FieldValueDuplicate: faults.duplicate(path, type),
  };
  return Object.entries(known).find(([name]) => name === reason)?.[1] ?? faults.invalid(path, type, detail);
}

function placeOf(path: string): FieldPath {
  return new FieldPath(path || '<nil>');
}

function typeOf(schema: JsonSchemaProps): string {
  return schema.type ?? '';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
