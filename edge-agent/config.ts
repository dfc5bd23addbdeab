// The options of an agent: one table of names, parsers, defaults and help. config/agent.yaml is a sample of it.

import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { kelpHome, type OptionTable, parsers } from '../shared/base/index.ts';
import {
  defaultEvictionHard,
  parseGracePeriods,
  parseReclaims,
  parseSysctlPatterns,
  parseThresholds,
  type ShutdownPeriod,
} from './kubelet/index.ts';
import { bytes, checked, cidr, duration, parseReserved, periodsByPriority, pids } from './option-parsers.ts';

export interface AgentConfig {
  hub: string;
  token: string;
  nodeName: string;
  dataDir: string;
  volumesDir: string;
  runtime: 'process' | 'podman';
  podmanArgs: string[];
  maxParallelPulls: number;
  podPidsLimit: number;
  allowedUnsafeSysctls: string[];
  podNetwork: 'own' | 'host';
  podCidr: string;
  prePullImages: string[];
  staticPodPath: string;
  nodeIp: string;
  clusterDns: string[];
  clusterDomain: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
  kubeReserved: string;
  systemReserved: string;
  evictionHard: string;
  evictionSoft: string;
  evictionSoftGracePeriod: string;
  evictionMaxPodGracePeriod: number;
  evictionMinimumReclaim: string;
  evictionPressureTransitionPeriod: number;
  imageGcHighThreshold: number;
  imageGcLowThreshold: number;
  imageMinimumGcAge: number;
  imageMaximumGcAge: number;
  leaseSeconds: number;
  keepaliveSeconds: number;
  stopPodsOnExit: boolean;
  containerLogMaxSize: number;
  containerLogMaxFiles: number;
  containerLogBudget: number;
  shutdownGracePeriod: number;
  shutdownGracePeriodCriticalPods: number;
  shutdownGracePeriodByPodPriority: ShutdownPeriod[];
}

/** A whole path: mounts, and podman, know no others. */
export function inData({ dataDir }: Pick<AgentConfig, 'dataDir'>, folder: string): string {
  return resolve(dataDir, folder);
}

export const agentOptions: OptionTable<AgentConfig> = {
  hub: {
    flag: '--hub',
    yamlKey: 'hub',
    parse: parsers.text,
    default: '',
    help: 'the hub to join, https://HOST:PORT; not needed once this board has joined',
  },
  token: {
    flag: '--token',
    yamlKey: 'token',
    parse: parsers.text,
    default: '',
    help: "join token from 'kelp token create'; not needed once this board has joined",
  },
  nodeName: {
    flag: '--node-name',
    yamlKey: 'nodeName',
    parse: parsers.text,
    default: hostname().toLowerCase(),
    help: 'name of this node in the cluster',
  },
  dataDir: {
    flag: '--data-dir',
    yamlKey: 'dataDir',
    parse: parsers.text,
    default: join(kelpHome(process.env), 'agent'),
    help: "folder of this node's identity, desired state, workloads and logs",
  },
  volumesDir: {
    flag: '--volumes-dir',
    yamlKey: 'volumesDir',
    parse: parsers.text,
    default: '',
    help: "folder of the volumes that claims of the class 'local' get here; empty: volumes in the folder above",
  },
  runtime: {
    flag: '--runtime',
    yamlKey: 'runtime',
    parse: parsers.oneOf('process', 'podman'),
    default: 'process',
    help: 'what runs pods that name no runtimeClassName: process, podman (then both are there)',
  },
  podmanArgs: {
    yamlKey: 'podmanArgs',
    parse: parsers.textList,
    default: [],
    help: "podman's global options, e.g. --root; its environment (CONTAINERS_CONF …) is the agent's",
  },
  maxParallelPulls: {
    yamlKey: 'maxParallelPulls',
    parse: parsers.integer(1, 100),
    default: 3,
    help: 'how many images are pulled at once',
  },
  podPidsLimit: {
    yamlKey: 'podPidsLimit',
    parse: pids,
    default: -1,
    help: 'processes and threads that each pod may have; -1: as many as the board',
  },
  allowedUnsafeSysctls: {
    yamlKey: 'allowedUnsafeSysctls',
    parse: (raw) => parseSysctlPatterns(parsers.textList(raw)),
    default: [],
    help: 'kernel settings that pods may ask for beside the safe ones, e.g. kernel.msg*, net.core.somaxconn',
  },
  podNetwork: {
    flag: '--pod-network',
    yamlKey: 'podNetwork',
    parse: parsers.oneOf('own', 'host'),
    default: 'own',
    help: "the network of process pods: own (where the agent is root and has ip and nft), host (the board's)",
  },
  podCidr: {
    flag: '--pod-cidr',
    yamlKey: 'podCidr',
    parse: cidr,
    default: '',
    help: 'process pods have addresses of this range, of which the board takes a free /24, e.g. 10.244.0.0/16; empty: of the range that the hub gives this node',
  },
  prePullImages: {
    yamlKey: 'prePullImages',
    parse: parsers.textList,
    default: [],
    help: 'images that are pulled when the agent starts, before a pod asks for them',
  },
  staticPodPath: {
    flag: '--static-pod-path',
    yamlKey: 'staticPodPath',
    parse: parsers.text,
    default: '',
    help: "folder of manifests of pods that this node runs by itself, with or without a hub; empty: 'manifests' in the data folder",
  },
  nodeIp: {
    flag: '--node-ip',
    yamlKey: 'nodeIp',
    parse: parsers.text,
    default: '',
    help: "this node's address; empty: the one that it reaches the hub from",
  },
  clusterDns: {
    flag: '--cluster-dns',
    yamlKey: 'clusterDns',
    parse: parsers.textList,
    default: [],
    help: "addresses of the cluster's DNS for pods of dnsPolicy ClusterFirst; none: they use the board's",
  },
  clusterDomain: {
    flag: '--cluster-domain',
    yamlKey: 'clusterDomain',
    parse: parsers.text,
    default: 'cluster.local',
    help: "domain of the cluster's names",
  },
  logLevel: {
    flag: '--log-level',
    yamlKey: 'logLevel',
    parse: parsers.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
    default: 'warn',
    help: 'how much is logged to stderr: fatal, error, warn, info, debug, trace',
  },
  kubeReserved: {
    flag: '--kube-reserved',
    yamlKey: 'kubeReserved',
    parse: checked(parseReserved),
    default: '',
    help: 'what pods may not use, as this agent and podman need it, e.g. cpu=100m,memory=200Mi,ephemeral-storage=1Gi',
  },
  systemReserved: {
    flag: '--system-reserved',
    yamlKey: 'systemReserved',
    parse: checked(parseReserved),
    default: '',
    help: "the same for the rest of the board's system, e.g. memory=100Mi",
  },
  evictionHard: {
    flag: '--eviction-hard',
    yamlKey: 'evictionHard',
    parse: checked(parseThresholds),
    default: defaultEvictionHard,
    help: 'when the board is so short of something, pods are ended; empty: never',
  },
  evictionSoft: {
    yamlKey: 'evictionSoft',
    parse: checked(parseThresholds),
    default: '',
    help: 'as evictionHard, but pods are ended only when the board was so short for a while, e.g. memory.available<200Mi',
  },
  evictionSoftGracePeriod: {
    yamlKey: 'evictionSoftGracePeriod',
    parse: checked(parseGracePeriods),
    default: '',
    help: 'for how long, one for each of evictionSoft, e.g. memory.available=1m30s',
  },
  evictionMaxPodGracePeriod: {
    yamlKey: 'evictionMaxPodGracePeriod',
    parse: parsers.integer(0, 3600),
    default: 0,
    help: 'what a pod has for its end then, at most, seconds',
  },
  evictionMinimumReclaim: {
    yamlKey: 'evictionMinimumReclaim',
    parse: checked(parseReclaims),
    default: '',
    help: 'how much more is made available once pods had to go, e.g. nodefs.available=500Mi',
  },
  evictionPressureTransitionPeriod: {
    yamlKey: 'evictionPressureTransitionPeriod',
    parse: parsers.integer(1, 86_400),
    default: 300,
    help: 'for how long the node says that it is short of something after it last was, seconds',
  },
  imageGcHighThreshold: {
    yamlKey: 'imageGcHighThreshold',
    parse: parsers.integer(1, 100),
    default: 85,
    help: 'percent of the disk above which images that nothing needs are removed',
  },
  imageGcLowThreshold: {
    yamlKey: 'imageGcLowThreshold',
    parse: parsers.integer(0, 99),
    default: 80,
    help: 'percent of the disk down to which they are',
  },
  imageMinimumGcAge: {
    yamlKey: 'imageMinimumGCAge',
    parse: duration,
    default: 120_000,
    help: 'an image that came so lately is not removed, e.g. 2m',
  },
  imageMaximumGcAge: {
    yamlKey: 'imageMaximumGCAge',
    parse: duration,
    default: 0,
    help: 'an image that was not used for longer is removed, however empty the disk is, e.g. 720h; 0: none is',
  },
  leaseSeconds: {
    yamlKey: 'leaseSeconds',
    parse: parsers.integer(1, 3600),
    default: 10,
    help: 'how often the node says that it is alive, seconds',
  },
  keepaliveSeconds: {
    yamlKey: 'keepaliveSeconds',
    parse: parsers.integer(2, 3600),
    default: 20,
    help: 'how often the agent asks its hub for a sign of life, seconds; one that gives none in half that time is gone',
  },
  stopPodsOnExit: {
    flag: '--stop-pods-on-exit',
    yamlKey: 'stopPodsOnExit',
    parse: parsers.boolean,
    default: false,
    help: "stop this node's workloads when the agent is stopped (they are started again with it)",
  },
  containerLogMaxSize: {
    yamlKey: 'containerLogMaxSize',
    parse: bytes,
    default: 10 * 1024 * 1024,
    help: "how large a container's log grows before it is put aside and a new one begun, e.g. 10Mi",
  },
  containerLogMaxFiles: {
    yamlKey: 'containerLogMaxFiles',
    parse: parsers.integer(2, 100),
    default: 5,
    help: 'how many files there are of one log at most',
  },
  containerLogBudget: {
    yamlKey: 'containerLogBudget',
    parse: bytes,
    default: 1024 * 1024 * 1024,
    help: 'what the logs of all pods may use of the disk together; of the pod that uses most, the oldest file goes first, e.g. 1Gi',
  },
  shutdownGracePeriod: {
    yamlKey: 'shutdownGracePeriod',
    parse: parsers.integer(0, 3600),
    default: 0,
    help: 'how long pods have for their end when the board itself goes down, seconds; 0: they end with the board, and start again with it',
  },
  shutdownGracePeriodCriticalPods: {
    yamlKey: 'shutdownGracePeriodCriticalPods',
    parse: parsers.integer(0, 3600),
    default: 0,
    help: 'how much of shutdownGracePeriod is for critical pods, which end last, seconds',
  },
  shutdownGracePeriodByPodPriority: {
    yamlKey: 'shutdownGracePeriodByPodPriority',
    parse: periodsByPriority,
    default: [],
    help: 'instead of both: what pods have from each priority on, e.g. [{priority: 0, shutdownGracePeriodSeconds: 20}]; the lowest end first',
  },
};
