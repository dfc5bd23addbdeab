// The names of the kernel's settings (k8s.io/component-helpers node/util/sysctl). Pure.

/** With dots between its parts: `net/ipv4/conf/eth0.1/forwarding` is `net.ipv4.conf.eth0/1.forwarding`. */
export function dottedSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? swapped(name) : name;
}

/** Where the kernel shows it; of a name with dots. */
export const sysctlPath = (name: string) => `/proc/sys/${swapped(name)}`;

const swapped = (name: string) => name.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'));

/** Whose own a setting is, of a name with dots; undefined: there is one for the whole board. */
export function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  if (name.startsWith('net.')) return 'net';
  return name === 'kernel.sem' || /^(?:kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(name) ? 'ipc' : undefined;
}
