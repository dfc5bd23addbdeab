// One try of one probe: exec, httpGet, tcpSocket or grpc. The output is what the kubelet's Unhealthy event says.

import { connect } from 'node:net';
import type { Container } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { type Runtime, RuntimeFailure } from '../../runtime/index.ts';
import { grpcFault } from './grpc-health.ts';
import { dialFault, type HttpTarget, hostPort, httpGetFollowing } from './http-request.ts';
import { connectInside, type Reach } from './reach.ts';

export type Probe = NonNullable<Container['livenessProbe']>;

export interface ProbeTarget {
  container: Container;
  containerId: string;
  reach: Reach;
  runtime: Pick<Runtime, 'exec'>;
}

/** `error`: it could not even be tried; counts neither way. `warning`: a success that somebody should look at. */
export interface ProbeResult {
  outcome: 'success' | 'warning' | 'failure' | 'error';
  output: string;
}

export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  try {
    if (probe.exec) return await byExec(probe.exec.command ?? [], target, timeoutSeconds);
    if (probe.httpGet) return await byHttp(probe.httpGet, target, timeoutSeconds);
    if (probe.tcpSocket) return await byTcp(probe.tcpSocket, target, timeoutSeconds);
    if (probe.grpc) return await byGrpc(probe.grpc, target, timeoutSeconds);
    return {
      outcome: 'error',
      output: 'missing probe handler: this node knows exec, httpGet, tcpSocket and grpc',
    };
  } catch (error) {
    return { outcome: 'error', output: messageOf(error) };
  }
}

async function byExec(
  command: readonly string[],
  target: ProbeTarget,
  timeoutSeconds: number,
): Promise<ProbeResult> {
  try {
    const { exitCode, output, timedOut } = await target.runtime.exec(
      target.containerId,
      command,
      timeoutSeconds,
    );
    if (timedOut)
      return { outcome: 'failure', output: `command ${JSON.stringify(command.join(' '))} timed out` };
    return { outcome: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (error instanceof RuntimeFailure) return { outcome: 'error', output: error.message };
    throw error;
  }
}

/** A port by its number or by the container's name for it. Throws an Error in the kubelet's words (ResolveContainerPort, v1.32). */
export function portOf(port: number | string, container: Container): number {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const found = named ?? Number(port);
  // What is no name is taken for a number there.
  if (Number.isNaN(found)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
  if (found < 1 || found > 65535) throw new Error(`invalid port number: ${found}`);
  return found;
}

export type HttpAction = NonNullable<Probe['httpGet']>;

export function httpTarget(action: HttpAction, container: Container, reach: Reach): HttpTarget {
  const path = action.path ?? '/';
  return {
    scheme: action.scheme === 'HTTPS' ? 'HTTPS' : 'HTTP',
    ...to(action.host, reach),
    port: portOf(action.port, container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers: (action.httpHeaders ?? []).map(({ name, value }) => ({ name, value })),
  };
}

/** A host that the probe names is the board's to reach. */
const to = (named: string | undefined, reach: Reach): Reach => (named ? { host: named } : reach);

async function byHttp(
  action: HttpAction,
  { container, reach }: ProbeTarget,
  timeoutSeconds: number,
): Promise<ProbeResult> {
  const target = httpTarget(action, container, reach);
  try {
    const { code, body } = await httpGetFollowing(target, timeoutSeconds * 1000);
    if (code >= 300 && code < 400) {
      return { outcome: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
    }
    if (code >= 200 && code < 400) return { outcome: 'success', output: body };
    return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${code}` };
  } catch (error) {
    return { outcome: 'failure', output: messageOf(error) };
  }
}

type TcpAction = NonNullable<Probe['tcpSocket']>;

async function byTcp(
  action: TcpAction,
  { container, reach }: ProbeTarget,
  timeoutSeconds: number,
): Promise<ProbeResult> {
  const wanted = { ...to(action.host, reach), port: portOf(action.port, container) };
  const address = hostPort(wanted.host, wanted.port);
  try {
    const inside = await connectInside(wanted, wanted.port);
    inside?.destroy();
    if (inside) return { outcome: 'success', output: '' };
  } catch (error) {
    return { outcome: 'failure', output: dialFault(error, address) };
  }
  return new Promise((resolve) => {
    const socket = connect({ host: wanted.host, port: wanted.port, timeout: timeoutSeconds * 1000 });
    const answer = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.on('connect', () => answer({ outcome: 'success', output: '' }));
    socket.on('timeout', () => answer({ outcome: 'failure', output: `dial tcp ${address}: i/o timeout` }));
    socket.on('error', (error) => answer({ outcome: 'failure', output: dialFault(error, address) }));
  });
}

type GrpcAction = NonNullable<Probe['grpc']>;

async function byGrpc(
  { port, service }: GrpcAction,
  { reach }: ProbeTarget,
  timeoutSeconds: number,
): Promise<ProbeResult> {
  const fault = await grpcFault({ ...reach, port, service: service ?? '' }, timeoutSeconds * 1000);
  return fault === undefined ? { outcome: 'success', output: '' } : { outcome: 'failure', output: fault };
}
