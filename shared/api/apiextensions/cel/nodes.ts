// The nodes of an expression's tree.

import type { ASTNode } from '@marcbachmann/cel-js';

/** Those that the operands of a node hold, however deep in lists. */
export function nodesIn(operands: unknown): ASTNode[] {
  if (Array.isArray(operands)) return operands.flatMap(nodesIn);
  return isNode(operands) ? [operands] : [];
}

export function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
