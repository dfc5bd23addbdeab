// Which range of addresses a node's pods get: the next free part of the cluster's, so that one that was given back rests
// for a while. Pure.

import type { Node } from '../../../shared/api/index.ts';
import { UserError } from '../../../shared/base/index.ts';
import { chooseSubnet, parseSubnet, type Subnet } from '../../../shared/machinery/index.ts';

export interface ClusterRange {
  cidr: Subnet;
  /** Bits of the prefix of each node's range. */
  nodeMaskSize: number;
  /** Not for pods, where the cluster's range holds them: the addresses of Services. */
  besides: readonly Subnet[];
}

interface Config {
  clusterCidr: string;
  nodeCidrMaskSize: number;
  serviceCidr: string;
}

/** Upstream's bound. */
const mostPartsBits = 16;

/** Undefined: nodes are given none. Throws a UserError saying which option is wrong. */
export function clusterRange({
  clusterCidr,
  nodeCidrMaskSize,
  serviceCidr,
}: Config): ClusterRange | undefined {
  if (clusterCidr === '') return undefined;
  const cidr = parseSubnet(clusterCidr);
  if (!cidr) {
    throw new UserError(
      `--cluster-cidr ${clusterCidr}: must be a range of IPv4 addresses, e.g. 10.42.0.0/16`,
    );
  }
  const [least, most] = [cidr.bits, Math.min(30, cidr.bits + mostPartsBits)];
  if (nodeCidrMaskSize < least || nodeCidrMaskSize > most) {
    const why = `must be ${least} to ${most} for a cluster CIDR of ${clusterCidr}`;
    throw new UserError(`--node-cidr-mask-size ${nodeCidrMaskSize}: ${why}`);
  }
  const services = parseSubnet(serviceCidr);
  return { cidr, nodeMaskSize: nodeCidrMaskSize, besides: services ? [services] : [] };
}

/** `last`: what was given out before. Undefined: all are taken. */
export function planNodeRange(
  { cidr, nodeMaskSize, besides }: ClusterRange,
  nodes: readonly Node[],
  last: Subnet | undefined,
): Subnet | undefined {
  const given = nodes.flatMap(({ spec }) =>
    (spec?.podCIDRs ?? []).flatMap((text) => parseSubnet(text) ?? []),
  );
  const start = last ? (last.base - cidr.base) / 2 ** (32 - nodeMaskSize) + 1 : 0;
  return chooseSubnet(cidr, nodeMaskSize, [...given, ...besides], start);
}
