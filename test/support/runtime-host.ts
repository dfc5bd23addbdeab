// A process of its own that holds a runtime, so that a test can kill it as an agent is killed, or run it as another user:
// `runtime-host.ts DIR SPEC…`. Images are made sure of first; each container's id is said on a line, and who its
// processes are where the pod does not say and that is not root. Without a SPEC it says what its containers could not have, as JSON.

import { ProcessRuntime } from '../../edge-agent/runtime/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';

const [directory = '', ...specs] = process.argv.slice(2);
const runtime = new ProcessRuntime({ directory, clock: systemClock, log: createLog('host', 'silent') });
await runtime.start();
if (specs.length === 0) process.stdout.write(`${JSON.stringify(Object.fromEntries(runtime.shortcomings))}\n`);
for (const text of specs) {
  const spec = JSON.parse(text);
  const request = { image: spec.image, policy: 'IfNotPresent', credentials: [] } as const;
  const { user } = await runtime.ensureImage(request, { pulling() {} });
  const container = await runtime.startContainer(spec, 'hash');
  process.stdout.write(`${container.id}${user === undefined ? '' : ` ${user}`}\n`);
}
setInterval(() => {}, 60_000);
