// preStop and postStart hooks: a command, a GET or a pause.

import type { Container } from '../../shared/api/index.ts';
import type { Clock } from '../../shared/base/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { httpGet } from './probes/http-request.ts';
import { httpTarget } from './probes/run-probe.ts';

export type LifecycleHandler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

interface Request {
  handler: LifecycleHandler;
  container: Container;
  containerId: string;
  host: string;
  runtime: Pick<Runtime, 'exec'>;
  clock: Clock;
  timeoutMs: number;
}

/** Rejects with an Error in kubelet's words when the hook fails; a hook that takes too long fails. */
export async function runHook(request: Request): Promise<void> {
  const { handler, container, containerId, host, runtime, clock, timeoutMs } = request;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { exitCode, output, timedOut } = await runtime.exec(containerId, command, timeoutMs / 1000);
    if (timedOut) throw new Error(`command '${command.join(' ')}' timed out`);
    if (exitCode !== 0) throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`);
  } else if (handler.httpGet) {
    const { code } = await httpGet(httpTarget(handler.httpGet, container, host), timeoutMs);
    if (code < 200 || code >= 400) throw new Error(`HTTP hook failed with statuscode: ${code}`);
  } else if (handler.sleep) {
    await clock.sleep(Math.min(timeoutMs, handler.sleep.seconds * 1000));
  } else {
    throw new Error('invalid handler: this node knows exec, httpGet and sleep');
  }
}
