// What a pod of one operating system may not have of the other.

import { expect } from 'chai';
import { defaultPod } from '../../../shared/api/core/pod-defaults.ts';
import { validatePod } from '../../../shared/api/core/pod-validation/index.ts';
import type { Pod, PodSpec } from '../../../shared/api/index.ts';

const linuxOnly = 'cannot be set for a windows pod';
const windowsOnly = 'windows options cannot be set for a linux pod';

function faultsOf(name: string, spec: Partial<PodSpec>): string[] {
  const containers = [{ name: 'c', image: 'i' }];
  const pod: Pod = { metadata: { name: 'p' }, spec: { containers, os: { name }, ...spec } };
  defaultPod(pod);
  return validatePod(pod).map(({ field, text }) => `${field}: ${text}`);
}

const cases: [note: string, os: string, spec: Partial<PodSpec>, faults: string[]][] = [
  ['nothing of either', 'linux', {}, []],
  ['nothing of either', 'windows', { hostPID: false }, []],
  [
    'another system',
    'plan9',
    {},
    ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
  ],
  ['no system', '', {}, ['spec.os.name: Required value: cannot be empty']],
  [
    'options of Windows',
    'linux',
    {
      securityContext: { windowsOptions: { runAsUserName: 'u' } },
      initContainers: [{ name: 'i', image: 'i', securityContext: { windowsOptions: {} } }],
    },
    [
      `spec.securityContext.windowsOptions: Forbidden: ${windowsOnly}`,
      `spec.initContainers[0].securityContext.windowsOptions: Forbidden: ${windowsOnly}`,
    ],
  ],
  [
    'what only Linux has',
    'windows',
    {
      hostUsers: true,
      shareProcessNamespace: false,
      securityContext: { fsGroup: 1, runAsUser: 1, seLinuxOptions: {}, windowsOptions: {} },
      containers: [
        {
          ...{ name: 'c', image: 'i' },
          securityContext: { privileged: false, capabilities: {}, runAsNonRoot: true },
        },
      ],
    },
    [
      'spec.securityContext.seLinuxOptions',
      'spec.hostUsers',
      'spec.securityContext.fsGroup',
      'spec.shareProcessNamespace',
      'spec.securityContext.runAsUser',
      'spec.containers[0].securityContext.capabilities',
      'spec.containers[0].securityContext.privileged',
    ].map((field) => `${field}: Forbidden: ${linuxOnly}`),
  ],
];

describe('a pod that names its operating system', () => {
  for (const [note, os, spec, faults] of cases)
    it(`has ${note}: ${os || 'nameless'}`, () => {
      expect(faultsOf(os, spec)).to.deep.equal(faults);
    });
});
