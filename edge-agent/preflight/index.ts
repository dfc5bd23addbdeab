// `kelp agent check`, and the same at every start: what this board lacks, each with its remedy.

import { type BoardOptions, readBoard } from './board.ts';
import { checks, type Fault } from './checks.ts';

export interface Finding {
  name: string;
  /** Absent: all is well. */
  fault?: Fault;
}

export async function preflight(options: BoardOptions): Promise<Finding[]> {
  const board = await readBoard(options);
  return checks.map(({ name, look }) => {
    const fault = look(board);
    return { name, ...(fault && { fault }) };
  });
}

const marks = { error: '✗', warning: '!' };

/** A line for each check; under what is wrong, its remedy. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 4);
  return findings
    .map(({ name, fault }) => {
      if (!fault) return `✓ ${name.padEnd(width)}  ok\n`;
      return `${marks[fault.level]} ${name.padEnd(width)}  ${fault.says}\n${indent}→ ${fault.remedy}\n`;
    })
    .join('');
}
