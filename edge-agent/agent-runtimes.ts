// The runtimes of an agent, as its options want them.

import type { Clock, Logger } from '../shared/base/index.ts';
import { type AgentConfig, inData } from './config.ts';
import type { KubeletOptions } from './kubelet/index.ts';
import type { Link } from './link/index.ts';
import {
  halfOf,
  loadPodmanRuntime,
  type PodRange,
  type PodRangeSource,
  ProcessRuntime,
  PullSlots,
} from './runtime/index.ts';

/** The node's range of addresses for pods, as it comes from the hub. */
export type NodeRange = Pick<Link['range'], 'known' | 'wait'>;

interface Options {
  config: AgentConfig;
  range: NodeRange;
  onNetworkChange(): void;
  clock: Clock;
  log: Logger;
}

export interface AgentRuntimes {
  /** The first one runs pods that name no class. */
  runtimes: KubeletOptions['runtimes'];
  processes: ProcessRuntime;
}

export async function agentRuntimes({
  config,
  range,
  onNetworkChange,
  clock,
  log,
}: Options): Promise<AgentRuntimes> {
  const { containerLogMaxSize: maxSize, containerLogMaxFiles: maxFiles } = config;
  const logLimits = { maxSize, maxFiles };
  const part = (name: string) => ({ clock, logLimits, log: log.child({ part: name }) });
  const { podmanArgs } = config;
  const pullSlots = new PullSlots(config.maxParallelPulls);
  const ranges = podRanges(config, range);
  const pids = config.podPidsLimit < 0 ? {} : { podPidsLimit: config.podPidsLimit };
  const processes = new ProcessRuntime({
    directory: inData(config, 'process'),
    pullSlots,
    ...pids,
    ...(config.podNetwork === 'own' && { podRange: ranges.process }),
    onNetworkChange,
    ...part('process'),
  });
  if (config.runtime === 'process') return { runtimes: [processes], processes };
  const podman = await loadPodmanRuntime({
    directory: inData(config, 'podman'),
    seccompFolder: inData(config, 'seccomp'),
    archiveFolder: inData(config, 'images'),
    ...{ podmanArgs, pullSlots, podRange: ranges.podman, ...pids },
    ...part('podman'),
  });
  return { runtimes: [podman, processes], processes };
}

/** Where each runtime has addresses from: with podman, each has half of the node's range, and a bridge of its own. */
function podRanges(
  { podCidr, runtime }: AgentConfig,
  range: NodeRange,
): { process: PodRangeSource; podman: PodRangeSource } {
  const halves = runtime === 'podman';
  const podman = rangeOf(range, (cidr) => ({ cidr: halfOf(cidr, 1), shared: false }));
  if (podCidr !== '') {
    const own = { cidr: podCidr, shared: true };
    return { process: { known: own, wait: async () => own }, podman };
  }
  return {
    process: rangeOf(range, (cidr) => ({ cidr: halves ? halfOf(cidr, 0) : cidr, shared: false })),
    podman,
  };
}

/** As the node's range comes. */
function rangeOf(range: NodeRange, part: (cidr: string) => PodRange): PodRangeSource {
  const partOf = (cidr: string | undefined) => (cidr === undefined ? undefined : part(cidr));
  return {
    get known() {
      return partOf(range.known);
    },
    wait: async () => partOf(await range.wait()),
  };
}
