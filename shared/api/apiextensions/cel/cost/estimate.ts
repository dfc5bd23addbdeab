// The most that an expression can cost, by what its schema allows (cel-go/checker/cost.go). Where the size of a value cannot
// be known here it is taken for small: no rule is refused that Kubernetes takes.

import type { ASTNode } from '@marcbachmann/cel-js';
import { itemsOf, type JsonSchemaProps, valuesOf } from '../../json-schema.ts';
import { fieldOf } from '../schema-fields.ts';
import { callCost, comparisonCost, concatenationCost, listCost, loopCosts, mapCost } from './call-cost.ts';
import { mostElements } from './declared-size.ts';

/** What is known of a value. */
interface Known {
  size: number;
  schema?: JsonSchemaProps;
  /** Of one element, where there is no schema. */
  element?: number;
  isText?: boolean;
}

type Scope = ReadonlyMap<string, Known>;

/** A number, a truth, and whatever else is small. */
const scalar: Known = { size: 1 };
const nothing: Known = { size: 0 };
const unknownSize = 2 ** 64;
const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);
/** Their results are as long as what they are called on. */
const asLong = new Set([
  'lowerAsciiOnly',
  'upperAsciiOnly',
  'substringOf',
  'trim',
  'reverse',
  'find',
  'string',
  'dyn',
]);
const texts = new Set([
  'lowerAsciiOnly',
  'upperAsciiOnly',
  'substringOf',
  'trim',
  'reverse',
  'find',
  'string',
  'replace',
]);

/** `self` is the value that the rule is about, as its schema says. */
export function estimateCost(tree: ASTNode, self: JsonSchemaProps): number {
  const known = ofSchema(self);
  const estimate = new Estimate();
  estimate.visit(
    tree,
    new Map([
      ['self', known],
      ['oldSelf', known],
    ]),
  );
  return estimate.cost;
}

function ofSchema(schema: JsonSchemaProps | undefined): Known {
  if (!schema) return scalar;
  return { size: mostElements(schema), schema, isText: schema.type === 'string' };
}

function elementOf({ schema, element }: Known): Known {
  const inner = schema && (itemsOf(schema) ?? valuesOf(schema));
  return inner ? ofSchema(inner) : { size: element ?? 1 };
}

/** What a loop's variable is: an item of a list, a key of a map. */
function iterated(range: Known): Known {
  return range.schema && valuesOf(range.schema) ? nothing : elementOf(range);
}

class Estimate {
  cost = 0;

  /** What it costs by itself is added only when it is called. */
  private costOf(node: ASTNode, scope: Scope): number {
    const inner = new Estimate();
    inner.visit(node, scope);
    return inner.cost;
  }

  visit(node: ASTNode, scope: Scope): Known {
    switch (node.op) {
      case 'value':
        return { size: sizeOfLiteral(node.args), isText: typeof node.args === 'string' };
      case 'id':
        this.cost += 1;
        return scope.get(node.args) ?? scalar;
      case '.':
      case '.?': {
        const whole = this.visit(node.args[0], scope);
        if (whole.schema) this.cost += 1;
        const field = ofSchema(whole.schema && fieldOf(whole.schema, node.args[1]));
        // As upstream: of a value that is taken from a map by its name as if it were a field, no size is known.
        return whole.schema && valuesOf(whole.schema) ? { ...field, size: unknownSize } : field;
      }
      case '[]':
      case '[?]': {
        const whole = this.visit(node.args[0], scope);
        this.visit(node.args[1], scope);
        this.cost += 1;
        return elementOf(whole);
      }
      case 'list':
        this.cost += listCost;
        return this.literal(node.args, node.args.length, scope);
      case 'map':
        this.cost += mapCost;
        return this.literal(node.args.flat(), node.args.length, scope);
      case '?:':
        return this.choice(node.args, scope);
      case '!_':
      case '-_':
        if (node.args.op === 'value') return scalar;
        this.visit(node.args, scope);
        this.cost += 1;
        return scalar;
      case 'call':
        return this.call(node.args[0], undefined, node.args[1], scope);
      case 'rcall':
        return this.method(node.args, scope);
      default:
        return this.binary(node.op, node.args, scope);
    }
  }

  private literal(items: readonly ASTNode[], size: number, scope: Scope): Known {
    const sizes = items.map((item) => this.visit(item, scope).size);
    return { size, element: Math.max(0, ...sizes) };
  }

  private choice([condition, left, right]: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Known {
    this.visit(condition, scope);
    const [one, other] = [new Estimate(), new Estimate()];
    const [first, second] = [one.visit(left, scope), other.visit(right, scope)];
    this.cost += Math.max(one.cost, other.cost);
    return first.size >= second.size ? first : second;
  }

  private binary(op: string, [left, right]: readonly [ASTNode, ASTNode], scope: Scope): Known {
    const one = this.visit(left, scope);
    const other = this.visit(right, scope);
    if (op === '&&' || op === '||') return scalar;
    if (op === 'in') this.cost += other.schema && valuesOf(other.schema) ? 1 : other.size;
    else if (op === '==' || op === '!=' || (comparisons.has(op) && one.isText && other.isText))
      this.cost += comparisonCost(one.size, other.size);
    else if (op === '+' && (one.isText || other.isText)) {
      const size = one.size + other.size;
      this.cost += concatenationCost(size);
      return { size, isText: true };
    } else this.cost += 1;
    return op === '+' && !comparisons.has(op) ? { ...one, size: Math.max(1, one.size + other.size) } : scalar;
  }

  private method([name, receiver, given]: readonly [string, ASTNode, ASTNode[]], scope: Scope): Known {
    const [first, second, third] = given;
    if (
      receiver.op === 'id' &&
      receiver.args === 'cel' &&
      name === 'bind' &&
      first?.op === 'id' &&
      second &&
      third
    ) {
      this.cost += listCost;
      const bound = this.visit(second, scope);
      return this.visit(third, new Map(scope).set(first.args, bound));
    }
    const loop = Object.hasOwn(loopCosts, name) ? loopCosts[name] : undefined;
    if (!loop || first?.op !== 'id') return this.call(name, receiver, given, scope);
    const range = this.visit(receiver, scope);
    const inner = new Map(scope);
    const bodies = given.slice(namesIn(name, given));
    if (namesIn(name, given) === 1) inner.set(first.args, iterated(range));
    else {
      inner.set(first.args, range.schema && valuesOf(range.schema) ? nothing : scalar);
      if (second?.op === 'id') inner.set(second.args, elementOf(range));
    }
    const each = bodies.reduce((sum, body) => sum + this.costOf(body, inner), loop.each);
    this.cost += loop.once + range.size * each;
    return name === 'filter' ? range : loop.once > 2 ? { size: range.size } : scalar;
  }

  private call(name: string, receiver: ASTNode | undefined, given: readonly ASTNode[], scope: Scope): Known {
    if (name === 'has' && given[0]) {
      // That a field is there is for free: only what it is a field of costs.
      const [tested] = given;
      if (tested.op === '.') this.visit(tested.args[0], scope);
      return scalar;
    }
    const values = given.map((argument) => this.visit(argument, scope));
    const target = receiver ? this.visit(receiver, scope) : (values[0] ?? nothing);
    const [argument = nothing, replacement = nothing] = receiver ? values : values.slice(1);
    const inner = elementOf(target);
    const result = resultSize(name, target, inner, argument, replacement);
    const sizes = {
      target: target.size,
      argument: argument.size,
      element: inner.isText ? inner.size : 0,
      result,
    };
    this.cost += callCost(name, sizes, !target.isText);
    return { size: result, isText: texts.has(name) };
  }
}

function resultSize(name: string, target: Known, inner: Known, argument: Known, replacement: Known): number {
  if (name === 'join') return target.size * inner.size + argument.size * Math.max(0, target.size - 1);
  if (name === 'replace') return (target.size + 1) * replacement.size + target.size;
  return asLong.has(name) || name === 'split' || name === 'findAll' ? target.size : 1;
}

/** How many of a loop's arguments are the names of its variables. */
export function namesIn(name: string, given: readonly ASTNode[]): number {
  if (name.startsWith('transform')) return 2;
  const canBe = ['all', 'exists', 'exists_one', 'existsOne'].includes(name);
  return canBe && given.length === 3 ? 2 : 1;
}

function sizeOfLiteral(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  return value instanceof Uint8Array ? value.length : 1;
}
