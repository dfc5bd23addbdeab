// `kelp hub`: argv and signals only.

import { createLog, readCommandLine, runProgram, systemClock } from '../shared/base/index.ts';
import { hubOptions } from './config.ts';

await runProgram('kelp hub', async () => {
  const line = await readCommandLine(
    {
      name: 'kelp hub',
      summary: 'One hub in the foreground: API server, scheduler, controllers, MQTT broker.',
      options: hubOptions,
    },
    process.argv.slice(3),
  );
  if (line.help !== undefined) {
    process.stdout.write(line.help);
    return;
  }
  // Only now: help, and what is wrong with a flag, come at once.
  const { Hub } = await import('./hub.ts');
  const log = createLog('hub', line.values.logLevel);
  const hub = new Hub({ config: line.values, clock: systemClock, log });
  const stopping = new AbortController();
  // Asking twice does not cut the stopping short.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  await hub.start();
  process.stdout.write(
    `hub ready: API ${hub.server}, MQTT port ${hub.mqttPort}, kubeconfig ${hub.kubeconfigPath}\n`,
  );
  await hub.runUntil(stopping.signal);
});
