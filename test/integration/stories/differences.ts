// What of the recorded stories is otherwise here, and why; and which are told elsewhere.

import type { Difference } from './compare.ts';

export const differences: Difference[] = [
  {
    about: /^emptydir-sizelimit p (?!phase|Evicted)/,
    why: 'such a volume is looked at sooner here: the pod may be evicted before it was seen to run',
  },
  {
    about: /^delete-grace (\w+ end of c|nevergrace )|^two-containers p end of a/,
    why: 'that version lost containers that had ended from its list while their pod was deleted',
  },
  {
    about: /^config-missing-volume \w+ FailedMount Unable to attach or mount volumes/,
    why: 'a summary after two minutes of what the events before it said',
  },
  { about: /^config-missing-env from /, why: 'which of two that are missing comes first is chance' },
  {
    about: /^image-missing-ifnotpresent p (container c|BackOff Back-off restarting)/,
    why: 'when the image is changed, a pull may be under way or waited for; with one more there are more than 25 events at once',
  },
  {
    about: /^\S+ \S+ Unhealthy \(combined from similar events\)/,
    why: 'each message there had an id of its own, here they are one event that is counted',
  },
  {
    about: /^never-exit sigterm |^(startup-probe bad|liveness-probe p|poststart \w+) end of c/,
    why: 'a process here is not the first of a PID namespace, on which signals have no default effect',
  },
  {
    about: /^onfailure-exit0 once end of c/,
    why: 'the older kubelet forgot the last end of one that completed',
  },
  {
    about: /^kubelet-restart run condition/,
    why: 'a kubelet that starts again doubts nothing that it finds running as it was said to',
  },
  {
    about: /^\S+ \S+ Unhealthy Readiness probe errored: .*container is not running$/,
    why: 'whether a probe falls into the end of its container is chance; the story of a statefulset has such events',
  },
  {
    about:
      /^two-containers p (container [ab]|Killing Stopping container a)|^service-endpoints p2 container c/,
    why: 'a process here is not the first of a PID namespace; how often the other one ran by then is chance',
  },
  { about: /^taints ns /, why: 'between the two taints the scheduler here finds the node free' },
  { about: /^taints (ds-|daemonset)/, why: 'the pods of a DaemonSet have names made up anew' },
  { about: /^(taints|kubelet-restart) node\//, why: 'events of nodes are not in the namespace of a story' },
  {
    about: /^\S+ \S+ Unhealthy .*connection refused$/,
    why: 'whether a server listens by its first probe is a matter of moments',
  },
  {
    about: /^serviceaccount-token noauto (condition (Ready|ContainersReady)|health of c)/,
    why: 'a pod without any volume may run by the time that its first status is written',
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
  ...['image-missing-always', 'image-missing-ifnotpresent', 'init-fail-always', 'onfailure-exit3'],
];

/** What is done to a whole node, each in a cluster of its own; by night. */
export const alone = ['kubelet-restart', 'taints'];

export const elsewhere: Record<string, string | undefined> = {
  'cordon-drain': 'test/scenario/disruption.test.ts, test/integration/rollout-sets.test.ts',
  'cronjob-every-minute': 'test/scenario/recorded-jobs.test.ts',
  daemonset: 'test/scenario/daemon-set.test.ts',
  'job-3-completions': 'test/scenario/recorded-jobs.test.ts',
  'job-backofflimit': 'test/scenario/recorded-jobs.test.ts',
  statefulset: 'test/scenario/stateful-set.test.ts',
  'foreground-deletion': 'test/scenario/deletion.test.ts',
  'kubelet-stopped': 'test/scenario/node-lifecycle.test.ts',
  preemption: 'test/scenario/preemption.test.ts, on a node of its size',
  'sandbox-lost': 'processes have no pause process; test/integration/podman',
  'static-pod': 'test/integration/kubelet/static-pods.test.ts',
};
