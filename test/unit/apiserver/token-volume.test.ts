// The volume that every pod is given: as recorded, once, and not where it is not wanted.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { addTokenVolume } from '../../../hub/apiserver/admission/token-volume.ts';
import type { PodSpec } from '../../../shared/api/index.ts';

const recorded = readFileSync(
  new URL('../../fixtures/api/pod/defaults/core_v1_Pod_hostnetwork.yaml', import.meta.url),
  'utf8',
);
const place = '/var/run/secrets/kubernetes.io/serviceaccount';

function withToken(spec: PodSpec): PodSpec {
  addTokenVolume(spec, 'RAND5');
  return spec;
}

describe('the volume of a pod’s token', () => {
  it('is as the recorded server has it, in every container', () => {
    const { volumes, containers, initContainers } = withToken({
      containers: [{ name: 'c' }],
      initContainers: [{ name: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', emptyDir: {} }],
    });
    const [, added] = volumes ?? [];
    const { defaultMode, sources } = added?.projected ?? {};
    const shown = stringify([{ name: added?.name, projected: { sources, defaultMode } }], {
      indentSeq: false,
    });
    expect(recorded).to.contain(`volumes:\n${shown.replace(/^/gm, '  ').trimEnd()}\n`);
    const mount = { name: 'kube-api-access-RAND5', readOnly: true, mountPath: place };
    expect(containers[0]?.volumeMounts).to.deep.equal([mount]);
    expect(initContainers?.[0]?.volumeMounts).to.deep.equal([{ name: 'v', mountPath: '/v' }, mount]);
  });

  it('is not added where all containers have something at its place', () => {
    const mine = { name: 'mine', mountPath: place };
    const { volumes, containers } = withToken({ containers: [{ name: 'c', volumeMounts: [mine] }] });
    expect(volumes).to.equal(undefined);
    expect(containers[0]?.volumeMounts).to.deep.equal([mine]);
  });

  it('is added once: a pod that is copied with it keeps it', () => {
    const once = withToken({ containers: [{ name: 'c' }] });
    const twice = withToken({ ...once, containers: [...once.containers, { name: 'd' }] });
    expect(twice.volumes).to.have.length(1);
    expect(twice.containers[1]?.volumeMounts?.[0]?.name).to.equal('kube-api-access-RAND5');
  });
});
