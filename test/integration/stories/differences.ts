// What of the recorded stories is otherwise here, and why; and which are told elsewhere.

import type { Difference } from './compare.ts';

export const differences: Difference[] = [
  {
    about: /^never-exit sigterm |^(startup-probe bad|liveness-probe p|poststart \w+) end of c/,
    why: 'a process here is not the first of a PID namespace, on which signals have no default effect',
  },
  {
    about: /^onfailure-exit0 once end of c/,
    why: 'the older kubelet forgot the last end of one that completed',
  },
  {
    about: /^security-context sysctl order/,
    why: 'that it was scheduled stays true of a pod that is refused',
  },
  { about: /^readiness-probe hang /, why: 'its nc knows no -k here' },
  {
    about: /^\S+ \S+ Unhealthy .*connection refused$/,
    why: 'whether a server listens by its first probe is a matter of moments',
  },
];

/** By night only: many pods, or little in their first seconds. */
export const long = [
  ...[
    'config-missing-env',
    'configmap-update-alone',
    'crashloop-always-exit3',
    'delete-grace',
    'delete-quiet',
  ],
  ...[
    'image-missing-always',
    'image-missing-ifnotpresent',
    'init-fail-always',
    'onfailure-exit3',
    'preemption',
  ],
];

export const elsewhere: Record<string, string | undefined> = {
  'cordon-drain': 'its DaemonSet has no controller yet; draining: test/scenario/disruption.test.ts',
  'cronjob-every-minute': 'no controller yet',
  daemonset: 'no controller yet',
  'job-3-completions': 'no controller yet',
  'job-backofflimit': 'no controller yet',
  statefulset: 'no controller yet',
  'foreground-deletion': 'test/scenario/deletion.test.ts',
  'eviction-api': 'test/scenario/disruption.test.ts',
  'eviction-http': 'test/scenario/disruption.test.ts',
  'kubelet-restart': 'test/integration/kubelet/restart-agent.test.ts',
  'kubelet-stopped': 'test/scenario/node-lifecycle.test.ts',
  'sandbox-lost': 'processes have no pause process; test/integration/podman',
  'service-endpoints': 'test/scenario/services.test.ts',
  'static-pod': 'test/integration/kubelet/static-pods.test.ts',
  taints: 'of whole nodes: test/scenario/node-lifecycle.test.ts',
};
