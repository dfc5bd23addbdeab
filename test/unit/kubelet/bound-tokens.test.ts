// Tokens of pods: asked for once, renewed at 80 % of their life, and kept for a start without a hub.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { untilRenewal } from '../../../edge-agent/kubelet/volumes/token-sources.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { isRoot, VolumeWorld } from '../../support/volume-world.ts';

const token = (expirationSeconds?: number, audience?: string) => ({
  projected: {
    sources: [
      {
        serviceAccountToken: {
          path: 'token',
          ...(expirationSeconds && { expirationSeconds }),
          ...(audience && { audience }),
        },
      },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});

describe('the token of a pod', () => {
  let world: VolumeWorld;
  let shown: () => string;
  const volume = token(600);

  beforeEach(async () => {
    world = new VolumeWorld();
    world.hub.tokenLifetime = 600_000;
    const { path } = await world.make(volume);
    shown = () => world.read(path, 'token');
  });
  afterEach(() => world.end());

  const refresh = () => world.volumes.refresh(world.facts(volume));

  it('is asked for once, and stays until 80 % of its life are over', async () => {
    expect(shown()).to.equal('token-1');
    expect(world.hub.tokensAsked).to.deep.equal(['p  600']);
    const { pod } = world.facts(volume);
    expect(world.volumes.untilRefresh(pod)).to.equal(480_000);
    await world.clock.advance(479_000);
    await refresh();
    expect(shown()).to.equal('token-1');
    await world.clock.advance(1_000);
    expect(world.volumes.untilRefresh(pod)).to.equal(0);
    await refresh();
    expect(shown()).to.equal('token-2');
    expect(world.volumes.untilRefresh(pod)).to.equal(480_000);
  });

  it('stays the last one while there is no hub, which is asked again every minute', async () => {
    world.hub.tokenLifetime = undefined;
    await world.clock.advance(700_000);
    await refresh();
    expect(shown()).to.equal('token-1');
    expect(world.volumes.untilRefresh(world.facts(volume).pod)).to.equal(60_000);
    await refresh();
    expect(world.hub.tokensAsked).to.have.length(2);
    world.hub.tokenLifetime = 600_000;
    await world.clock.advance(60_000);
    await refresh();
    expect(shown()).to.equal('token-3');
  });

  it('is there after a restart without a hub, for the agent alone to read', async () => {
    world.hub.tokenLifetime = undefined;
    world.restart();
    await world.make(volume);
    expect(shown()).to.equal('token-1');
    expect(statSync(join(world.folder, 'pod/tokens.json')).mode & 0o777).to.equal(0o600);
  });

  it('is renewed at once by a board whose clock went back', async () => {
    expect(untilRenewal({ token: 't', takenAt: 1_000_000, lifetime: 600_000 }, 5)).to.equal(0);
    expect(untilRenewal({ token: 't', takenAt: 0, lifetime: 365 * 86_400_000 }, 0)).to.equal(86_400_000);
  });
});

describe('a token that cannot be had', () => {
  it('is why the pod cannot start', async () => {
    const world = new VolumeWorld();
    world.hub.tokenLifetime = undefined;
    const failure = await world.make(token()).catch((error) => error);
    expect(failure.message).to.equal(
      'MountVolume.SetUp failed for volume "v" : failed to fetch token: the hub is out of reach',
    );
    await world.end();
  });
});

describe('the file of a token', () => {
  const cases: [string, Partial<PodSpec>, number, string][] = [
    ['for everyone', {}, 0, '644'],
    ['for the user that all containers have', { securityContext: { runAsUser: 1000 } }, 1000, '600'],
    ['for the group', { securityContext: { fsGroup: 2000 } }, 0, '640'],
    ['for both, as recorded', { securityContext: { runAsUser: 1000, fsGroup: 2000 } }, 1000, '640'],
    [
      'for the group alone where the containers differ',
      {
        securityContext: { runAsUser: 1000, fsGroup: 2000 },
        containers: [{ name: 'a' }, { name: 'b', securityContext: { runAsUser: 5 } }],
      },
      0,
      '640',
    ],
  ];
  for (const [what, spec, owner, mode] of cases) {
    it(`is ${what}`, async function () {
      if (!isRoot) this.skip();
      const world = new VolumeWorld();
      const whole = { containers: [{ name: 'c' }], ...spec };
      const { path } = await world.make(token(), whole);
      const found = statSync(join(path, 'token'));
      expect([found.uid, (found.mode & 0o777).toString(8)]).to.deep.equal([owner, mode]);
      await world.volumes.refresh(world.facts(token(), whole));
      expect(world.hub.tokensAsked).to.have.length(1);
      await world.end();
    });
  }
});
