// What a static pod is made of, and what becomes of its mirrors.

import { expect } from 'chai';
import { MirrorPods } from '../../../edge-agent/kubelet/static-pods/mirror-pods.ts';
import { readManifest } from '../../../edge-agent/kubelet/static-pods/read-manifest.ts';
import {
  configHash,
  isMirror,
  isStatic,
  mirrorOf,
  staticPod,
} from '../../../edge-agent/kubelet/static-pods/static-pod.ts';
import type { Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryDesiredState } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const manifest: Pod = {
  metadata: { name: 'web', namespace: 'edge' },
  spec: { containers: [container('c')] },
};
const made = (image = 'host', file = 'web.yaml') =>
  staticPod(
    { ...manifest, spec: { containers: [container('c', { image })] } },
    { file, nodeName: 'pi', seenAt: Date.UTC(2026, 0) },
  );

describe('a static pod', () => {
  it('is named after its node, and known by a hash of what its file says', () => {
    const pod = made();
    expect(pod.metadata).to.include({ name: 'web-pi', namespace: 'edge' });
    expect(pod.metadata.uid)
      .to.match(/^[0-9a-f]{32}$/)
      .and.equal(configHash(pod));
    expect(made().metadata.uid).to.equal(pod.metadata.uid);
    expect(made('other').metadata.uid).not.to.equal(pod.metadata.uid);
    expect(made('host', 'b.yaml').metadata.uid).not.to.equal(pod.metadata.uid);
    expect([isStatic(pod), isMirror(pod)]).to.deep.equal([true, false]);
    expect([isStatic(mirrorOf(pod)), isMirror(mirrorOf(pod))]).to.deep.equal([false, true]);
  });

  const text =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: host}]}\n';
  it('is read with its defaults, from YAML and from JSON', async () => {
    const read = await readManifest(text);
    if (!('pod' in read)) throw new Error(read.fault);
    expect(read.pod.metadata).to.deep.equal({ name: 'web', namespace: 'default' });
    expect(read.pod.spec).to.include({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
    });
    expect(await readManifest(JSON.stringify(read.pod))).to.deep.equal(read);
  });

  const faults: [string, string, string][] = [
    ['nothing', '', 'the file is empty: it must hold one Pod'],
    ['a list', '[1]', 'the file must hold one Pod'],
    ['two pods', `${text}---\n${text}`, 'the file holds 2 documents: it must hold one Pod'],
    ['no YAML', 'a: [', 'neither YAML nor JSON'],
    ['another Kind', text.replace('Pod', 'Service'), 'kind: Service: must be a Pod of apiVersion v1'],
    ['a slip of the pen', text.replace('image:', 'imag:'), 'unknown field "spec.containers[0].imag"'],
    ['a wrong type', text.replace('host', '{}'), 'Pod in version "v1" cannot be handled as a Pod'],
    ['a wrong name', text.replace('web', 'We_b'), 'metadata.name: Invalid value: "We_b"'],
    ['no container', text.replace('[{name: c, image: host}]', '[]'), 'spec.containers: Required value'],
    [
      'a Secret',
      text.replace('image: host', 'image: host, envFrom: [{secretRef: {name: s}}]'),
      'static pods may not reference secrets',
    ],
    [
      'a claim',
      text.replace('spec: {', 'spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: p}}], '),
      'static pods may not reference persistentvolumeclaims',
    ],
  ];
  for (const [title, wrong, words] of faults) {
    it(`is not made of ${title}`, async () => {
      const read = await readManifest(wrong);
      expect('fault' in read ? read.fault : '').to.contain(words);
    });
  }
});

describe('mirrors of static pods', () => {
  let hub: MemoryDesiredState;
  let pods: Live<Pod>[];
  let clock: FakeClock;
  let mirrors: MirrorPods;

  beforeEach(() => {
    hub = new MemoryDesiredState();
    pods = [made()];
    clock = new FakeClock();
    mirrors = new MirrorPods({ desired: hub, reporter: hub, statics: () => pods, clock });
  });

  /** As the hub makes it. */
  function create(pod: Pod | undefined, uid: string): Live<Pod> {
    if (!pod) throw new Error('no mirror was asked for');
    const { name = '', namespace = '', annotations = {} } = pod.metadata ?? {};
    const metadata = {
      name,
      namespace,
      annotations,
      uid,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    };
    return hub.put({ ...pod, metadata });
  }

  it('are made, and told what was said before they came', () => {
    mirrors.start();
    const [pod] = pods;
    if (!pod) throw new Error('no pod');
    mirrors.podStatus(pod, { phase: 'Running' });
    expect(hub.statuses).to.deep.equal([]);
    mirrors.arrived(create(hub.mirrors[0], 'u1'));
    expect(hub.statuses).to.deep.equal([{ uid: 'u1', status: { phase: 'Running' } }]);
    expect(mirrors.statusOf(pod)).to.deep.equal({ phase: 'Running' });
  });

  it('are asked for again when the hub refused, and not when they are there', async () => {
    mirrors.start();
    await clock.advance(60_000);
    expect(hub.mirrors).to.have.lengthOf(2);
    create(hub.mirrors[0], 'u1');
    await clock.advance(120_000);
    expect(hub.mirrors).to.have.lengthOf(2);
  });

  it('come back when they are deleted', () => {
    mirrors.start();
    create(hub.mirrors[0], 'u1');
    hub.markDeleted('u1');
    expect(hub.terminated).to.deep.equal(['u1']);
    hub.remove('u1');
    expect(hub.mirrors).to.have.lengthOf(2);
  });

  it('show the old pod until it has ended, then the new one', () => {
    mirrors.start();
    create(hub.mirrors[0], 'u1');
    const [old] = pods;
    if (!old) throw new Error('no pod');
    mirrors.podStatus(old, { phase: 'Running' });
    pods = [made('other')];
    mirrors.reconcile();
    expect(hub.terminated).to.deep.equal([]);
    mirrors.podTerminated(old);
    expect(hub.terminated).to.deep.equal(['u1']);
    hub.remove('u1');
    expect(hub.mirrors.at(-1)?.spec?.containers[0]?.image).to.equal('other');
  });

  it('go when an earlier agent left them behind', () => {
    create(mirrorOf(made()), 'u1');
    pods = [];
    mirrors.start();
    expect(hub.terminated).to.deep.equal(['u1']);
  });

  it('say nothing of other pods', () => {
    mirrors.start();
    const other: Live<Pod> = { ...made(), metadata: { ...made().metadata, annotations: {}, uid: 'o' } };
    mirrors.podStatus(other, { phase: 'Running' });
    mirrors.podTerminated(other);
    expect(hub.statuses.map(({ uid }) => uid)).to.deep.equal(['o']);
    expect(hub.terminated).to.deep.equal(['o']);
  });
});
