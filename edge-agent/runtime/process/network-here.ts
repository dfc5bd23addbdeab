// The network of process pods as this board's programs and the agent's file allow it.

import { userInfo } from 'node:os';
import type { Clock, Logger } from '../../../shared/base/index.ts';
import { PodNetwork, type PodRangeSource } from '../network/index.ts';
import type { Means } from './board-means.ts';

interface Options {
  directory: string;
  /** Undefined: pods are to share the board's network. */
  podRange?: PodRangeSource;
  /** Milliseconds for which their bridge stays after the last of them; default 5 s. */
  bridgeIdleMs?: number;
  clock: Clock;
  log: Logger;
  /** Pods have a network of their own from now on, or none any more. */
  onNetworkChange?(): void;
}

const noRange: PodRangeSource = { known: undefined, wait: async () => undefined };

export function networkHere(options: Options, { tools: { ip, nft, nsenter }, mayMount }: Means): PodNetwork {
  const { podRange, directory, log, clock, bridgeIdleMs = 5000 } = options;
  const asRoot = userInfo().uid === 0 && mayMount;
  const tools = asRoot && ip && nft && nsenter ? { ip, nft, nsenter } : undefined;
  const missing = asRoot ? `${ip ? 'nft' : 'ip'} is not installed` : 'the agent does not run as root';
  const lacking = podRange === undefined ? 'its agent was told so' : tools ? undefined : missing;
  return new PodNetwork({
    ...{ directory, tools, lacking, log, clock, bridgeIdleMs },
    source: podRange ?? noRange,
    onChange: () => options.onNetworkChange?.(),
  });
}
