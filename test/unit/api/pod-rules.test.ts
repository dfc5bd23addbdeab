// Pods that v1.32 refuses, beyond those that were recorded: each with the faults in its words.

import { expect } from 'chai';
import type { StatusCause } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

type Case = [what: string, spec: object, faults: string[]];

const template = (claim: object) => ({
  volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: claim } }],
});
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const inTemplate = 'spec.volumes[0].ephemeral.volumeClaimTemplate';

const claims: Case[] = [
  [
    'for a fraction of a byte',
    template({ spec: { ...claim, resources: { requests: { storage: '0.5' } } } }),
    [],
  ],
  ['that is whole', template({ metadata: { labels: { a: 'b' } }, spec: claim }), []],
  [
    'that wants nothing',
    template({ spec: {} }),
    [
      `${inTemplate}.spec.accessModes: Required value: at least 1 access mode is required`,
      `${inTemplate}.spec.resources[storage]: Required value`,
    ],
  ],
  [
    'with a name of its own',
    template({ metadata: { name: 'mine', finalizers: ['example.com/hold'] }, spec: claim }),
    [
      `${inTemplate}.metadata.name: Forbidden: cannot be set for an ephemeral volume`,
      `${inTemplate}.metadata.finalizers: Forbidden: cannot be set for an ephemeral volume`,
    ],
  ],
  [
    'of an unknown mode, and no size',
    template({ spec: { ...claim, volumeMode: 'Tape', resources: { requests: { storage: '0' } } } }),
    [
      `${inTemplate}.spec.resources[storage]: Invalid value: "0": must be greater than zero`,
      `${inTemplate}.spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"`,
    ],
  ],
];

const windows = (windowsOptions: object) => ({ securityContext: { windowsOptions } });
const user = (name: string, ...texts: string[]): Case => [
  `for ${JSON.stringify(name)}`,
  windows({ runAsUserName: name }),
  texts.map(
    (text) =>
      `spec.securityContext.windowsOptions.runAsUserName: Invalid value: ${JSON.stringify(name)}: runAsUserName${text}`,
  ),
];
const users: Case[] = [
  user('ContainerAdministrator'),
  user('NT AUTHORITY\\NETWORK SERVICE'),
  user('corp.example.com\\user'),
  user('', ' cannot be an empty string'),
  user('tab\there', ' cannot contain control characters'),
  user('a\\b\\c', ' cannot contain more than one backslash'),
  user('\\user', "'s Domain doesn't match the NetBios nor the DNS format"),
  user('corp\\', "'s User cannot be empty"),
  user('u'.repeat(105), "'s User length must not be longer than 104 characters"),
  user('. .', "'s User cannot contain only periods or spaces"),
  user('a|b', '\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]'),
];

const ofHost = (name: string, hostProcess?: boolean) => ({
  name,
  image: 'nginx:1',
  ...(hostProcess !== undefined && windows({ hostProcess })),
});
const hostProcesses: Case[] = [
  ['all of them', { hostNetwork: true, ...windows({ hostProcess: true }) }, []],
  [
    'outside its network',
    windows({ hostProcess: true }),
    [
      'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
    ],
  ],
  [
    'some of them',
    { hostNetwork: true, containers: [ofHost('one', true), ofHost('two')] },
    [
      'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    ],
  ],
  [
    'against what the pod says',
    { hostNetwork: true, ...windows({ hostProcess: false }), containers: [ofHost('one', true)] },
    [
      'spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: true: pod hostProcess value must be identical if both are specified, was false',
    ],
  ],
];

describe('the rules of pods', () => {
  let server: ApiServerFixture;

  before(async () => {
    server = await startApiServer();
  });

  after(async () => {
    await server.stop();
  });

  let count = 0;
  async function faultsOf(spec: object): Promise<string[]> {
    count += 1;
    const containers = [{ name: 'c', image: 'nginx:1' }];
    const body = {
      metadata: { name: `p${count}` },
      spec: { serviceAccountName: 'default', containers, ...spec },
    };
    const { code, body: answer } = await server.ask('POST', '/api/v1/namespaces/default/pods', { body });
    if (code === 201) return [];
    return answer.details.causes.map(({ field, message }: StatusCause) => `${field}: ${message}`);
  }

  const families = {
    'a claim template': claims,
    'a Windows account': users,
    'processes of the host': hostProcesses,
  };
  for (const [family, cases] of Object.entries(families))
    for (const [what, spec, faults] of cases)
      it(`${faults.length > 0 ? 'refuse' : 'take'} ${family} ${what}`, async () => {
        expect(await faultsOf(spec)).to.deep.equal(faults);
      });
});
