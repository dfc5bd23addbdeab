// Which local port leads to which port of the pod. Pure.

import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { listAt, textAt, valueAt } from '../json.ts';

export interface ForwardedPort {
  /** 0: any free one. */
  local: number;
  /** Of the pod. */
  remote: number;
}

/** `service`: its ports are asked for, and lead to the pod's. Throws UserError. */
export function planPorts(asked: readonly string[], pod: JsonObject, service?: JsonObject): ForwardedPort[] {
  return asked.map((text) => {
    const parts = text.split(':');
    const [first = '', second] = parts;
    if (parts.length > 2) throw new UserError(`invalid port format '${text}'`);
    const named = second ?? first;
    const remote = service ? portOfService(named, service, pod) : portOfPod(named, pod);
    if (second === undefined) return { local: isNumber(first) ? Number(first) : remote, remote };
    return { local: first === '' ? 0 : portNumber(first, 'local'), remote };
  });
}

function portOfService(asked: string, service: JsonObject, pod: JsonObject): number {
  const ports = listAt(service, 'spec', 'ports').filter(isRecord);
  const found = ports.find(
    (port) => valueAt(port, 'port') === Number(asked) || textAt(port, 'name') === asked,
  );
  if (!found) {
    const name = textAt(service, 'metadata', 'name');
    throw new UserError(`Service ${name} does not have a service port ${asked}`);
  }
  const target = valueAt(found, 'targetPort') ?? valueAt(found, 'port');
  return portOfPod(String(target), pod);
}

function portOfPod(asked: string, pod: JsonObject): number {
  if (isNumber(asked)) return portNumber(asked, 'remote');
  const containers = listAt(pod, 'spec', 'containers').filter(isRecord);
  const ports = containers.flatMap((container) => listAt(container, 'ports').filter(isRecord));
  const found = ports.find((port) => textAt(port, 'name') === asked);
  const number = found && valueAt(found, 'containerPort');
  if (typeof number === 'number') return number;
  throw new UserError(`Pod '${textAt(pod, 'metadata', 'name')}' does not have a named port '${asked}'`);
}

const isNumber = (text: string) => /^\d+$/.test(text);

function portNumber(text: string, which: 'local' | 'remote'): number {
  const port = Number(text);
  if (isNumber(text) && port < 65536 && (port > 0 || which === 'local')) return port;
  throw new UserError(`error parsing ${which} port '${text}': must be 1–65535`);
}
