// Checks a value against a schema, in the order and words of k8s.io/kube-openapi/pkg/validation/validate, as the API server
// of custom resources turns them into faults of fields (k8s.io/apiextensions-apiserver/pkg/apiserver/validation).

import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  isRecord,
  ownField,
} from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';
import { hasFormat, isKnownFormat } from './formats.ts';
import { type Before, correlated } from './old-values.ts';
import { isFound } from './patterns.ts';

/**
 * Everything that the schema finds wrong. With `before`, what was wrong already and has not changed is let through
 * (KEP-4008, ratcheting).
 */
export function validateValue(
  value: unknown,
  schema: JsonSchemaProps,
  path = '',
  before?: Before,
): FieldError[] {
  return check(value, schema, path, before).faults;
}

/** What a schema said of a value. `matches` counts the checks that were made: of several alternatives that fail, the one with most is shown. */
class Verdict {
  readonly faults: FieldError[] = [];
  matches = 0;

  add(...found: FieldError[]): void {
    this.faults.push(...found);
  }

  merge(other: Verdict): void {
    this.faults.push(...other.faults);
    this.matches += other.matches;
  }
}

function check(value: unknown, schema: JsonSchemaProps, path: string, before?: Before): Verdict {
  const verdict = new Verdict();
  const steps: Step[] = value === null || value === undefined ? [typeStep, enumStep] : allSteps;
  for (const step of steps) step(verdict, value, schema, path, before);
  if (verdict.faults.length > 0 && before && deepEqual(value, before.value)) return new Verdict();
  return verdict;
}

type Step = (
  verdict: Verdict,
  value: unknown,
  schema: JsonSchemaProps,
  path: string,
  before?: Before,
) => void;

const typeStep: Step = (verdict, value, schema, path) => {
  verdict.matches++;
  const types = schema['x-kubernetes-int-or-string']
    ? ['integer', 'string']
    : schema.type
      ? [schema.type]
      : [];
  if (types.length === 0) return;
  if (value === null || value === undefined) {
    if (!schema.nullable) verdict.add(wrongType(path, types.join(','), 'null'));
    return;
  }
  const { format = '' } = schema;
  const named = format !== '' && isKnownFormat(format);
  const type = typeOf(value);
  const fits = types.includes(type) || (type === 'integer' && types.includes('number'));
  const textual = type === 'string' || type === 'array';
  if (!textual && named && !fits) verdict.add(wrongType(path, format, goFormat[type] ?? ''));
  else if (named && textual && !types.includes('integer') && !types.includes('number')) return;
  else if (!fits) verdict.add(wrongType(path, types.join(','), type));
};

const goFormat: Readonly<Record<string, string>> = { integer: 'int64', number: 'double' };

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const combinationStep: Step = (verdict, value, schema, path) => {
  verdict.matches++;
  const { anyOf, oneOf, allOf, not } = schema;
  const tryAll = (schemas: readonly JsonSchemaProps[]) => schemas.map((each) => check(value, each, path));
  if (anyOf && anyOf.length > 0) {
    const verdicts = tryAll(anyOf);
    if (!verdicts.some(isClean)) {
      verdict.add(unplaced(`"${path}" must validate at least one schema (anyOf)`));
      verdict.merge(best(verdicts));
    }
  }
  if (oneOf && oneOf.length > 0) {
    const verdicts = tryAll(oneOf);
    const valid = verdicts.filter(isClean).length;
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    if (valid !== 1)
      verdict.add(unplaced(`"${path}" must validate one and only one schema (oneOf). ${found}`));
    if (valid === 0) verdict.merge(best(verdicts));
  }
  if (allOf && allOf.length > 0) {
    const verdicts = tryAll(allOf);
    const valid = verdicts.filter(isClean).length;
    for (const each of verdicts) verdict.merge(each);
    if (valid < allOf.length) {
      const none = valid === 0 ? '. None validated' : '';
      verdict.add(unplaced(`"${path}" must validate all the schemas (allOf)${none}`));
    }
  }
  if (not && isClean(check(value, not, path)))
    verdict.add(unplaced(`"${path}" must not validate the schema (not)`));
};

function isClean({ faults: found }: Verdict): boolean {
  return found.length === 0;
}

function best(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce(
    (one, other) => (other.matches > one.matches ? other : one),
    verdicts[0] ?? new Verdict(),
  );
}

const textStep: Step = (verdict, value, { maxLength, minLength, pattern }, path) => {
  if (typeof value !== 'string') return;
  verdict.matches++;
  const where = placeOf(path);
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) verdict.add(faults.tooLong(where, maxLength));
  else if (minLength !== undefined && length < minLength)
    verdict.add(faults.invalid(where, value, `${path} in body should be at least ${minLength} chars long`));
  else if (pattern !== undefined && !isFound(pattern, value))
    verdict.add(faults.invalid(where, value, `${path} in body should match '${pattern}'`));
};

const formatStep: Step = (verdict, value, { format }, path) => {
  if (typeof value !== 'string' || !format) return;
  verdict.matches++;
  if (!hasFormat(value, format)) verdict.add(wrongType(path, format, value));
};

const numberStep: Step = (verdict, value, schema, path) => {
  if (typeof value !== 'number') return;
  verdict.matches++;
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum } = schema;
  const say = (words: string) =>
    verdict.add(faults.invalid(placeOf(path), value, `${path} in body ${words}`));
  if (multipleOf && !isMultiple(value, multipleOf)) say(`should be a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    say(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    say(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
};

function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  return Number.isInteger(quotient) || Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

const listStep: Step = (verdict, value, schema, path, before) => {
  if (!Array.isArray(value)) return;
  verdict.matches++;
  const { maxItems, minItems } = schema;
  const items = itemsOf(schema);
  if (items)
    value.forEach((item, index) => {
      verdict.merge(check(item, items, `${path}[${index}]`, correlated(before, schema, item)));
    });
  const where = placeOf(path);
  if (minItems !== undefined && value.length < minItems)
    verdict.add(
      faults.invalid(where, value.length, `${path} in body should have at least ${minItems} items`),
    );
  if (maxItems !== undefined && value.length > maxItems)
    verdict.add(faults.tooMany(where, value.length, maxItems));
};

const enumStep: Step = (verdict, value, schema, path) => {
  verdict.matches++;
  const { enum: allowed } = schema;
  if (!allowed || allowed.length === 0) return;
  if ((value === null && schema.nullable) || allowed.some((one) => deepEqual(one, value))) return;
  const words = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  verdict.add(faults.notSupported(placeOf(path), value, words));
};

const objectStep: Step = (verdict, value, schema, path, before) => {
  if (!isRecord(value)) return;
  verdict.matches++;
  const where = placeOf(path);
  const { minProperties, maxProperties, required } = schema;
  const size = Object.keys(value).length;
  if (minProperties !== undefined && size < minProperties)
    return verdict.add(
      faults.invalid(where, size, `${path} in body should have at least ${minProperties} properties`),
    );
  if (maxProperties !== undefined && size > maxProperties)
    return verdict.add(faults.tooMany(where, size, maxProperties));
  fieldsOf(verdict, value, schema, path, before);
  for (const name of required ?? [])
    if (!Object.hasOwn(value, name)) verdict.add(faults.required(placeOf(path ? `${path}.${name}` : name)));
};

function fieldsOf(
  verdict: Verdict,
  value: Record<string, unknown>,
  schema: JsonSchemaProps,
  path: string,
  before: Before | undefined,
): void {
  const values = valuesOf(schema);
  const old = isRecord(before?.value) ? before.value : undefined;
  for (const key of Object.keys(value)) {
    const inner = propertyOf(schema, key) ?? values;
    const place = path ? `${path}.${key}` : key;
    const formerly = old && Object.hasOwn(old, key) ? { value: ownField(old, key) } : undefined;
    if (inner) verdict.merge(check(value[key], inner, place, formerly));
    else if (schema.additionalProperties === false)
      verdict.add(unplaced(`"${place}" is a forbidden property`));
  }
}

const allSteps: Step[] = [
  typeStep,
  combinationStep,
  textStep,
  formatStep,
  numberStep,
  listStep,
  enumStep,
  objectStep,
];

function placeOf(path: string): FieldPath {
  return new FieldPath(path || '<nil>');
}

/** Upstream loses the place of what several schemas together find wrong. */
function unplaced(words: string): FieldError {
  return faults.invalid(new FieldPath('<nil>'), '', words);
}

function wrongType(path: string, wanted: string, found: string): FieldError {
  return faults.typeInvalid(
    placeOf(path),
    found,
    `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`,
  );
}
