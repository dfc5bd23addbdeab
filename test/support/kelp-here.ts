// A command of `kelp` in this very process: what it prints and how it ends. Not for what reads stdin or goes on for ever.

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Terminal } from '../../hub/cli/command.ts';
import { runProgram } from '../../hub/cli/program.ts';
import type { RunResult } from './cluster.ts';

export async function kelpHere(args: readonly string[], env: Terminal['env']): Promise<RunResult> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(out), text(err)]);
  const interrupted = new AbortController().signal;
  const code = await runProgram(args, { out, err, env, interrupted });
  for (const stream of [out, err]) stream.end();
  const [stdout, stderr] = await said;
  return { code, stdout, stderr };
}
