// What `--for` asks for, as kubectl reads it: whether one object is so.

import { UserError } from '../../../shared/base/index.ts';
import { listAt, textAt, valueAt } from '../json.ts';
import { relaxedPath } from '../printers/custom-columns.ts';
import { find } from '../printers/jsonpath/index.ts';

/** Throws UserError for an object that the question can't be asked of. */
export type IsMet = (object: unknown) => boolean;

export type Condition = { until: 'created' } | { until: 'gone' } | { until: 'met'; isMet: IsMet };

/** Throws UserError in kubectl's words. */
export function parseCondition(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { until: 'gone' };
  if (lower === 'create') return { until: 'created' };
  if (lower.startsWith('condition=')) {
    const [name = '', ...value] = lower.slice('condition='.length).split('=');
    return { until: 'met', isMet: hasCondition(name, value.length > 0 ? value.join('=') : 'true') };
  }
  if (lower.startsWith('jsonpath=')) return { until: 'met', isMet: hasValue(text.slice('jsonpath='.length)) };
  throw new UserError(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** One that was seen before the object's last change says nothing of it. */
function hasCondition(name: string, value: string): IsMet {
  return (object) => {
    const condition = listAt(object, 'status', 'conditions').find(
      (entry) => textAt(entry, 'type').toLowerCase() === name,
    );
    if (condition === undefined) return false;
    const observed =
      valueAt(condition, 'observedGeneration') ?? valueAt(object, 'status', 'observedGeneration');
    const generation = valueAt(object, 'metadata', 'generation');
    if (typeof observed === 'number' && typeof generation === 'number' && observed < generation) return false;
    return textAt(condition, 'status').toLowerCase() === value;
  };
}

function hasValue(text: string): IsMet {
  const [path = '', expected, ...more] = text.split(/(?<![=<>!])=(?!=)/);
  if (more.length > 0)
    throw new UserError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const steps = relaxedPath(path);
  const wanted = expected?.replace(/^['"]+|['"]+$/g, '');
  if (wanted === '')
    throw new UserError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  return (object) => {
    const values = find(steps, object);
    if (values.length === 0) return false;
    if (values.length > 1) throw new UserError('given jsonpath expression matches more than one value');
    const [value] = values;
    if (wanted === undefined) return true;
    if (typeof value === 'object' && value !== null)
      throw new UserError('jsonpath leads to a nested object or list which is not supported');
    return String(value).trim() === wanted.trim();
  };
}
