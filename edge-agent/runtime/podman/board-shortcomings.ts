// What podman cannot do on this board, from its own account of it (`podman info`). Pure.

import type { Feature } from '../runtime.ts';
import { field } from './answers.ts';

/** `subordinates`: the board has user ids to spare (/etc/subuid) for user namespaces of pods. */
export function boardShortcomings(info: unknown, subordinates: boolean): Map<Feature, string> {
  const host = field(info, 'host');
  const security = field(host, 'security');
  const found = new Map<Feature, string>();
  const controllers = field(host, 'cgroupControllers');
  const lacks = (controller: string) => Array.isArray(controllers) && !controllers.includes(controller);
  const rootless = field(security, 'rootless') === true;
  if (rootless) {
    found.set(
      'podNetwork',
      'podman runs without root: its pods have no address that the board reaches, so probes need exec or a hostPort',
    );
  }
  if (lacks('memory')) found.set('memoryLimit', missing('memory', rootless));
  if (lacks('cpu')) found.set('cpuLimit', missing('cpu', rootless));
  if (field(security, 'apparmorEnabled') === false) found.set('appArmor', 'this board has no AppArmor');
  if (field(security, 'seccompEnabled') === false)
    found.set('seccomp', 'the kernel or podman of this board has no seccomp');
  if (!rootless && !subordinates) {
    found.set(
      'userNamespace',
      "podman needs ranges of user ids for it: a line 'containers:2147483647:2147483648' in /etc/subuid and /etc/subgid",
    );
  }
  return found;
}

function missing(controller: string, rootless: boolean): string {
  if (rootless) return `podman runs without root, and the ${controller} cgroup is not delegated to its user`;
  const remedy = "add 'cgroup_enable=memory cgroup_memory=1' to /boot/firmware/cmdline.txt and restart it";
  return `this kernel's ${controller} cgroup is off${controller === 'memory' ? `: on Raspberry Pi OS ${remedy}` : ''}`;
}
