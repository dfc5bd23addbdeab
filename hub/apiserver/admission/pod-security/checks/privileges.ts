// What the processes of a pod may do, and as whom.

import {
  type Check,
  contextsOf,
  exceptWindows,
  namesOf,
  type PodCheck,
  quoted,
  settersOf,
  sorted,
  these,
} from './check.ts';

const privileged: PodCheck = ({ spec }) => {
  const names = contextsOf(spec, (context) => context.privileged === true);
  if (names.length === 0) return undefined;
  const detail = `${these('container', names)} must not set securityContext.privileged=true`;
  return { reason: 'privileged', detail };
};

const allowPrivilegeEscalation: PodCheck = ({ spec }) => {
  const names = namesOf(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  const detail = `${these('container', names)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

/** Those of Docker's default that are known to do no harm. */
const usualCapabilities = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
]);

/** Who adds other capabilities than `allowed`, in words; undefined: nobody. */
function added({ spec }: Parameters<PodCheck>[0], allowed: ReadonlySet<string>): string | undefined {
  const others: string[] = [];
  const names = contextsOf(spec, ({ capabilities }) => {
    const more = (capabilities?.add ?? []).filter((capability) => !allowed.has(capability));
    others.push(...more);
    return more.length > 0;
  });
  if (names.length === 0) return undefined;
  return `${these('container', names)} must not include ${quoted(sorted(others))} in securityContext.capabilities.add`;
}

const capabilitiesBaseline: PodCheck = (pod) => {
  const detail = added(pod, usualCapabilities);
  return detail === undefined ? undefined : { reason: 'non-default capabilities', detail };
};

const lowPorts = new Set(['NET_BIND_SERVICE']);

const capabilitiesRestricted: PodCheck = (pod) => {
  const keeping = namesOf(
    pod.spec,
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  );
  const details = [
    ...(keeping.length > 0
      ? [`${these('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...[added(pod, lowPorts)].filter((detail) => detail !== undefined),
  ];
  return details.length === 0
    ? undefined
    : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const runAsNonRoot: PodCheck = ({ spec }) => {
  const reason = 'runAsNonRoot != true';
  const ofPod = spec.securityContext?.runAsNonRoot;
  const setters = settersOf(
    ofPod === false,
    contextsOf(spec, (context) => context.runAsNonRoot === false),
  );
  if (setters) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  if (ofPod) return undefined;
  const silent = namesOf(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${these('container', silent)} must set securityContext.runAsNonRoot=true`;
  return { reason, detail };
};

const runAsUser: PodCheck = ({ spec }) => {
  const setters = settersOf(
    spec.securityContext?.runAsUser === 0,
    contextsOf(spec, (context) => context.runAsUser === 0),
  );
  return setters ? { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` } : undefined;
};

export const privilegeChecks: readonly Check[] = [
  { id: 'capabilities_baseline', level: 'baseline', versions: [[0, capabilitiesBaseline]] },
  { id: 'privileged', level: 'baseline', versions: [[0, privileged]] },
  {
    ...{ id: 'allowPrivilegeEscalation', level: 'restricted' },
    versions: [
      [8, allowPrivilegeEscalation],
      [25, exceptWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    ...{ id: 'capabilities_restricted', level: 'restricted', overrides: 'capabilities_baseline' },
    versions: [
      [22, capabilitiesRestricted],
      [25, exceptWindows(capabilitiesRestricted)],
    ],
  },
  { id: 'runAsNonRoot', level: 'restricted', versions: [[0, runAsNonRoot]] },
  { id: 'runAsUser', level: 'restricted', versions: [[23, runAsUser]] },
];
