// Two pods on one node cannot have the same port of the host.

import { lastingContainers, type Pod } from '../../../shared/api/index.ts';
import { anyNode, type Filter } from './filter.ts';

interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

export const nodePorts: Filter = (pod) => {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return anyNode;
  return (candidate) => {
    for (const other of candidate.pods) {
      const taken = hostPortsOf(other);
      if (wanted.some((port) => taken.some((used) => collide(port, used)))) {
        return { reasons: ["node(s) didn't have free ports for the requested pod ports"], curable: true };
      }
    }
    return undefined;
  };
};

function hostPortsOf(pod: Pod): HostPort[] {
  return lastingContainers(pod.spec).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }] : [],
    ),
  );
}

function collide(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}
