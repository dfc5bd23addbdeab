// What can be read from a rule without evaluating it: which fields of the schema it names, and whether it is about a change.

import type { ASTNode } from '@marcbachmann/cel-js';
import { itemsOf, type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { loopCosts } from './cost/call-cost.ts';
import { namesIn } from './cost/estimate.ts';
import { nodesIn } from './nodes.ts';
import { asObject, fieldOf, isOpen } from './schema-fields.ts';

/** Variable → the schema of its value; undefined: nobody knows. */
type Scope = ReadonlyMap<string, JsonSchemaProps | undefined>;

export interface RuleFacts {
  /** It is about a change. */
  usesOldSelf: boolean;
  /** The first field that the schema does not have. */
  undefinedField: string | undefined;
}

/** `isObject`: `self` is an object of the API. */
export function readTree(tree: ASTNode, self: JsonSchemaProps, isObject: boolean): RuleFacts {
  const facts: RuleFacts = { usesOldSelf: false, undefinedField: undefined };
  const walk = new Walk(facts);
  const root = isObject ? asObject(self) : self;
  walk.schemaOf(tree, new Map([['self', root]]));
  return facts;
}

class Walk {
  private readonly facts: RuleFacts;

  constructor(facts: RuleFacts) {
    this.facts = facts;
  }

  /** Visits the node and all below it; answers what is known of its value. */
  schemaOf(node: ASTNode, scope: Scope): JsonSchemaProps | undefined {
    switch (node.op) {
      case 'id':
        if (node.args === 'oldSelf') this.facts.usesOldSelf = true;
        return scope.get(node.args);
      case '.':
      case '.?':
        return this.field(this.schemaOf(node.args[0], scope), node.args[1]);
      case '[]':
      case '[?]': {
        const whole = this.schemaOf(node.args[0], scope);
        this.schemaOf(node.args[1], scope);
        return whole && (itemsOf(whole) ?? valuesOf(whole));
      }
      case 'rcall':
        return this.call(node, scope);
      case 'call':
        for (const argument of node.args[1]) this.schemaOf(argument, scope);
        return undefined;
      default:
        for (const inner of nodesIn(node.args)) this.schemaOf(inner, scope);
        return undefined;
    }
  }

  private field(schema: JsonSchemaProps | undefined, name: string): JsonSchemaProps | undefined {
    if (!schema) return undefined;
    const found = fieldOf(schema, name);
    if (!found && !isOpen(schema)) this.facts.undefinedField ??= name;
    return found;
  }

  private call(node: Extract<ASTNode, { op: 'rcall' }>, scope: Scope): JsonSchemaProps | undefined {
    const [name, receiver, callArguments] = node.args;
    const whole = this.schemaOf(receiver, scope);
    const [variable, second] = callArguments;
    if (!Object.hasOwn(loopCosts, name) || variable?.op !== 'id') {
      for (const argument of callArguments) this.schemaOf(argument, scope);
      return undefined;
    }
    const names = namesIn(name, callArguments);
    const item = whole && (itemsOf(whole) ?? (names === 2 ? valuesOf(whole) : undefined));
    const inner = new Map(scope).set(variable.args, names === 2 ? undefined : item);
    if (names === 2 && second?.op === 'id') inner.set(second.args, item);
    for (const body of callArguments.slice(names)) this.schemaOf(body, inner);
    return name === 'filter' ? whole : undefined;
  }
}
