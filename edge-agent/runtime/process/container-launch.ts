// From what the kubelet asks for to what is kept of a container and how it is launched.

import { randomBytes } from 'node:crypto';
import { getPriority, userInfo } from 'node:os';
import type { GroupEntry } from '../cgroup/index.ts';
import { imageUser } from '../image-user.ts';
import type { StoredImage } from '../images/index.ts';
import { type ContainerSpec, RuntimeFailure } from '../runtime.ts';
import { accountFiles } from './account-files.ts';
import { boardWorkingDir, type ContainerFiles } from './board-files.ts';
import type { Means } from './board-means.ts';
import { environmentOf } from './container-environment.ts';
import type { ContainerMeta } from './container-folder.ts';
import { checkCommand, defaultPath, findTool } from './find-command.ts';
import { entryWords, rightsOf } from './rights.ts';
import type { Launch } from './shim.ts';
import { terminalFor } from './terminal.ts';
import type { Tools } from './tools.ts';

/** The image that a container comes from; the board itself is none. */
export interface FromImage {
  stored: StoredImage;
  files: string;
}

interface Described {
  spec: ContainerSpec;
  specHash: string;
  image: FromImage | undefined;
  imageId: string;
  means: Means;
  createdAt: number;
  /** Where a root file system of its own will be, by the container's id. */
  rootOf(id: string): string;
}

/** Throws RuntimeFailure(CreateContainerConfigError). */
export function describeContainer(described: Described): ContainerMeta {
  const { spec, specHash, image, imageId, means, createdAt, rootOf } = described;
  const { podUid, podNamespace, podName, name, attempt, logPath } = spec;
  const id = randomBytes(32).toString('hex');
  const root = image?.stored.kind === 'root';
  const config = image?.stored.config;
  const user = String(spec.securityContext?.runAsUser ?? config?.user ?? '');
  const rights = rightsOf({
    security: spec.securityContext ?? {},
    imageUser: image && root ? imageUser(user, accountFiles(image.files)) : undefined,
    agent: userInfo(),
    tools: means.tools,
  });
  const stopSignal = signalOf(config?.stopSignal);
  return {
    ...{ id, podUid, podNamespace, podName, name, attempt, specHash, logPath, createdAt, rights },
    ...{ image: spec.image, imageId },
    ...(image && { storedImage: image.stored.id }),
    ...(root && { root: rootOf(id) }),
    workingDir: root
      ? spec.workingDir || config?.workingDir || '/'
      : boardWorkingDir(spec.workingDir, image?.files, means.mayMount),
    ...(stopSignal && { stopSignal }),
    ...(spec.stdin && { stdin: true, ...(spec.stdinOnce && { stdinOnce: true }) }),
    ...(spec.tty && { tty: true }),
    ...{ ownMounts: means.mayMount, overlay: means.mayOverlay },
    ...{ mountPoints: [], createdPaths: [] },
  };
}

/** As Kubernetes has it: a command replaces both of the image's, arguments alone only its own. */
export function commandOf({ command, args, image }: ContainerSpec, from: FromImage | undefined): string[] {
  const { entrypoint = [], cmd = [] } = from?.stored.config ?? {};
  if (command.length > 0) return [...command, ...args];
  const words = [...entrypoint, ...(args.length > 0 ? args : cmd)];
  if (words.length > 0) return words;
  throw new RuntimeFailure(
    'CreateContainerError',
    `no command specified: image ${image} has none of its own`,
  );
}

interface Launched {
  meta: ContainerMeta;
  spec: ContainerSpec;
  command: readonly string[];
  files: ContainerFiles;
  image: FromImage | undefined;
  means: Means;
  /** Into its control group. */
  entry: GroupEntry;
}

/** Throws RuntimeFailure(RunContainerError) for a command that is not there. */
export function launchOf({ meta, spec, command, files, image, means, entry: group }: Launched): Launch {
  const { tools } = means;
  const config = meta.root === undefined ? undefined : image?.stored.config;
  const env = environmentOf(
    spec,
    meta,
    config && image && { env: config.env, home: imageUser(config.user, accountFiles(image.files)).home },
  );
  const { workingDir, root, rights } = meta;
  const { toBoardPath, setup } = files;
  checkCommand(command[0] ?? '', { path: env.PATH ?? defaultPath, workingDir, toBoardPath });
  const terminal = spec.tty ? terminalFor(findTool('script'), env) : undefined;
  const inTerminal = (words: readonly string[]) => terminal?.words(words) ?? words;
  const entry = [
    ...niceWords(spec, tools),
    ...entryWords(tools, { rights, workingDir, ...(root !== undefined && { root }) }),
  ];
  // A terminal is made outside of a root that may have nothing to make it with.
  const words = root === undefined ? [...entry, ...inTerminal(command)] : inTerminal([...entry, ...command]);
  return {
    ...{ command: words, env: terminal?.env ?? env, setup, oomScoreAdj: spec.oomScoreAdj },
    workingDir: root === undefined ? workingDir : '/',
    namespaces: [...group.words(terminal?.env ?? env), ...namespacesFor(meta, tools)],
    ...(meta.ownMounts && spec.hostname && { hostname: spec.hostname }),
    doors: group.doors,
    ...(group.oomEvents !== undefined && { oomEvents: group.oomEvents }),
    oddEnv: Object.keys(env).filter((name) => !/^[A-Za-z_]\w*$/.test(name)),
    ...(spec.stdin && { stdin: true }),
    ...(spec.tty && { tty: true }),
  };
}

/** Before it takes its rights: to be before others needs root's. Throws RuntimeFailure(CreateContainerConfigError). */
function niceWords({ nice }: ContainerSpec, tools: Tools): string[] {
  if (nice === undefined || !tools.nice) return [];
  // The program adds to what it has.
  const more = nice - getPriority();
  if (more >= 0 || userInfo().uid === 0) return [tools.nice, '-n', `${more}`];
  const message = `a niceness of ${nice} needs an agent that runs as root`;
  throw new RuntimeFailure('CreateContainerConfigError', message);
}

function namespacesFor({ ownMounts, network }: ContainerMeta, tools: Tools): string[] {
  if (!ownMounts) return [];
  const net = network === undefined ? [] : [tools.nsenter ?? 'nsenter', `--net=${network}`, '--'];
  return [...net, tools.unshare ?? 'unshare', '--mount', '--uts', '--propagation', 'slave', '--'];
}

const stopSignals = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGKILL',
] as const;

/** Of an image's config: a name, with or without SIG. Another, or a number, is as good as none. */
function signalOf(word = ''): NodeJS.Signals | undefined {
  return stopSignals.find((name) => name === word || name === `SIG${word}`);
}
