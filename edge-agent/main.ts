// `kelp agent`: argv and signals only.

import { createLog, readCommandLine, runProgram, systemClock } from '../shared/base/index.ts';
import { agentOptions } from './config.ts';

await runProgram('kelp agent', async () => {
  if (process.argv[3] === 'check') {
    const { checkBoard } = await import('./check-board.ts');
    process.exitCode = await checkBoard(process.argv.slice(4));
    return;
  }
  const line = await readCommandLine(
    {
      name: 'kelp agent',
      summary: "One agent in the foreground: this board's kubelet.",
      commands: [{ name: 'check', summary: 'tells what this board lacks, and what to do about it' }],
      options: agentOptions,
    },
    process.argv.slice(3),
  );
  if (line.help !== undefined) {
    process.stdout.write(line.help);
    return;
  }
  // Only now: help, and what is wrong with a flag, come at once.
  const { Agent } = await import('./agent.ts');
  const log = createLog('agent', line.values.logLevel);
  const agent = new Agent({ config: line.values, clock: systemClock, log });
  const stopping = new AbortController();
  // Asking twice does not cut the stopping short.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  await agent.start();
  agent.registered.then(
    (node) => process.stdout.write(`agent ready: node ${node} is registered\n`),
    (error: unknown) => log.error({ err: error }, 'the node could not be registered'),
  );
  await agent.runUntil(stopping.signal);
});
