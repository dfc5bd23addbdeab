// preStop and postStart hooks: a command, a GET or a pause.

import type { Container, Pod } from '../../shared/api/index.ts';
import { type Clock, messageOf } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type HttpTarget, hostPort, httpGetFollowing, PlainAnswer } from './probes/http-request.ts';
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
  /** Says it of the pod. */
  warn(reason: string, message: string): void;
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
  const { container, reach } = request;
  try {
    await get(request, { ...httpTarget(action, container, reach), userAgent: 'kube-lifecycle/1.32' });
  } catch (error) {
    throw failed(request, `HTTP lifecycle hook (${action.path ?? ''})`, messageOf(error));
  }
}

/** A server of plain HTTP is asked so, without what is only for one that proves to know TLS (kubernetes/kubernetes #86139). */
async function get({ timeoutMs, warn }: Request, target: HttpTarget): Promise<void> {
  try {
    await httpGetFollowing(target, timeoutMs);
  } catch (error) {
    if (!(error instanceof PlainAnswer)) throw error;
    const headers = target.headers.filter(({ name }) => name.toLowerCase() !== 'authorization');
    await httpGetFollowing({ ...target, scheme: 'HTTP', headers }, timeoutMs).catch(() => {
      throw error;
    });
    const asked = `request to HTTPS lifecycle hook ${hostPort(target.host, target.port)}`;
    warn('LifecycleHTTPFallback', `${asked} got HTTP response, retry with HTTP succeeded`);
  }
}

function failed({ pod, container }: Request, hook: string, why: string): Error {
  const { name, namespace, uid } = pod.metadata;
  const where = `for Container "${container.name}" in Pod "${name}_${namespace}(${uid})"`;
  return new Error(`${hook} ${where} failed - error: ${why}`);
}
