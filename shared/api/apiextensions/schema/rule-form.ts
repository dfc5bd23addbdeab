// Whether a rule in CEL is written down as it must be; what it says is looked at in ../cel/rule-validation.ts.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import type { JsonSchemaProps, ValidationRule } from '../json-schema.ts';
import { resolveFieldPath } from './field-path.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const lineBreak = /[\n\r]/;

export function ruleFormFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  return rules.flatMap((rule, index) =>
    formFaults(rule, schema, path.child('x-kubernetes-validations').index(index)),
  );
}

function formFaults(rule: ValidationRule, schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const { messageExpression, reason, fieldPath } = rule;
  const found = textFaults(rule, path);
  if (messageExpression && !messageExpression.trim())
    found.push(
      faults.required(path.child('messageExpression'), 'messageExpression must be non-empty if specified'),
    );
  if (reason !== undefined && !reasons.includes(reason))
    found.push(faults.notSupported(path.child('reason'), reason, reasons));
  if (!fieldPath) return found;
  const say = (detail: string) => found.push(faults.invalid(path.child('fieldPath'), fieldPath, detail));
  if (!fieldPath.trim()) say('fieldPath must be non-empty if specified');
  if (lineBreak.test(fieldPath)) say('fieldPath must not contain line breaks');
  if (resolveFieldPath(fieldPath, schema).fault) say('fieldPath must be a valid path');
  return found;
}

/** The first of what is wrong with a rule and its message. */
function textFaults({ rule = '', message = '' }: ValidationRule, path: FieldPath): FieldError[] {
  const at = path.child('message');
  if (!rule.trim()) return [faults.required(path.child('rule'), 'rule is not specified')];
  if (message && !message.trim())
    return [faults.invalid(at, message, 'message must be non-empty if specified')];
  if (lineBreak.test(message.trim()))
    return [faults.invalid(at, message, 'message must not contain line breaks')];
  return lineBreak.test(rule.trim()) && !message
    ? [faults.required(at, 'message must be specified if rule contains line breaks')]
    : [];
}
