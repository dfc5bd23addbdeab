// The parts of the CEL library that a macro is handed, which it does not export the types of.

import type { ASTNode } from '@marcbachmann/cel-js';

export interface Expanded {
  receiver: ASTNode;
  args: ASTNode[];
}

export interface Types {
  check(node: ASTNode, context: Context): unknown;
  getType(name: string): unknown;
}

export interface Context {
  forkWithVariable(name: string, type: unknown): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

export interface Evaluator {
  run(node: ASTNode, context: Context): unknown;
}
