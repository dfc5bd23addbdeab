// Who a container's processes are and what they may do. Pure, but for who the agent itself is.

import type { ImageUser } from '../image-user.ts';
import type { ContainerSecurity } from '../runtime.ts';
import { RuntimeFailure } from '../runtime.ts';
import type { Tools } from './tools.ts';

export interface Rights {
  /** Absent: as the agent. */
  user?: { uid: number; gid: number; groups: number[] };
  /** What it can have at most, as setpriv takes it: `-all,+chown`. Absent: all that the agent can. */
  capabilities?: string;
  noNewPrivileges?: boolean;
}

/** What containers of images can do by default, as with Docker, containerd and podman. */
const ofImages = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'SETFCAP'],
  ...['NET_BIND_SERVICE', 'NET_RAW', 'SYS_CHROOT', 'MKNOD', 'AUDIT_WRITE'],
];

interface Asked {
  security: ContainerSecurity;
  /** Who the pod says, or else the image, as the image knows it; undefined: it has no root file system of its own. */
  imageUser: ImageUser | undefined;
  agent: { uid: number; gid: number };
  tools: Tools;
}

/** Throws RuntimeFailure(CreateContainerConfigError) naming the field that cannot be obeyed. */
export function rightsOf({ security, imageUser, agent, tools }: Asked): Rights {
  const user = userOf({ security, imageUser, agent, tools });
  const capabilities =
    agent.uid === 0 && tools.setpriv ? capabilitiesOf(security, imageUser !== undefined) : undefined;
  return {
    ...(user && { user }),
    ...(capabilities !== undefined && { capabilities }),
    ...(security.allowPrivilegeEscalation === false && tools.setpriv && { noNewPrivileges: true }),
  };
}

function userOf({ security, imageUser, agent, tools }: Asked): Rights['user'] {
  const { runAsUser, runAsGroup, supplementalGroups, strictGroups } = security;
  const other = supplementalGroups ?? [];
  const nobodyAsks = runAsUser === undefined && runAsGroup === undefined && other.length === 0;
  if (nobodyAsks && !imageUser) return undefined;
  const uid = runAsUser ?? imageUser?.uid ?? agent.uid;
  const ofImage = runAsUser === undefined || runAsUser === imageUser?.uid ? imageUser : undefined;
  const gid = runAsGroup ?? ofImage?.gid ?? (runAsUser === undefined ? agent.gid : 0);
  const merged = strictGroups ? [] : (ofImage?.groups ?? []);
  const groups = [...new Set([...merged, ...other])];
  if (agent.uid === 0 && tools.setpriv) return { uid, gid, groups };
  // Its own groups it has anyway; without others it reaches less, which is safe.
  if (uid === agent.uid && (gid === agent.gid || agent.uid !== 0)) return undefined;
  const field = runAsUser === undefined ? `runAsGroup: ${runAsGroup}` : `runAsUser: ${runAsUser}`;
  const why = agent.uid === 0 ? 'setpriv is not installed' : 'needs an agent that runs as root';
  throw new RuntimeFailure('CreateContainerConfigError', `securityContext.${field}: ${why}`);
}

function capabilitiesOf(
  { privileged, addCapabilities = [], dropCapabilities = [] }: ContainerSecurity,
  ofImage: boolean,
): string | undefined {
  if (privileged) return undefined;
  const add = addCapabilities.map(plain);
  const drop = dropCapabilities.map(plain);
  if (add.includes('all')) return drop.length > 0 ? drop.map((name) => `-${name}`).join(',') : undefined;
  if (drop.includes('all')) return ['-all', ...add.map((name) => `+${name}`)].join(',');
  if (!ofImage) return drop.length > 0 ? drop.map((name) => `-${name}`).join(',') : undefined;
  const kept = [...ofImages.map(plain), ...add].filter((name) => !drop.includes(name));
  return ['-all', ...kept.map((name) => `+${name}`)].join(',');
}

const plain = (name: string) => name.toLowerCase().replace(/^cap_/, '');

/** The words to put before a command so that it has these rights; with a root of its own also to get into that. */
export function entryWords(
  tools: Tools,
  { rights, root, workingDir }: { rights: Rights; root?: string; workingDir: string },
): string[] {
  if (root === undefined) return setprivWords(tools, rights, rights.user && [`--reuid=${rights.user.uid}`]);
  // Changing the root and then the user takes these two for a moment more.
  const capabilities = rights.capabilities && `${rights.capabilities},+sys_chroot,+setuid`;
  const before = { ...rights, ...(capabilities !== undefined && { capabilities }) };
  const { uid } = rights.user ?? { uid: 0 };
  const enter = [tools.unshare ?? 'unshare', `--root=${root}`, `--wd=${workingDir}`];
  return [...setprivWords(tools, before, []), ...enter, ...(uid === 0 ? [] : [`--setuid=${uid}`]), '--'];
}

function setprivWords(tools: Tools, rights: Rights, uid: readonly string[] = []): string[] {
  const { user, capabilities, noNewPrivileges } = rights;
  const words = [
    ...uid,
    ...(user ? [`--regid=${user.gid}`] : []),
    ...(user ? [user.groups.length > 0 ? `--groups=${user.groups.join(',')}` : '--clear-groups'] : []),
    ...(capabilities === undefined ? [] : [`--bounding-set=${capabilities}`, '--inh-caps=-all']),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
  ];
  return words.length > 0 ? [tools.setpriv ?? 'setpriv', ...words, '--'] : [];
}
