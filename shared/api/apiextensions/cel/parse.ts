// Reads an expression: what the library reads, with what it lacks put into the tree.

import type { Environment } from '@marcbachmann/cel-js';
import { readMarks, useMarks } from './optional-literals.ts';
import { useOwnFunctions } from './own-functions.ts';

/** Throws what the library throws. The tree has not been checked yet. */
export function parseExpression(
  environment: Environment,
  expression: string,
): ReturnType<Environment['parse']> {
  const { text, marks } = readMarks(expression);
  const program = environment.parse(text);
  useMarks(program.ast, marks);
  useOwnFunctions(program.ast);
  return program;
}
