// A process of its own that holds a runtime, so that a test can kill it as an agent is killed: `runtime-host.ts DIR SPEC…`.

import { ProcessRuntime } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';

const [directory = '', ...specs] = process.argv.slice(2);
const runtime = new ProcessRuntime({ directory, clock: systemClock, log: createLog('host', 'silent') });
await runtime.start();
for (const spec of specs) {
  const container = await runtime.startContainer(JSON.parse(spec), 'hash');
  process.stdout.write(`${container.id}\n`);
}
setInterval(() => {}, 60_000);
