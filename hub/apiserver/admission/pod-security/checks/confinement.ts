// What the kernel keeps a pod from: AppArmor, SELinux, seccomp, the masks of /proc, sysctls.

import { appArmorPrefix, seccompPod, seccompPrefix } from '../../../../../shared/api/index.ts';
import { goQuoted } from '../../../../../shared/machinery/index.ts';
import {
  type Check,
  type CheckedPod,
  type Context,
  containersOf,
  contextsOf,
  exceptWindows,
  namesOf,
  type PodCheck,
  plural,
  quoted,
  settersOf,
  sorted,
  these,
} from './check.ts';

/** What both AppArmor and seccomp call the profiles that confine. */
const profileTypes: readonly unknown[] = ['RuntimeDefault', 'Localhost'];
const isProfile = (text: string) => text === 'runtime/default' || text.startsWith('localhost/');

type ProfileField = 'appArmorProfile' | 'seccompProfile';

/** Who sets the profile to a type that does not confine, and to which ones. */
function unconfined({ spec }: CheckedPod, field: ProfileField) {
  const types: string[] = [];
  const sets = (context: Pick<Context, ProfileField> = {}) => {
    const profile = context[field];
    if (!profile || profileTypes.includes(profile.type)) return false;
    types.push(profile.type);
    return true;
  };
  const pod = sets(spec.securityContext);
  return { setters: settersOf(pod, contextsOf(spec, sets)), types: sorted(types) };
}

const appArmorProfile: PodCheck = (pod) => {
  const { setters, types } = unconfined(pod, 'appArmorProfile');
  const annotations = Object.entries(pod.metadata?.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && value && !isProfile(value))
    .map(([key, value]) => `${key}=${goQuoted(value)}`);
  const all = [...types, ...annotations.sort()];
  if (all.length === 0) return undefined;
  const who = [setters, annotations.length > 0 && plural('annotation', annotations)].filter(Boolean);
  const detail = `${who.join(' and ')} must not set AppArmor profile type to ${quoted(all)}`;
  return { reason: plural('forbidden AppArmor profile', all), detail };
};

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const seLinuxOptions =
  (allowed: readonly string[]): PodCheck =>
  ({ spec }) => {
    const types: string[] = [];
    const others = { user: false, role: false };
    const sets = ({ seLinuxOptions }: Pick<Context, 'seLinuxOptions'> = {}) => {
      const { type = '', user, role } = seLinuxOptions ?? {};
      const isOther = !allowed.includes(type);
      if (isOther) types.push(type);
      others.user ||= Boolean(user);
      others.role ||= Boolean(role);
      return isOther || Boolean(user) || Boolean(role);
    };
    const pod = sets(spec.securityContext);
    const setters = settersOf(pod, contextsOf(spec, sets));
    if (!setters) return undefined;
    const what = [
      ...(types.length > 0 ? [these('type', sorted(types))] : []),
      ...(others.user ? ['user may not be set'] : []),
      ...(others.role ? ['role may not be set'] : []),
    ];
    const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`;
    return { reason: 'seLinuxOptions', detail };
  };

/** Before there were fields for it. */
const seccompAnnotations: PodCheck = ({ metadata, spec }) => {
  const { annotations = {} } = metadata ?? {};
  const keys = [seccompPod, ...containersOf(spec).map(({ name }) => seccompPrefix + name)];
  const others = keys.flatMap((key) => {
    const value = annotations[key];
    const isAllowed = value === undefined || value === 'docker/default' || isProfile(value);
    return isAllowed ? [] : [`${key}=${goQuoted(value)}`];
  });
  if (others.length === 0) return undefined;
  const listed = sorted(others);
  const detail = `forbidden ${plural('annotation', listed)} ${listed.join(', ')}`;
  return { reason: 'seccompProfile', detail };
};

const seccompBaseline: PodCheck = (pod) => {
  const { setters, types } = unconfined(pod, 'seccompProfile');
  if (!setters) return undefined;
  const detail = `${setters} must not set securityContext.seccompProfile.type to ${quoted(types)}`;
  return { reason: 'seccompProfile', detail };
};

const seccompRestricted: PodCheck = (pod) => {
  const { spec } = pod;
  const unwanted = seccompBaseline(pod);
  if (unwanted || spec.securityContext?.seccompProfile) return unwanted;
  const silent = namesOf(spec, ({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${these('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
};

const procMount: PodCheck = ({ spec }) => {
  const types: string[] = [];
  const names = contextsOf(spec, (context) => {
    if (!context.procMount || context.procMount === 'Default') return false;
    types.push(context.procMount);
    return true;
  });
  if (names.length === 0) return undefined;
  const detail = `${these('container', names)} must not set securityContext.procMount to ${quoted(sorted(types))}`;
  return { reason: 'procMount', detail };
};

/** From which version on a sysctl is safe; the oldest first. */
const safeSysctls: ReadonlyMap<string, number> = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
]);

const sysctls =
  (minor: number): PodCheck =>
  ({ spec }) => {
    const others = (spec.securityContext?.sysctls ?? [])
      .map(({ name }) => name)
      .filter((name) => (safeSysctls.get(name) ?? Number.POSITIVE_INFINITY) > minor);
    return others.length > 0 ? { reason: 'forbidden sysctls', detail: others.join(', ') } : undefined;
  };

export const confinementChecks: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', versions: [[0, appArmorProfile]] },
  { id: 'procMount', level: 'baseline', versions: [[0, procMount]] },
  {
    ...{ id: 'seLinuxOptions', level: 'baseline' },
    versions: [
      [0, seLinuxOptions(seLinuxTypes)],
      [31, seLinuxOptions([...seLinuxTypes, 'container_engine_t'])],
    ],
  },
  {
    ...{ id: 'seccompProfile_baseline', level: 'baseline' },
    versions: [
      [0, seccompAnnotations],
      [19, seccompBaseline],
    ],
  },
  {
    ...{ id: 'sysctls', level: 'baseline' },
    versions: [...new Set(safeSysctls.values())].map((since) => [since, sysctls(since)]),
  },
  {
    ...{ id: 'seccompProfile_restricted', level: 'restricted', overrides: 'seccompProfile_baseline' },
    versions: [
      [19, seccompRestricted],
      [25, exceptWindows(seccompRestricted)],
    ],
  },
];
