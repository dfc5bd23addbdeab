// What all rules of a schema may cost together, by estimate.

import { type FieldError, type FieldPath, faults } from '../../../../machinery/index.ts';
import type { JsonSchemaProps } from '../../json-schema.ts';
import { mostTimes } from './declared-size.ts';
import { costText, estimatedLimits } from './limits.ts';

/** So many of them are named where all together cost too much. */
const mostNamed = 4;

export class RuleCosts {
  private total = 0;
  private expensive: { path: FieldPath; cost: number }[] = [];

  /** `times`: how often it may be asked of one object, where the schemas around it say so. */
  of(
    what: 'rule' | 'messageExpression',
    cost: number,
    schema: JsonSchemaProps,
    times: number | undefined,
    path: FieldPath,
  ): FieldError[] {
    const whole = cost * (times ?? mostTimes(schema));
    this.total += whole;
    this.expensive = [...this.expensive, { path, cost: whole }]
      .sort((one, other) => other.cost - one.cost)
      .slice(0, mostNamed);
    if (whole <= estimatedLimits.rule) return [];
    return [faults.forbidden(path, costText(`estimated ${what} cost`, whole, estimatedLimits.rule))];
  }

  /** `path` is that of the whole schema. */
  faults(path: FieldPath): FieldError[] {
    const { schema: limit } = estimatedLimits;
    if (this.total <= limit) return [];
    const words = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const all = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...this.expensive.map((each) => faults.forbidden(each.path, words)),
      faults.forbidden(path, costText(all, this.total, limit)),
    ];
  }
}
