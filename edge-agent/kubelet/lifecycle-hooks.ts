// preStop and postStart hooks: a command, a GET or a pause.

import type { Container, Pod } from '../../shared/api/index.ts';
import type { Clock } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { httpGetFollowing } from './probes/http-request.ts';
import type { Reach } from './probes/reach.ts';
import { type HttpAction, httpTarget } from './probes/run-probe.ts';

export type LifecycleHandler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

interface Request {
  pod: Live<Pod>;
  handler: LifecycleHandler;
  container: Container;
  containerId: string;
  reach: Reach;
  runtime: Pick<Runtime, 'exec'>;
  clock: Clock;
  timeoutMs: number;
}

/** Rejects with an Error in kubelet's words when the hook fails; a hook that takes too long fails. */
export async function runHook(request: Request): Promise<void> {
  const { handler } = request;
  if (handler.exec) await runCommand(request, handler.exec.command ?? []);
  else if (handler.httpGet) await runGet(request, handler.httpGet);
  else if (handler.sleep)
    await request.clock.sleep(Math.min(request.timeoutMs, handler.sleep.seconds * 1000));
  else throw new Error('invalid handler: this node knows exec, httpGet and sleep');
}

async function runCommand(request: Request, command: readonly string[]): Promise<void> {
  const { containerId, runtime, timeoutMs } = request;
  const { exitCode, output, timedOut } = await runtime.exec(containerId, command, timeoutMs / 1000);
  if (exitCode === 0 && !timedOut) return;
  const line = command.join(' ');
  const why = timedOut
    ? `command ${JSON.stringify(line)} timed out`
    : `command '${line}' exited with ${exitCode}: `;
  throw failed(request, `Exec lifecycle hook ([${line}])`, `${why}, message: ${JSON.stringify(output)}`);
}

/** Whatever it answers: the kubelet only wants the hook to have been heard. */
async function runGet(request: Request, action: HttpAction): Promise<void> {
  const { container, reach, timeoutMs } = request;
  const userAgent = 'kube-lifecycle/1.32';
  const get = async () => httpGetFollowing({ ...httpTarget(action, container, reach), userAgent }, timeoutMs);
  await get().catch((error: Error) => {
    throw failed(request, `HTTP lifecycle hook (${action.path ?? ''})`, error.message);
  });
}

function failed({ pod, container }: Request, hook: string, why: string): Error {
  const { name, namespace, uid } = pod.metadata;
  const where = `for Container "${container.name}" in Pod "${name}_${namespace}(${uid})"`;
  return new Error(`${hook} ${where} failed - error: ${why}`);
}
