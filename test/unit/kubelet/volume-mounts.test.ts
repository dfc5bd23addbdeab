// Where a container's mounts come from: what is read-only, what is left out, what is refused.

import { expect } from 'chai';
import { mountSources } from '../../../edge-agent/kubelet/container/volume-mounts.ts';
import { VolumeFault, type VolumePlace } from '../../../edge-agent/kubelet/volumes/volume-type.ts';
import type { Feature } from '../../../edge-agent/runtime/index.ts';
import type { Container } from '../../../shared/api/index.ts';

type Mount = NonNullable<Container['volumeMounts']>[number];

describe('the mounts of a container', () => {
  const places = new Map<string, VolumePlace>([
    ['disk', { path: '/v/disk', readOnly: false }],
    ['conf', { path: '/v/conf', readOnly: true }],
    ['kube-api-access-abcde', { path: '/v/token', readOnly: true }],
  ]);
  const variables = [
    { name: 'POD', value: 'p' },
    { name: 'EMPTY', value: '' },
  ];

  const sources = (mounts: Mount[], lacking: Feature[] = []) =>
    mountSources({
      container: { name: 'c', volumeMounts: mounts },
      environment: { variables, warnings: [] },
      places,
      volumes: {
        subPath: async ({ path }, subPath, container, index) => {
          if (subPath === 'out') throw new VolumeFault('subPath: out: must stay within the volume');
          return `${path}/${container}/${index}/${subPath}`;
        },
      },
      shortcomings: new Map(lacking.map((feature) => [feature, 'not here'])),
    });
  const failure = async (mount: Mount) => {
    const error = await sources([mount]).catch((each) => each);
    return `${error.reason}: ${error.message}`;
  };
  const token = { name: 'kube-api-access-abcde', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };

  it('are read-only where they are asked to be, or where the volume is', async () => {
    const found = await sources([
      { name: 'disk', mountPath: '/a' },
      { name: 'disk', mountPath: '/b', readOnly: true },
      { name: 'conf', mountPath: '/c' },
    ]);
    expect(found).to.deep.equal([
      { hostPath: '/v/disk', readOnly: false },
      { hostPath: '/v/disk', readOnly: true },
      { hostPath: '/v/conf', readOnly: true },
    ]);
  });

  it('are parts of volumes, also by the container’s variables', async () => {
    const found = await sources([
      { name: 'disk', mountPath: '/a', subPath: 'x/$(POD)' },
      { name: 'disk', mountPath: '/b', subPathExpr: 'x/$(POD)' },
    ]);
    expect(found.map((source) => source?.hostPath)).to.deep.equal([
      '/v/disk/c/0/x/$(POD)',
      '/v/disk/c/1/x/p',
    ]);
  });

  it('go without the token that nobody has asked for, where nothing can be mounted', async () => {
    expect(await sources([token])).to.deep.equal([{ hostPath: '/v/token', readOnly: true }]);
    const other = { name: 'disk', mountPath: '/a' };
    expect(await sources([token, other], ['mounts'])).to.deep.equal([
      undefined,
      { hostPath: '/v/disk', readOnly: false },
    ]);
  });

  it('need every variable that they name', async () => {
    const subPathExpr = '$(POD)/$(NONE)/$(EMPTY)/$(NONE)/$$(KEPT)';
    expect(await failure({ name: 'disk', mountPath: '/a', subPathExpr })).to.equal(
      'CreateContainerConfigError: missing value for EMPTY, NONE',
    );
  });

  it('are refused with a reason', async () => {
    expect(await failure({ name: 'none', mountPath: '/a' })).to.equal(
      'CreateContainerConfigError: volumeMounts[0].name: none: the pod has no such volume',
    );
    expect(
      await failure({ name: 'disk', mountPath: '/a', readOnly: true, recursiveReadOnly: 'Enabled' }),
    ).to.equal(
      'CreateContainerConfigError: volume "disk" requested recursive read-only mode, but it is not supported by the runtime',
    );
    expect(await failure({ name: 'disk', mountPath: '/a', subPath: 'out' })).to.equal(
      'CreateContainerConfigError: failed to prepare subPath for volumeMount "disk" of container "c": subPath: out: must stay within the volume',
    );
  });
});
