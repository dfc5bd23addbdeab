// Counts what an expression costs while it runs, and ends it where that is too much: nobody's rule holds up the others
// (cel-go/interpreter/runtimecost.go).

import type { ASTNode } from '@marcbachmann/cel-js';
import { nodesIn } from '../nodes.ts';
import { callCost, comparisonCost, concatenationCost, listCost, loopCosts, mapCost } from './call-cost.ts';

/** Said by cel-go too: upstream looks for these words. */
const exceeded = new Error('operation cancelled: actual cost limit exceeded');

export function isExceeded(error: unknown): boolean {
  return error === exceeded;
}

export interface MeteredRun {
  value: unknown;
  cost: number;
}

/** What the library calls for each node that it comes to. */
type Evaluate = (this: ASTNode, evaluator: unknown, node: unknown, context: unknown) => unknown;
/** What a node came to the last time. */
type Slot = { value: unknown };
type CostOf = (value: unknown) => number;

export class Meter {
  private left = 0;

  /** `tree` must not have run yet: from now on it is counted. */
  constructor(tree: ASTNode) {
    this.count(tree);
  }

  /** Throws what `run` throws, or the error that says that the limit was reached. */
  run(run: () => unknown, limit: number): MeteredRun {
    this.left = limit;
    let value: unknown;
    let failure: { error: unknown } | undefined;
    try {
      value = run();
    } catch (error) {
      failure = { error };
    }
    // The operators of logic let errors pass: the limit is none of theirs.
    if (this.left < 0) throw exceeded;
    if (failure) throw failure.error;
    return { value, cost: limit - this.left };
  }

  private spend(cost: number): void {
    this.left -= cost;
    if (this.left < 0) throw exceeded;
  }

  private count(node: ASTNode, each = 0): Slot {
    const slot: Slot = { value: undefined };
    const before = each + costBefore(node);
    const after = this.costAfter(node);
    // When the library comes here first it puts a faster function in place of this one, and calls that at once.
    let evaluate = evaluateOf(node);
    let isReplaced = false;
    const counted: Evaluate = (evaluator, itself, context) => {
      if (before > 0) this.spend(before);
      slot.value = evaluate.call(node, evaluator, itself, context);
      if (after) this.spend(after(slot.value));
      return slot.value;
    };
    Object.defineProperty(node, 'evaluate', {
      get: () => {
        if (!isReplaced) return counted;
        isReplaced = false;
        return evaluate;
      },
      set: (next: Evaluate) => {
        evaluate = next;
        isReplaced = true;
      },
    });
    return slot;
  }

  /** Counts what is below the node; answers what it costs by the sizes of that, undefined where it does not. */
  private costAfter(node: ASTNode): CostOf | undefined {
    switch (node.op) {
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const [left, right] = [this.count(node.args[0]), this.count(node.args[1])];
        return () => comparisonCost(sizeOf(left.value), sizeOf(right.value));
      }
      case 'in': {
        const [, range] = [this.count(node.args[0]), this.count(node.args[1])];
        return () => sizeOf(range.value);
      }
      case '+':
        for (const operand of node.args) this.count(operand);
        return (value) => (typeof value === 'string' ? concatenationCost(value.length) : 1);
      case 'call':
        return costOfCall(
          node.args[0],
          node.args[1].map((argument) => this.count(argument)),
        );
      case 'rcall':
        return this.costOfMethod(node.args);
      default:
        for (const inner of nodesIn(node.args)) this.count(inner);
        return undefined;
    }
  }

  private costOfMethod([name, receiver, given]: readonly [string, ASTNode, ASTNode[]]): CostOf {
    const on = this.count(receiver);
    const loop = Object.hasOwn(loopCosts, name) && given[0]?.op === 'id' ? loopCosts[name] : undefined;
    const slots = given.map((argument) => this.count(argument, loop?.each));
    return loop ? () => loop.once : costOfCall(name, [on, ...slots]);
  }
}

function costOfCall(name: string, [target, argument]: readonly Slot[]): CostOf {
  return (result) => {
    const on = target?.value;
    const [first]: unknown[] = Array.isArray(on) ? on : [];
    const sizes = {
      target: sizeOf(on),
      argument: sizeOf(argument?.value),
      element: typeof first === 'string' ? first.length : 0,
      result: sizeOf(result),
    };
    return callCost(name, sizes, typeof on !== 'string');
  };
}

function evaluateOf(node: ASTNode): Evaluate {
  const found: unknown = Reflect.get(node, 'evaluate');
  if (isEvaluate(found)) return found;
  throw new TypeError('an expression that cannot be counted');
}

function isEvaluate(value: unknown): value is Evaluate {
  return typeof value === 'function';
}

function costBefore({ op }: ASTNode): number {
  switch (op) {
    case 'id':
    case '.':
    case '.?':
    case '[]':
    case '[?]':
    case '!_':
      return 1;
    case 'list':
      return listCost;
    case 'map':
      return mapCost;
    default:
      return 0;
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return value instanceof Map ? value.size : 1;
}
