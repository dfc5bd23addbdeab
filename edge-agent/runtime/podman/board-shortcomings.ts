// What podman cannot do on this board, from its own account of it (`podman info`). Pure.

import type { Feature } from '../runtime.ts';
import { field, text } from './answers.ts';

interface Board {
  /** It has user ids to spare (/etc/subuid) for user namespaces of root's pods. */
  subordinates: boolean;
  /** The first port that podman can lead to a pod. */
  firstHostPort: number;
}

export function boardShortcomings(
  info: unknown,
  { subordinates, firstHostPort }: Board,
): Map<Feature, string> {
  const host = field(info, 'host');
  const security = field(host, 'security');
  const found = new Map<Feature, string>();
  const controllers = field(host, 'cgroupControllers');
  const lacks = (controller: string) => Array.isArray(controllers) && !controllers.includes(controller);
  const rootless = field(security, 'rootless') === true;
  if (rootless) {
    found.set(
      'podNetwork',
      'podman runs without root: its pods have no address that the board reaches, so others reach them by a hostPort',
    );
  }
  if (lacks('memory')) found.set('memoryLimit', missing('memory', rootless));
  if (lacks('cpu')) found.set('cpuLimit', missing('cpu', rootless));
  if (field(security, 'apparmorEnabled') === false)
    found.set('appArmor', 'AppArmor is not enabled on the host');
  if (field(security, 'seccompEnabled') === false)
    found.set('seccomp', 'the kernel or podman of this board has no seccomp');
  if (rootless && firstHostPort >= 1024) {
    const remedy = `'net.ipv4.ip_unprivileged_port_start=80' in /etc/sysctl.conf`;
    found.set('lowHostPorts', `podman runs without root: ports below ${firstHostPort} need ${remedy}`);
  }
  found.set('nice', 'podman gives its containers no other priority');
  const line = rootless ? `'<user>:100000:65536'` : `'containers:2147483647:2147483648'`;
  const ranges = `podman needs ranges of user ids for it: a line ${line} in /etc/subuid and /etc/subgid`;
  const driver = text(field(info, 'store'), 'graphDriverName');
  if (driver !== 'overlay') {
    const only = `podman keeps what containers write with ${driver}: only their logs and emptyDirs are counted`;
    found.set('storageLimit', only);
  }
  found.set('mappedVolumes', 'with hostUsers: false its groups are not those of the board that own volumes');
  if (rootless && !hasOthers(host)) found.set('users', ranges);
  // Measured with podman 4.3 and runc 1.1: no container with the kubelet's mounts starts then.
  const reach = 'podman runs without root: users of its own cannot reach what the agent keeps for a pod';
  if (rootless) found.set('userNamespace', reach);
  else if (!subordinates) found.set('userNamespace', ranges);
  return found;
}

/** More users than the one that podman runs as. */
function hasOthers(host: unknown): boolean {
  const map = field(field(host, 'idMappings'), 'uidmap');
  return Array.isArray(map) && map.length > 1;
}

function missing(controller: string, rootless: boolean): string {
  if (rootless) return `podman runs without root, and the ${controller} cgroup is not delegated to its user`;
  const remedy = "add 'cgroup_enable=memory cgroup_memory=1' to /boot/firmware/cmdline.txt and restart it";
  return `this kernel's ${controller} cgroup is off${controller === 'memory' ? `: on Raspberry Pi OS ${remedy}` : ''}`;
}
