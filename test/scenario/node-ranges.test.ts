// Stories of the ranges of addresses that nodes get for their pods.

import { expect } from 'chai';
import { clusterRange } from '../../hub/controllers/index.ts';
import { type Node, nodes } from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const range = (clusterCidr: string, nodeCidrMaskSize: number, serviceCidr = '10.96.0.0/16') =>
  clusterRange({ clusterCidr, nodeCidrMaskSize, serviceCidr });

const node = (name: string, spec: Node['spec'] = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec,
});

const rangeOf = async (stage: Stage, name: string) => (await stage.get(nodes, name)).spec?.podCIDR;

async function rangesOf(stage: Stage): Promise<(string | undefined)[]> {
  return (await stage.list(nodes)).map(({ spec }) => spec?.podCIDR).sort();
}

describe('ranges of nodes', () => {
  it('are given in turn, stand in both fields, and are never given twice', async () => {
    await onStage(
      async (stage) => {
        await stage.create(nodes, node('own', { podCIDR: '10.42.1.0/24' }));
        const names = Array.from({ length: 20 }, (_, index) => `n-${index}`);
        await Promise.all(names.map((name) => stage.client.create(nodes, node(name))));
        await stage.pass(5_000);
        const given = await rangesOf(stage);
        expect(new Set(given).size).to.equal(21);
        expect(given.every((cidr) => /^10\.42\.\d+\.0\/24$/.test(cidr ?? ''))).to.equal(true);
        const { spec } = await stage.get(nodes, 'n-0');
        expect(spec?.podCIDRs).to.deep.equal([spec?.podCIDR]);
      },
      { clusterRange: range('10.42.0.0/16', 24), lag: 50 },
    );
  });

  it('stay with their nodes over a restart of the hub, and a new node gets another', async () => {
    await onStage(
      async (stage) => {
        for (const name of ['a', 'b']) await stage.create(nodes, node(name));
        const before = await rangesOf(stage);
        await stage.restartControllers();
        await stage.create(nodes, node('c'));
        expect((await rangesOf(stage)).slice(0, 2)).to.deep.equal(before);
        expect(await rangeOf(stage, 'c')).to.equal('10.42.2.0/24');
      },
      { clusterRange: range('10.42.0.0/16', 24) },
    );
  });

  it('are free with the end of their node: whoever was told that there are none gets it then', async () => {
    await onStage(
      async (stage) => {
        for (const name of ['a', 'b', 'late']) await stage.create(nodes, node(name));
        expect(await rangeOf(stage, 'late')).to.equal(undefined);
        expect(await stage.eventsOf('Node/late')).to.include(
          'Normal CIDRNotAvailable Node late status is now: CIDRNotAvailable',
        );
        const freed = await rangeOf(stage, 'a');
        await stage.client.delete(nodes, { name: 'a' });
        await stage.quiet();
        expect(await rangeOf(stage, 'late')).to.equal(freed);
      },
      { clusterRange: range('10.42.0.0/23', 24) },
    );
  });

  it('leave the addresses of Services out', async () => {
    await onStage(
      async (stage) => {
        await stage.create(nodes, node('a'));
        expect(await rangeOf(stage, 'a')).to.equal('10.96.1.0/24');
      },
      { clusterRange: range('10.96.0.0/16', 24, '10.96.0.0/24') },
    );
  });

  it('are none where the hub gives none', async () => {
    await onStage(async (stage) => {
      await stage.create(nodes, node('a'));
      expect(await rangeOf(stage, 'a')).to.equal(undefined);
    });
    expect(range('', 24)).to.equal(undefined);
  });

  it('are refused where they make no sense, by the option’s name', () => {
    expect(() => range('10.42.0.0', 24)).to.throw(
      '--cluster-cidr 10.42.0.0: must be a range of IPv4 addresses, e.g. 10.42.0.0/16',
    );
    expect(() => range('10.42.0.0/24', 16)).to.throw(
      '--node-cidr-mask-size 16: must be 24 to 30 for a cluster CIDR of 10.42.0.0/24',
    );
    expect(() => range('10.0.0.0/8', 28)).to.throw('must be 8 to 24 for');
  });
});
