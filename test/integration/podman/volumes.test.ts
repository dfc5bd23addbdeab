// Volumes in podman's containers: memory, parts, groups, tokens and claims, as processes with another user see them.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/cluster.ts';
import { podmanMissing } from '../../support/podman-world.ts';
import { PodmanCluster } from './podman-cluster.ts';

const missing = podmanMissing();

(missing ? describe.skip : describe)(`volumes in podman${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(120_000);
  let here: PodmanCluster;

  before(async () => {
    here = await PodmanCluster.start();
  });

  after(() => here.close());

  it('are the user’s and the group’s, each as the recorded kubelet has it', async () => {
    const token = '/var/run/secrets/kubernetes.io/serviceaccount';
    const script = [
      'id -u; id -G',
      'df -P -k /memory | tail -1 | tr -s " " | cut -d" " -f1,2; echo x > /memory/x',
      'echo y > /part/y; ls -ln /disk/deep/er | grep " y$" | tr -s " " | cut -d" " -f3,4',
      `ls -Lln ${token}/token | tr -s " " | cut -d" " -f1,3,4; cat ${token}/namespace; echo`,
      `df -P ${token} | tail -1 | cut -d" " -f1`,
      `echo z 2>/dev/null > ${token}/z || echo read-only`,
      'echo kept > /data/file; echo done; exec sleep 1000',
    ].join('; ');
    await here.pod(
      'volumes',
      {
        c: {
          command: ['sh', '-c', script],
          volumeMounts: [
            { name: 'memory', mountPath: '/memory' },
            { name: 'disk', mountPath: '/disk' },
            { name: 'disk', mountPath: '/part', subPath: 'deep/er' },
            { name: 'data', mountPath: '/data' },
          ],
        },
      },
      {
        securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 },
        volumes: [
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } },
          { name: 'disk', emptyDir: {} },
          {
            name: 'data',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
              },
            },
          },
        ],
      },
    );
    await here.running('volumes');
    const said = await eventually('its words', async () => {
      const { stdout } = await here.kubectl('logs', 'volumes');
      return stdout.includes('done\n') ? stdout : undefined;
    });
    expect(said.split('\n')).to.deep.equal([
      // The image has its user 1000 in a group of its own, 50.
      ...['1000', '3000 50 2000', 'tmpfs 2048', '1000 2000', '-rw-r----- 1000 2000', 'default', 'tmpfs'],
      ...['read-only', 'done', ''],
    ]);
    const path = (await here.kubectl('get', 'pv', '-o', 'jsonpath={.items[0].spec.local.path}')).stdout;
    expect(readFileSync(join(path, 'file'), 'utf8')).to.equal('kept\n');
    await here.remove('volumes');
    await eventually('the folder to be gone', () => !existsSync(path) || undefined);
  });

  it('and what containers write has the limit that they say', async () => {
    const limits = { 'ephemeral-storage': '2Mi' };
    const script = 'head -c 3000000 /dev/zero > /own; exec sleep 1000';
    await here.pod('full', {
      c: { command: ['sh', '-c', script], resources: { limits } },
      other: 'exec sleep 1000',
    });
    await here.becomes('full', '.status.reason', 'Evicted');
    expect(await here.get('full', '.status.message')).to.equal(
      'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
    );
    expect((await here.events('full')).join()).not.to.contain('passes over');
    await here.remove('full');
  });
});
