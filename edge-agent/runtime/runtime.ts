// What runs containers. The kubelet plans; a runtime does. Two implementations: supervised processes and podman.
// Containers outlive the agent: after a restart `list` finds them again with their state.

import type { Duplex, Readable, Writable } from 'node:stream';

/** What a pod's containers share. */
export interface Sandbox {
  uid: string;
  namespace: string;
  name: string;
  hostNetwork: boolean;
  hostPid: boolean;
  hostIpc: boolean;
  /** False: user ids of the pod are not those of the board (`hostUsers: false`). */
  hostUsers: boolean;
  /** All containers see each other's processes. */
  shareProcessNamespace: boolean;
  hostname: string;
  /** Ports of the board that lead to the pod. */
  ports: readonly PortMapping[];
  sysctls: readonly { name: string; value: string }[];
  qosClass: 'Guaranteed' | 'Burstable' | 'BestEffort';
}

export interface PortMapping {
  /** Empty: every address of the board. */
  hostIp: string;
  hostPort: number;
  containerPort: number;
  protocol: 'TCP' | 'UDP' | 'SCTP';
}

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
  mounts: readonly ContainerMount[];
  /** The container's log, CRI format; the runtime makes the folder. */
  logPath: string;
  resources?: ContainerResources;
  /** How soon the kernel ends it when the board's memory is used up: -1000 (never) to 1000 (first), KEP of QoS classes. */
  oomScoreAdj: number;
  /** -20 (first) to 19 (last): who is next where the cores are fought over; absent: as the agent. */
  nice?: number;
  securityContext?: ContainerSecurity;
  hostname?: string;
  /** The path inside of the container where it may leave its last words. */
  terminationMessagePath?: string;
  /** It can be told something by those who attach; without this its stdin is empty. */
  stdin?: boolean;
  /** With the end of what the first one says, its stdin ends. */
  stdinOnce?: boolean;
  /** It has a terminal. */
  tty?: boolean;
  /** The id of the container whose processes it is to see and be seen by; absent: as its pod has it. */
  processesOf?: string;
}

export interface ContainerMount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
  /** What is mounted below it on one side shows on the other; default `private`. */
  propagation?: 'private' | 'rslave' | 'rshared';
}

export interface ContainerResources {
  /** limits.cpu and requests.cpu, thousandths of a core. */
  cpuMillis?: number;
  cpuRequestMillis?: number;
  /** limits.memory, bytes. */
  memoryBytes?: number;
  /** Processes and threads: the agent's podPidsLimit. */
  pids?: number;
}

/** A profile of seccomp or AppArmor; `localhost`: a file of the board (seccomp) or a loaded profile's name (AppArmor). */
export interface SecurityProfile {
  type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  localhost?: string;
}

/** Of the container and its pod together, the container's own word first. What is absent is up to the image or the runtime. */
export interface ContainerSecurity {
  runAsUser?: number;
  runAsGroup?: number;
  /** fsGroup among them. */
  supplementalGroups?: readonly number[];
  /** No groups but these, whatever the image's /etc/group says. */
  strictGroups?: boolean;
  privileged?: boolean;
  readOnlyRootFilesystem?: boolean;
  allowPrivilegeEscalation?: boolean;
  /** Names without `CAP_`; `ALL`. */
  addCapabilities?: readonly string[];
  dropCapabilities?: readonly string[];
  seccomp?: SecurityProfile;
  appArmor?: SecurityProfile;
  /** `Unmasked`: all of /proc. */
  procMount?: 'Default' | 'Unmasked';
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

/** What a container has used and uses. */
export interface ContainerUsage {
  id: string;
  /** CPU time since its start, seconds. */
  cpuSeconds: number;
  memoryBytes: number;
  /** Processes and threads; absent: not counted. */
  processes?: number;
}

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

export interface ExecStreamRequest {
  command: readonly string[];
  /** A terminal: one output, and a size. */
  tty: boolean;
  /** The terminal's when the command starts; absent: not known yet. */
  size?: TerminalSize;
}

/** Characters. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** A command that runs in a container and is talked to. */
export interface RunningExec {
  readonly stdin: Writable;
  /** Ends with the command, or when nothing holds it open any more. */
  readonly stdout: Readable;
  /** Undefined with a terminal. */
  readonly stderr: Readable | undefined;
  /** The exit code; 128 and the signal's number where a signal ended it. */
  readonly exited: Promise<number>;
  /** Characters. Without a terminal nothing happens. */
  resize(columns: number, rows: number): void;
  /** Ends it and everything that it started. Idempotent. */
  kill(): void;
}

/** What a container's main process says from now on, and is told. */
export interface AttachedContainer {
  /** stdout and stderr as they were written; ends with the container. */
  readonly output: Readable;
  /** Undefined: the container was not started with `stdin`. */
  readonly stdin: Writable | undefined;
  resize(columns: number, rows: number): void;
  /** Lets go; the container runs on. */
  detach(): void;
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface ImageRequest {
  image: string;
  policy: PullPolicy;
  /** For the image's registry; each is tried in turn, nobody last. Empty: nobody. */
  credentials: readonly ImageCredentials[];
  /** Who asks does not wait any longer. */
  signal?: AbortSignal;
}

export interface ImageCredentials {
  username: string;
  password: string;
}

export interface PullListener {
  /** Called once, before the image is fetched. */
  pulling(): void;
  /** Bytes so far and in all, as far as that is known; at most once a second. */
  progress?(done: number, total: number | undefined): void;
}

export interface PreparedImage {
  imageId: string;
  /** Who its processes are where the pod does not say: a number or a name; absent: root. */
  user?: string;
  /** Only if it was fetched now. */
  pulled?: { milliseconds: number; sizeBytes: number };
}

export interface RuntimeImage {
  id: string;
  /** `name:tag` and `name@digest`. */
  names: readonly string[];
  sizeBytes: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** What a runtime may be unable to do on a board. */
export type Feature =
  | 'podNetwork'
  | 'hostPorts'
  | 'lowHostPorts'
  | 'hostPid'
  | 'hostIpc'
  | 'userNamespace'
  | 'mappedVolumes'
  | 'sharedProcessNamespace'
  | 'hostname'
  | 'sysctls'
  | 'ipcSysctls'
  | 'mounts'
  | 'mountPropagation'
  | 'cpuLimit'
  | 'memoryLimit'
  | 'storageLimit'
  | 'boardFilesLimit'
  | 'nice'
  | 'users'
  | 'capabilities'
  | 'privileged'
  | 'readOnlyRootFilesystem'
  | 'noNewPrivileges'
  | 'seccomp'
  | 'appArmor'
  | 'unmaskedProc'
  | 'imagePulls';

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
  /** What it would pass over on this board, and why; the kubelet names the fields that ask for it in an event. Known after the start. */
  readonly shortcomings: ReadonlyMap<Feature, string>;
  /** Makes the pod's surroundings (network, folders) if there are none; answers its addresses, none: the node's own. Idempotent. */
  preparePod(sandbox: Sandbox): Promise<{ ips: string[] }>;
  /**
   * Makes sure that the image is there, and answers how that went. Pulls of one image at a time are one pull.
   * Throws RuntimeFailure (ErrImagePull, ErrImageNeverPull, InvalidImageName, RegistryUnavailable).
   */
  ensureImage(request: ImageRequest, listener: PullListener): Promise<PreparedImage>;
  /** All images on this board that this runtime could remove. */
  images(): Promise<RuntimeImage[]>;
  /** Throws RuntimeFailure (ImageInUse) while a container needs it. */
  removeImage(id: string): Promise<void>;
  /** Fires when `images` would answer something else, e.g. after a pull. */
  onImagesChange(listener: () => void): void;
  /** A path on the file system that holds images and what containers write; undefined: there is none. */
  readonly imageFolder: string | undefined;
  /** What a container has written into files of its own, and nothing else; undefined: none are. Absent: of none is known. */
  writableFolder?(id: string): Promise<string | undefined>;
  /** Answers once it runs. Throws RuntimeFailure with what the container's state should say. */
  startContainer(spec: ContainerSpec, specHash: string): Promise<RuntimeContainer>;
  /** Sends the stop signal to the container's main process, waits, then kills everything it started. Idempotent. Resolves when all is gone. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** Forgets an exited container and its files (not its log). */
  removeContainer(id: string): Promise<void>;
  /** Changes limits while it runs. Absent: it has to be started anew. */
  updateContainer?(id: string, resources: ContainerResources): Promise<void>;
  /**
   * A connection to a port of a pod's own loopback, as its containers would make it. Undefined: that is the board's.
   * Rejects with why: `connection refused`.
   */
  connect?(podUid: string, port: number): Promise<Duplex | undefined>;
  /**
   * What `preparePod` made ended although nobody asked for that. What still runs of the pod has to be stopped; then
   * `preparePod` makes it anew. Absent: that cannot happen.
   */
  podLost?(podUid: string): boolean;
  /** Removes what `preparePod` made and the pod's containers; every process of the pod is gone after this. Idempotent. */
  removePod(podUid: string): Promise<void>;
  /** Empties a folder of what containers wrote that the agent itself may not remove. Absent: it may. */
  clearFolder?(path: string): Promise<void>;
  /** Runs a command in the container's surroundings. Throws RuntimeFailure (ExecError) when it cannot be started. */
  exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** Runs a command that is talked to. Throws RuntimeFailure (ExecError) when it cannot be started. */
  execStream(id: string, request: ExecStreamRequest): Promise<RunningExec>;
  /** Throws RuntimeFailure (AttachError) when the container does not run. */
  attachStream(id: string): Promise<AttachedContainer>;
  /** Of the containers that run. Absent: this runtime cannot tell. */
  usage?(): Promise<ContainerUsage[]>;
  /** Fires when a container's state changed by itself. */
  onExit(listener: (container: RuntimeContainer) => void): void;
  onPodLost?(listener: (podUid: string) => void): void;
}
