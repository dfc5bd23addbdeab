// Probes and lifecycle hooks: exactly one handler each.

import type { Lifecycle, LifecycleHandler, Probe } from 'kubernetes-types/core/v1';
import {
  type FieldError,
  type FieldPath,
  faults,
  type NameRule,
  patternMessage,
} from '../../../machinery/index.ts';
import { named, notNegative, oneOf, portNumberOrName, required } from './rules.ts';

const httpSchemes = ['HTTP', 'HTTPS'];
const headerFormat = '[-A-Za-z0-9]+';

const httpHeaderName: NameRule = (value) =>
  /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [
        patternMessage(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          headerFormat,
          'X-Header-Name',
        ),
      ];

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

/** `gracePeriod` is the pod's, in seconds: a hook may not sleep longer. */
export function validateLifecycle(
  { postStart, preStop }: Lifecycle,
  gracePeriod: number | undefined,
  path: FieldPath,
): FieldError[] {
  return [
    ...(postStart ? validateHandler(postStart, gracePeriod, path.child('postStart')) : []),
    ...(preStop ? validateHandler(preStop, gracePeriod, path.child('preStop')) : []),
  ];
}

export interface Probes {
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
}

export function validateProbes(probes: Probes, path: FieldPath): FieldError[] {
  const { livenessProbe: live, readinessProbe: ready, startupProbe: startup } = probes;
  return [
    ...(live ? validateRestartingProbe(live, path.child('livenessProbe')) : []),
    ...(ready ? validateReadinessProbe(ready, path.child('readinessProbe')) : []),
    ...(startup ? validateRestartingProbe(startup, path.child('startupProbe')) : []),
  ];
}

/** Of a liveness or startup probe one success is enough. */
function validateRestartingProbe(probe: Probe, path: FieldPath): FieldError[] {
  const { successThreshold } = probe;
  const threshold =
    successThreshold === 1
      ? []
      : [faults.invalid(path.child('successThreshold'), successThreshold ?? 0, 'must be 1')];
  return [...validateProbe(probe, path), ...threshold];
}

function validateReadinessProbe(probe: Probe, path: FieldPath): FieldError[] {
  const seconds = probe.terminationGracePeriodSeconds;
  const grace =
    seconds === undefined
      ? []
      : [
          faults.invalid(
            path.child('terminationGracePeriodSeconds'),
            seconds,
            'must not be set for readinessProbes',
          ),
        ];
  return [...validateProbe(probe, path), ...grace];
}

const probeNumbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(probe: Probe, path: FieldPath): FieldError[] {
  const grace = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(probe, undefined, path),
    ...probeNumbers.flatMap((name) => notNegative(probe[name], path.child(name))),
    ...(grace !== undefined && grace <= 0
      ? [faults.invalid(path.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0')]
      : []),
  ];
}

function validateHandler(handler: Handler, gracePeriod: number | undefined, path: FieldPath): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const checks: [string, (() => FieldError[]) | undefined][] = [
    ['exec', exec && (() => required(exec.command, path.child('exec', 'command')))],
    ['httpGet', httpGet && (() => validateHttpGet(httpGet, path.child('httpGet')))],
    ['tcpSocket', tcpSocket && (() => portNumberOrName(tcpSocket.port, path.child('tcpSocket', 'port')))],
    ['grpc', grpc && (() => portNumberOrName(grpc.port, path.child('grpc', 'port')))],
    ['sleep', sleep && (() => validateSleep(sleep.seconds, gracePeriod, path.child('sleep')))],
  ];
  const given = checks.flatMap(([name, check]) => (check ? [{ name, check }] : []));
  const [first, ...others] = given;
  if (!first) return [faults.required(path, 'must specify a handler type')];
  return [
    ...first.check(),
    ...others.map(({ name }) =>
      faults.forbidden(path.child(name), 'may not specify more than 1 handler type'),
    ),
  ];
}

type HttpGet = NonNullable<Probe['httpGet']>;

function validateHttpGet({ path: target, port, scheme = '', httpHeaders = [] }: HttpGet, path: FieldPath) {
  return [
    ...required(target, path.child('path')),
    ...portNumberOrName(port, path.child('port')),
    ...oneOf(scheme, httpSchemes, path.child('scheme')),
    ...httpHeaders.flatMap(({ name }) => named(httpHeaderName, name ?? '', path.child('httpHeaders'))),
  ];
}

function validateSleep(seconds: number, gracePeriod: number | undefined, path: FieldPath): FieldError[] {
  if (gracePeriod === undefined || (seconds > 0 && seconds <= gracePeriod)) return [];
  const detail = `must be greater than 0 and less than terminationGracePeriodSeconds (${gracePeriod})`;
  return [faults.invalid(path, seconds, detail)];
}
