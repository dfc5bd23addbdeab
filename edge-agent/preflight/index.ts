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
  return checks
    .filter(({ concerns }) => concerns?.(board) ?? true)
    .map(({ name, look }) => {
      const fault = look(board);
      return { name, ...(fault && { fault }) };
    });
}

/** Pods will run as they should. */
export function isFit(findings: readonly Finding[]): boolean {
  return findings.every(({ fault }) => fault?.level !== 'error');
}

/** `[{"name": "swap", "status": "warning", "says": …, "remedy": …}, {"name": "disk", "status": "ok"}]` */
export function findingsJson(findings: readonly Finding[]): string {
  const items = findings.map(({ name, fault }) => {
    const { level: status = 'ok', ...words } = fault ?? {};
    return { name, status, ...words };
  });
  return `${JSON.stringify(items, undefined, 2)}\n`;
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
