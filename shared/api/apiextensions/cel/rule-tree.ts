// What can be read from a rule without evaluating it: which fields of the schema it names, how deep its loops are.

import type { ASTNode } from '@marcbachmann/cel-js';
import { itemsOf, type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { escapedName } from './values.ts';

const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const objectFields: JsonSchemaProps = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

/** Variable → the schema of its value; undefined: nobody knows. */
type Scope = ReadonlyMap<string, JsonSchemaProps | undefined>;

export interface RuleFacts {
  /** It is about a change. */
  usesOldSelf: boolean;
  /** Loops within loops. */
  depth: number;
  /** The first field that the schema does not have. */
  undefinedField: string | undefined;
  size: number;
}

/** Reads the tree, and rewrites calls of `matches` in place to those of RE2. `isObject`: `self` is an object of the API. */
export function readTree(tree: ASTNode, self: JsonSchemaProps, isObject: boolean): RuleFacts {
  const facts: RuleFacts = { usesOldSelf: false, depth: 0, undefinedField: undefined, size: 0 };
  const walk = new Walk(facts);
  const root = isObject ? asObject(self) : self;
  walk.schemaOf(tree, new Map([['self', root]]), 0);
  return facts;
}

/** As `readTree`, for an expression about whatever there may be. */
export function readUntypedTree(tree: ASTNode): RuleFacts {
  return readTree(tree, {}, false);
}

function asObject(schema: JsonSchemaProps): JsonSchemaProps {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: objectFields,
    },
  };
}

class Walk {
  private readonly facts: RuleFacts;

  constructor(facts: RuleFacts) {
    this.facts = facts;
  }

  /** Visits the node and all below it; answers what is known of its value. */
  schemaOf(node: ASTNode, scope: Scope, depth: number): JsonSchemaProps | undefined {
    this.facts.size += 1;
    switch (node.op) {
      case 'id':
        if (node.args === 'oldSelf') this.facts.usesOldSelf = true;
        return scope.get(node.args);
      case '.':
      case '.?':
        return this.field(this.schemaOf(node.args[0], scope, depth), node.args[1]);
      case '[]':
      case '[?]': {
        const whole = this.schemaOf(node.args[0], scope, depth);
        this.schemaOf(node.args[1], scope, depth);
        return whole && (itemsOf(whole) ?? valuesOf(whole));
      }
      case 'rcall':
        return this.call(node, scope, depth);
      case 'call':
        if (node.args[0] === 'matches') node.args[0] = 'matchesRe2';
        for (const argument of node.args[1]) this.schemaOf(argument, scope, depth);
        return undefined;
      default:
        for (const inner of nodesIn(node.args)) this.schemaOf(inner, scope, depth);
        return undefined;
    }
  }

  private field(schema: JsonSchemaProps | undefined, name: string): JsonSchemaProps | undefined {
    if (!schema) return undefined;
    const values = valuesOf(schema);
    if (values) return values;
    if (schema['x-kubernetes-embedded-resource'])
      return this.field(asObject({ ...schema, 'x-kubernetes-embedded-resource': false }), name);
    for (const [property, inner] of Object.entries(schema.properties ?? {}))
      if (escapedName(property) === name) return inner;
    const open = schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true;
    if (!open && schema.type === 'object') this.facts.undefinedField ??= name;
    return undefined;
  }

  private call(
    node: Extract<ASTNode, { op: 'rcall' }>,
    scope: Scope,
    depth: number,
  ): JsonSchemaProps | undefined {
    const [name, receiver, callArguments] = node.args;
    if (name === 'matches') node.args[0] = 'matchesRe2';
    const whole = this.schemaOf(receiver, scope, depth);
    const [variable, ...bodies] = callArguments;
    if (!loops.has(name) || variable?.op !== 'id') {
      for (const argument of callArguments) this.schemaOf(argument, scope, depth);
      return undefined;
    }
    this.facts.depth = Math.max(this.facts.depth, depth + 1);
    const inner = new Map(scope).set(variable.args, whole && itemsOf(whole));
    for (const body of bodies) this.schemaOf(body, inner, depth + 1);
    return name === 'filter' ? whole : undefined;
  }
}

function nodesIn(value: unknown): ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
