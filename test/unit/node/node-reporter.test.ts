// What a node says of itself, and when.

import { expect } from 'chai';
import { EventRecorder } from '../../../edge-agent/kubelet/index.ts';
import { osImageOf } from '../../../edge-agent/node/board-facts.ts';
import { type FlashWear, wearOf } from '../../../edge-agent/node/flash-wear.ts';
import type { BoardFacts } from '../../../edge-agent/node/index.ts';
import { allocatableOf, boardFacts, NodeReporter, nodeIps } from '../../../edge-agent/node/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryDesiredState } from '../../support/memory-desired-state.ts';

const facts: BoardFacts = {
  architecture: 'arm64',
  kernelVersion: '6.6.31',
  osImage: 'Debian GNU/Linux 12 (bookworm)',
  machineId: 'm',
  systemUuid: 's',
  bootId: 'b',
  cpus: 4,
  memoryBytes: 1024 ** 3,
  storageBytes: 32 * 1024 ** 3,
};
const gibibyte = 1024 ** 3;
const reserved = { cpuMillis: 500, memoryBytes: gibibyte / 4, storageBytes: 2 * gibibyte };

describe('a node', () => {
  let clock: FakeClock;
  let hub: MemoryDesiredState;
  let pressures: Set<string>;
  let worn: FlashWear[];
  let network: { lacking?: string } | undefined;
  let images: { names: string[]; sizeBytes: number }[];
  let reporter: NodeReporter;

  beforeEach(async () => {
    clock = new FakeClock('2026-01-01T00:00:00Z');
    hub = new MemoryDesiredState();
    pressures = new Set();
    worn = [];
    network = undefined;
    images = [];
    reporter = new NodeReporter({
      ...{ nodeName: 'pi-1', nodeIps: ['10.0.0.9'], facts, reporter: hub, clock },
      allocatable: allocatableOf(facts, reserved),
      containerRuntimeVersion: () => 'process://0.1.0',
      labels: { zone: 'roof' },
      events: new EventRecorder({ reporter: hub, nodeName: 'pi-1', clock }),
      log: createLog('test', 'silent'),
      pressures: () => pressures,
      images: () => images,
      podNetwork: () => network,
      wear: async () => worn,
    });
    await reporter.start();
  });
  afterEach(() => reporter.stop());

  const newest = () => hub.nodes.at(-1)?.status;
  const condition = (type: string) => newest()?.conditions?.find((found) => found.type === type);

  it('says which images it has, whenever these change', () => {
    expect(newest()?.images).to.deep.equal([]);
    images = [{ names: ['r.io/app:1'], sizeBytes: 7 }];
    reporter.imagesChanged();
    expect(hub.nodes).to.have.lengthOf(2);
    expect(newest()?.images).to.deep.equal(images);
  });

  it('says what it is', () => {
    expect(hub.nodes).to.have.lengthOf(1);
    expect(hub.nodes[0]?.metadata).to.deep.equal({
      name: 'pi-1',
      labels: {
        zone: 'roof',
        'kubernetes.io/arch': 'arm64',
        'kubernetes.io/hostname': 'pi-1',
        'kubernetes.io/os': 'linux',
      },
    });
    expect(newest()?.capacity).to.deep.equal({
      cpu: '4',
      'ephemeral-storage': '32Gi',
      memory: '1Gi',
      pods: '110',
    });
    expect(newest()?.allocatable).to.deep.equal({
      cpu: '3500m',
      'ephemeral-storage': '32212254720',
      memory: '768Mi',
      pods: '110',
    });
    expect(newest()?.addresses).to.deep.equal([
      { type: 'InternalIP', address: '10.0.0.9' },
      { type: 'Hostname', address: 'pi-1' },
    ]);
    expect(newest()?.nodeInfo).to.include({
      architecture: 'arm64',
      kubeletVersion: 'v1.32.0+kelp',
      operatingSystem: 'linux',
    });
  });

  it('has the conditions of the kubelet, in its words', () => {
    const words = newest()?.conditions?.map(({ type, status, reason, message }) => [
      type,
      status,
      reason,
      message,
    ]);
    expect(words).to.deep.equal([
      ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
      ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
      ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
    ]);
    expect(hub.events.map(({ message }) => message)).to.include('Node pi-1 status is now: NodeReady');
  });

  it('says nothing while nothing changes', async () => {
    await clock.advance(3_600_000);
    expect(hub.nodes).to.have.lengthOf(1);
  });

  for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure']) {
    it(`${type} comes and goes, each once`, async () => {
      await clock.advance(60_000);
      pressures.add(type);
      for (const _ of [1, 2]) reporter.look();
      expect(condition(type)).to.include({ status: 'True', lastTransitionTime: '2026-01-01T00:01:00Z' });
      expect(condition('Ready')).to.include({ status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' });
      await clock.advance(60_000);
      pressures.clear();
      for (const _ of [1, 2]) reporter.look();
      expect(condition(type)).to.include({ status: 'False', lastTransitionTime: '2026-01-01T00:02:00Z' });
      expect(hub.nodes).to.have.lengthOf(3);
    });
  }

  it('says how worn its flash is, where the flash tells', async () => {
    expect(condition('FlashWear')).to.equal(undefined);
    worn = [{ device: 'mmcblk0', usedPercent: 30, nearEnd: false }];
    await clock.advance(6 * 3_600_000);
    expect(condition('FlashWear')).to.include({
      ...{ status: 'False', reason: 'FlashIsGood', message: 'mmcblk0 has used 30 % of its estimated life' },
    });
    worn = [...worn, { device: 'mmcblk1', usedPercent: 100, nearEnd: true }];
    await clock.advance(6 * 3_600_000);
    expect(condition('FlashWear')).to.include({
      ...{ status: 'True', reason: 'FlashNearEndOfLife' },
      message: 'mmcblk1 has used 100 % of its estimated life: replace it soon',
    });
  });

  it('reads what eMMC tells of its life', () => {
    expect(wearOf('d', undefined, undefined)).to.equal(undefined);
    expect(wearOf('d', '0x00 0x00\n', '0x01\n'), 'not told').to.equal(undefined);
    expect(wearOf('d', '0x01 0x02\n', '0x01\n')).to.include({ usedPercent: 20, nearEnd: false });
    expect(wearOf('d', '0x0a 0x01\n', '0x01\n')).to.include({ usedPercent: 100, nearEnd: true });
    expect(wearOf('d', '0x03 0x03\n', '0x02\n')).to.include({ usedPercent: 30, nearEnd: true });
  });

  it('is not ready when something keeps it from running pods', async () => {
    reporter.setNotReady('podman does not answer');
    expect(condition('Ready')).to.include({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'podman does not answer',
    });
    reporter.setNotReady(undefined);
    expect(condition('Ready')).to.include({ status: 'True' });
  });

  it('says whether its pods have a network of their own, as soon as that is known', async () => {
    expect(condition('PodNetwork')).to.equal(undefined);
    network = {};
    reporter.look();
    expect(condition('PodNetwork')).to.include({ status: 'True', reason: 'PodsHaveAddresses' });
    network = { lacking: 'nft is not installed' };
    reporter.look();
    expect(condition('PodNetwork')).to.include({
      status: 'False',
      reason: 'PodsShareNodeNetwork',
      message: 'pods share the network of the node: nft is not installed',
    });
    expect(hub.events.at(-1)?.message).to.equal('Node pi-1 status is now: PodsShareNodeNetwork');
  });

  it('says a new address', () => {
    reporter.moved(['10.0.0.9']);
    expect(hub.nodes).to.have.lengthOf(1);
    reporter.moved(['10.0.0.10']);
    expect(newest()?.addresses?.[0]).to.deep.equal({ type: 'InternalIP', address: '10.0.0.10' });
  });
});

describe('the facts of this board', () => {
  it('are read', async () => {
    const found = await boardFacts('/');
    expect(found.cpus).to.be.at.least(1);
    expect(found.memoryBytes).to.be.above(1e6);
    expect(found.storageBytes).to.be.above(1e6);
    expect(found.bootId).to.match(/^[0-9a-f-]{36}$/);
    expect(found.architecture).to.match(/^(amd64|arm64|arm|386|riscv64|s390x|ppc64le|loong64)$/);
  });

  const names = [
    ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian', 'Debian GNU/Linux 12 (bookworm)'],
    ["ID=alpine\nPRETTY_NAME='Alpine Linux v3.20'", 'Alpine Linux v3.20'],
    ['PRETTY_NAME=Plain', 'Plain'],
    ['', 'Linux'],
  ] as const;
  for (const [text, name] of names) it(`os-release: ${name}`, () => expect(osImageOf(text)).to.equal(name));

  it('addresses: the wanted ones, else those of the connection, else one of an interface', () => {
    expect(nodeIps(['1.2.3.4', 'fd00::1'], '9.9.9.9')).to.deep.equal(['1.2.3.4', 'fd00::1']);
    expect(nodeIps([], '::ffff:10.0.0.7')).to.deep.equal(['10.0.0.7']);
    expect(nodeIps([])).to.have.lengthOf(1);
  });
});
