// Which fields of a pod a runtime would pass over on this board. Pure.
//
// The rule: a pod is refused where passing over would let it act as somebody whom it said it is not (its users, its user
// ids); all else is said in one event, and the pod runs without it.

import { type Container, niceAnnotation, type Pod, type PodSpec } from '../../../shared/api/index.ts';
import { dottedSysctl, type Feature, hostImage, type Runtime, sysctlNamespace } from '../../runtime/index.ts';

interface Demand {
  feature: Feature;
  /** e.g. `spec.containers[web].securityContext.privileged` */
  field: string;
}

export interface UnsupportedFields {
  /** One sentence for an event; undefined: nothing is passed over. */
  passedOver: string | undefined;
  /** Why the pod must not run here. */
  refused: string | undefined;
}

const unsafe: ReadonlySet<Feature> = new Set<Feature>(['users', 'userNamespace']);
const mostFields = 20;
/** Ports below are root's, unless the board says otherwise. */
const firstOfEverybody = 1024;

/** Of all that is there from the pod's start. */
export function unsupportedFields(pod: Pod, shortcomings: Runtime['shortcomings']): UnsupportedFields {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const inContainers = Object.entries({ containers, initContainers }).flatMap(([list, all]) =>
    all.flatMap((container) => ofContainer(pod, container, list, shortcomings)),
  );
  return spoken([...ofPod(pod), ...inContainers], shortcomings);
}

/** Of the container that is added while the pod runs, if `name` is one. */
export function unsupportedInEphemeral(
  pod: Pod,
  name: string,
  shortcomings: Runtime['shortcomings'],
): UnsupportedFields {
  const added = pod.spec?.ephemeralContainers?.filter((container) => container.name === name) ?? [];
  const demands = added.flatMap((one) => ofContainer(pod, one, 'ephemeralContainers', shortcomings));
  return spoken(demands, shortcomings);
}

function spoken(demands: readonly Demand[], shortcomings: Runtime['shortcomings']): UnsupportedFields {
  const lacking = demands.filter(({ feature }) => shortcomings.has(feature));
  const refused = lacking.filter(({ feature }) => unsafe.has(feature));
  const passedOver = lacking.filter(({ feature }) => !unsafe.has(feature));
  const words = (some: readonly Demand[]) => sentence(some, shortcomings);
  return {
    passedOver: passedOver.length > 0 ? `This node passes over ${words(passedOver)}` : undefined,
    refused: refused.length > 0 ? `This node cannot keep to ${words(refused)}` : undefined,
  };
}

/** `a, b (why); c (another why)`. */
function sentence(demands: readonly Demand[], shortcomings: Runtime['shortcomings']): string {
  const byReason = new Map<string, string[]>();
  for (const { feature, field } of demands.slice(0, mostFields)) {
    const why = shortcomings.get(feature) ?? '';
    byReason.set(why, [...(byReason.get(why) ?? []), field]);
  }
  const parts = [...byReason].map(([why, fields]) => `${fields.join(', ')} (${why})`);
  const more = demands.length - mostFields;
  return parts.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** What is asked for, of these; in their order. */
function asked(at: string, table: readonly [field: string, feature: Feature, isAsked: unknown][]): Demand[] {
  return table.flatMap(([field, feature, isAsked]) =>
    isAsked ? [{ feature, field: `${at}.${field}` }] : [],
  );
}

function ofPod({ metadata, spec }: Pod): Demand[] {
  const { securityContext: security = {}, ...rest }: Partial<PodSpec> = spec ?? {};
  const nice = metadata?.annotations?.[niceAnnotation] !== undefined;
  return [
    ...(nice ? [{ feature: 'nice' as const, field: `metadata.annotations[${niceAnnotation}]` }] : []),
    ...asked('spec', [
      ['hostPID', 'hostPid', rest.hostPID],
      ['hostIPC', 'hostIpc', rest.hostIPC],
      ['hostUsers', 'userNamespace', rest.hostUsers === false],
      ['shareProcessNamespace', 'sharedProcessNamespace', rest.shareProcessNamespace],
      ['hostname', 'hostname', rest.hostname],
      ['setHostnameAsFQDN', 'hostname', rest.setHostnameAsFQDN],
      ['hostAliases', 'mounts', rest.hostAliases?.length],
      ['dnsConfig', 'mounts', rest.dnsConfig],
      ['imagePullSecrets', 'imagePulls', rest.imagePullSecrets?.length],
    ]),
    ...asked('spec.securityContext', [
      ...sysctls(security.sysctls ?? []),
      ...users(security),
      ['fsGroup', 'users', security.fsGroup !== undefined],
      ['fsGroup', 'mappedVolumes', security.fsGroup !== undefined && rest.hostUsers === false],
      ['supplementalGroups', 'users', security.supplementalGroups?.length],
      ...seccomp(security),
    ]),
  ];
}

type Security = NonNullable<Container['securityContext']>;

const users = (security: Pick<Security, 'runAsUser' | 'runAsGroup'>): [string, Feature, boolean][] => [
  ['runAsUser', 'users', security.runAsUser !== undefined],
  ['runAsGroup', 'users', security.runAsGroup !== undefined],
];

const seccomp = ({ seccompProfile }: Pick<Security, 'seccompProfile'>): [string, Feature, boolean][] => [
  ['seccompProfile', 'seccomp', (seccompProfile?.type ?? 'Unconfined') !== 'Unconfined'],
];

function sysctls(all: readonly { name: string }[]): [string, Feature, boolean][] {
  const ipc = all.filter(({ name }) => sysctlNamespace(dottedSysctl(name)) === 'ipc');
  return [
    ['sysctls', 'sysctls', all.length > ipc.length],
    ...ipc.map(({ name }): [string, Feature, boolean] => [`sysctls[${name}]`, 'ipcSysctls', true]),
  ];
}

function ofContainer(
  pod: Pod,
  container: Container,
  list: string,
  shortcomings: Runtime['shortcomings'],
): Demand[] {
  const at = `spec.${list}[${container.name}]`;
  const { securityContext: security = {}, resources, volumeMounts = [] } = container;
  const storage = resources?.limits?.['ephemeral-storage'];
  const propagates = volumeMounts.some(({ mountPropagation = 'None' }) => mountPropagation !== 'None');
  return [
    ...asked(`${at}.resources.limits`, [
      ['cpu', 'cpuLimit', resources?.limits?.cpu],
      ['memory', 'memoryLimit', resources?.limits?.memory],
      ['ephemeral-storage', 'storageLimit', storage],
      ['ephemeral-storage', 'boardFilesLimit', storage && container.image === hostImage],
    ]),
    ...asked(at, [['volumeMounts.mountPropagation', 'mountPropagation', propagates]]),
    ...asked(`${at}.securityContext`, [
      ...users(security),
      ['capabilities.add', 'capabilities', security.capabilities?.add?.length],
      ['capabilities.drop', 'capabilities', security.capabilities?.drop?.length],
      ['privileged', 'privileged', security.privileged],
      ['readOnlyRootFilesystem', 'readOnlyRootFilesystem', security.readOnlyRootFilesystem],
      ['allowPrivilegeEscalation', 'noNewPrivileges', security.allowPrivilegeEscalation === false],
      ...seccomp(security),
      ['procMount', 'unmaskedProc', security.procMount === 'Unmasked'],
    ]),
    ...ofPorts(pod, container, at, shortcomings),
  ];
}

/** In the board's own network a port of the board needs no way to the pod, as long as it is the same. */
function ofPorts(
  { spec }: Pod,
  { ports = [] }: Container,
  at: string,
  shortcomings: Runtime['shortcomings'],
): Demand[] {
  if (spec?.hostNetwork) return [];
  const shared = shortcomings.has('podNetwork');
  return ports.flatMap(({ hostPort, containerPort }) => {
    if (!hostPort) return [];
    const field = `${at}.ports[hostPort ${hostPort}]`;
    return [
      ...(shared && hostPort === containerPort ? [] : [{ feature: 'hostPorts' as const, field }]),
      ...(hostPort < firstOfEverybody ? [{ feature: 'lowHostPorts' as const, field }] : []),
    ];
  });
}
