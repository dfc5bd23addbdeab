// A command of `kelp` in this very process: what it prints and how it ends, without a Node to start. Not for what reads stdin.

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runProgram } from '../../hub/cli/program.ts';
import type { RunResult } from './cluster.ts';

export async function kelpHere(args: readonly string[], env: Record<string, string>): Promise<RunResult> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(out), text(err)]);
  const interrupted = new AbortController().signal;
  const code = await runProgram(args, { out, err, env, interrupted });
  for (const stream of [out, err]) stream.end();
  const [stdout, stderr] = await said;
  return { code, stdout, stderr };
}
