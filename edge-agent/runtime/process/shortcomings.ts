// What process containers cannot be given on this board, and why: from what was tried at the start. Pure.

import type { Feature } from '../runtime.ts';

interface Tried {
  asRoot: boolean;
  setpriv: boolean;
  nice: boolean;
  mayMount: boolean;
  /** Why pods have no network of their own. */
  noNetwork: string | undefined;
  /** Of the control groups. */
  limits: ReadonlyMap<Feature, string>;
}

export function shortcomingsOf({
  asRoot,
  setpriv,
  nice,
  mayMount,
  noNetwork,
  limits,
}: Tried): Map<Feature, string> {
  const rights = asRoot ? undefined : 'the agent does not run as root';
  const setting = rights ?? (setpriv ? undefined : 'setpriv is not installed');
  const mounting = rights ?? (mayMount ? undefined : 'mount namespaces do not work here');
  const network = noNetwork && `processes share the network of the board: ${noNetwork}`;
  const always = 'a process of the board, not a container';
  const found: [Feature, string | undefined][] = [
    ['podNetwork', network],
    ['hostPorts', network],
    ['sysctls', network],
    ['ipcSysctls', 'processes share the IPC of the board, whose setting it would be'],
    ['users', setting],
    ['capabilities', setting],
    ['nice', nice ? undefined : 'nice is not installed'],
    ['privileged', rights],
    ['noNewPrivileges', setpriv ? undefined : 'setpriv is not installed'],
    ['mounts', mounting],
    ['readOnlyRootFilesystem', mounting],
    ['hostname', mounting],
    ['mountPropagation', 'what a process mounts stays in its container'],
    [
      'boardFilesLimit',
      "what it writes into the board's own files is not counted: its logs and emptyDirs are",
    ],
    ['userNamespace', always],
    ['seccomp', always],
    ['appArmor', always],
  ];
  const given = found.filter((entry): entry is [Feature, string] => entry[1] !== undefined);
  return new Map([...given, ...limits]);
}
