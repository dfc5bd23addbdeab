// What runs containers. The kubelet plans; a runtime does. Two implementations: supervised processes and podman.
// Containers outlive the agent: after a restart `list` finds them again with their state.

/** Where a container comes from: the ids that a runtime keeps with it and finds it by. */
export interface ContainerIdentity {
  podUid: string;
  podNamespace: string;
  podName: string;
  /** The container's name in the pod. */
  name: string;
  /** How often it was restarted before: 0 for the first. */
  attempt: number;
}

/** Everything resolved: no references to ConfigMaps, fields or variables remain. */
export interface ContainerSpec extends ContainerIdentity {
  image: string;
  /** Command and arguments, variables expanded; empty: what the image says. */
  command: readonly string[];
  args: readonly string[];
  workingDir?: string;
  /** The whole environment, in order; later wins. */
  env: readonly { name: string; value: string }[];
  mounts: readonly { hostPath: string; containerPath: string; readOnly: boolean }[];
  /** The container's log, CRI format; the runtime makes the folder. */
  logPath: string;
  resources?: { cpuMillis?: number; memoryBytes?: number };
  securityContext?: { runAsUser?: number; runAsGroup?: number };
  hostname?: string;
  /** The path inside of the container where it may leave its last words. */
  terminationMessagePath?: string;
}

export type ContainerState =
  | { state: 'running'; startedAt: number; pid?: number }
  | {
      state: 'exited';
      startedAt: number;
      finishedAt: number;
      exitCode: number;
      signal?: number;
      reason: string;
      message?: string;
    };

/** Times are milliseconds since the epoch. */
export type RuntimeContainer = ContainerIdentity & {
  /** Unique over time, without the `process://` prefix. A command that cannot be started is an exited container: 128, StartError. */
  id: string;
  image: string;
  imageId: string;
  /** The hash of the spec that the kubelet gave it (`ContainerSpec` in canonical JSON): tells when the plan changed. */
  specHash: string;
} & ContainerState;

/** Why a container could not be started; `reason` is Kubernetes' word, e.g. `RunContainerError`, `ErrImagePull`, `CreateContainerConfigError`. */
export class RuntimeFailure extends Error {
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeFailure';
    this.reason = reason;
  }
}

export interface ExecResult {
  exitCode: number;
  /** stdout and stderr, at most 10 KiB. */
  output: string;
  timedOut: boolean;
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface PreparedImage {
  imageId: string;
  /** Only if it was fetched now. */
  pulled?: { milliseconds: number; sizeBytes: number };
}

export interface Runtime {
  /** The word before `://` in containerID: `process` or `podman`. */
  readonly name: 'process' | 'podman';
  /** e.g. `process://0.1.0` for the node's containerRuntimeVersion. */
  version(): string;
  /** Prepares and re-adopts; from then on `onExit` fires. */
  start(): Promise<void>;
  /** Lets go of everything and leaves containers running. */
  stop(): Promise<void>;
  /** All containers of all pods, running or exited, that have not been removed. */
  list(): Promise<RuntimeContainer[]>;
  /** Makes the pod's surroundings (network, folders) if there are none; answers its addresses, none: the node's own. Idempotent. */
  preparePod(pod: {
    uid: string;
    namespace: string;
    name: string;
    hostNetwork: boolean;
  }): Promise<{ ips: string[] }>;
  /**
   * Makes sure that the image is there; calls `pulling` before it fetches one, and answers how that went.
   * Throws RuntimeFailure (ErrImagePull, ErrImageNeverPull, InvalidImageName).
   */
  ensureImage(image: string, policy: PullPolicy, pulling: () => void): Promise<PreparedImage>;
  /** Answers once it runs. Throws RuntimeFailure with what the container's state should say. */
  startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer>;
  /** Sends the stop signal to the container's main process, waits, then kills everything it started. Idempotent. Resolves when all is gone. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** Forgets an exited container and its files (not its log). */
  removeContainer(id: string): Promise<void>;
  /** Removes what `preparePod` made and the pod's containers; every process of the pod is gone after this. Idempotent. */
  removePod(podUid: string): Promise<void>;
  /** Runs a command in the container's surroundings. Throws RuntimeFailure (ExecError) when it cannot be started. */
  exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** Fires when a container's state changed by itself. */
  onExit(listener: (container: RuntimeContainer) => void): void;
}
