// What pods are told of names: /etc/hosts and /etc/resolv.conf in the kubelet's words.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PodFacts } from '../../../edge-agent/kubelet/container/field-ref.ts';
import { hostsFile } from '../../../edge-agent/kubelet/network/hosts-file.ts';
import { besideOwn, makeNetworkFiles } from '../../../edge-agent/kubelet/network/network-files.ts';
import { podHostname } from '../../../edge-agent/kubelet/network/pod-hostname.ts';
import { parseResolvConf, podDns, resolvConf } from '../../../edge-agent/kubelet/network/resolv-conf.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const network = { clusterDns: ['10.43.0.10'], clusterDomain: 'cluster.local' };
const factsOf = (spec: Partial<PodSpec>, more: Partial<PodFacts> = {}): PodFacts => ({
  pod: podOf({ containers: [container('c')], ...spec }, { name: 'web', namespace: 'shop' }),
  ...{ nodeName: 'pi-1', hostIps: ['192.0.2.1'], podIps: ['10.42.0.7'], network },
  allocatable: { cpuMillis: 4000, memoryBytes: 1024 ** 3 },
  ...more,
});
const ofBoard = { servers: ['192.0.2.53'], searches: ['home'], options: ['edns0'] };

describe('the name of a pod', () => {
  const names: [string, Partial<PodSpec>, string, string][] = [
    ['its own', {}, 'web', ''],
    ['that of its spec', { hostname: 'db' }, 'db', ''],
    ['with its subdomain', { subdomain: 'sub' }, 'web', 'sub.shop.svc.cluster.local'],
    [
      'whole',
      { subdomain: 'sub', setHostnameAsFQDN: true },
      'web.sub.shop.svc.cluster.local',
      'sub.shop.svc.cluster.local',
    ],
    ["the node's in its network", { hostNetwork: true, hostname: 'db' }, 'pi-1', ''],
  ];
  for (const [title, spec, kernelName, domain] of names) {
    it(title, () => expect(podHostname(factsOf(spec))).to.include({ kernelName, domain }));
  }

  it('is refused whole where the kernel takes no more than 64 characters', () => {
    const spec = { subdomain: 's'.repeat(40), setHostnameAsFQDN: true };
    expect(() => podHostname(factsOf(spec))).to.throw(
      'is too long (64 characters is the max, 67 characters requested)',
    );
  });
});

describe('/etc/hosts of a pod', () => {
  const base = { podIps: ['10.42.0.7', 'fd00::7'], hostname: 'web', domain: '' };
  const own = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;
  const aliases = [{ ip: '192.0.2.9', hostnames: ['nas', 'nas.home'] }];

  it('names the pod', () => {
    expect(hostsFile({ ...base, aliases: [] })).to.equal(`${own}10.42.0.7\tweb\nfd00::7\tweb\n`);
  });
  it('names it with its domain first', () => {
    const text = hostsFile({
      ...base,
      podIps: ['10.42.0.7'],
      domain: 'sub.shop.svc.cluster.local',
      aliases: [],
    });
    expect(text).to.equal(`${own}10.42.0.7\tweb.sub.shop.svc.cluster.local\tweb\n`);
  });
  it('has the aliases last', () => {
    expect(hostsFile({ ...base, podIps: ['10.42.0.7'], aliases })).to.equal(
      `${own}10.42.0.7\tweb\n\n# Entries added by HostAliases.\n192.0.2.9\tnas\tnas.home\n`,
    );
  });
  it("begins with the board's own in its network", () => {
    expect(hostsFile({ ...base, aliases, ofBoard: '127.0.0.1 localhost\n' })).to.equal(
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n192.0.2.9\tnas\tnas.home\n',
    );
  });
});

describe('/etc/resolv.conf of a pod', () => {
  const textOf = (spec: Partial<PodSpec>, more: Partial<PodFacts> = {}) =>
    resolvConf(podDns(factsOf(spec, more), ofBoard).config);
  const cluster =
    'search shop.svc.cluster.local svc.cluster.local cluster.local home\nnameserver 10.43.0.10\noptions ndots:5\n';
  const board = 'search home\nnameserver 192.0.2.53\noptions edns0\n';

  const policies: [string, Partial<PodSpec>, string][] = [
    ['ClusterFirst', { dnsPolicy: 'ClusterFirst' }, cluster],
    ['no policy', {}, cluster],
    ["ClusterFirst in the board's network", { dnsPolicy: 'ClusterFirst', hostNetwork: true }, board],
    ['ClusterFirstWithHostNet', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, cluster],
    ['Default', { dnsPolicy: 'Default' }, board],
    ['None', { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } }, 'nameserver 1.1.1.1\n'],
  ];
  for (const [title, spec, text] of policies) {
    it(`of ${title}`, () => expect(textOf(spec)).to.equal(text));
  }

  it('takes what the pod adds, once, and its options instead of those before', () => {
    const dnsConfig = {
      nameservers: ['10.43.0.10', '1.1.1.1'],
      searches: ['home', 'lab'],
      options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
    };
    expect(textOf({ dnsConfig })).to.equal(
      'search shop.svc.cluster.local svc.cluster.local cluster.local home lab\nnameserver 10.43.0.10\nnameserver 1.1.1.1\noptions ndots:2 rotate\n',
    );
  });

  it("is the board's without a DNS of the cluster, and says so", () => {
    const none = { network: { ...network, clusterDns: [] } };
    expect(textOf({}, none)).to.equal(board);
    const why = (policy: string) =>
      `kubelet does not have ClusterDNS IP configured and cannot create Pod using "${policy}" policy. Falling back to "Default" policy.`;
    const reason = 'MissingClusterDNS';
    const usual = factsOf({ dnsPolicy: 'ClusterFirst' }, none);
    expect(podDns(usual, ofBoard).warnings).to.deep.equal([
      { about: 'node', reason, message: why('ClusterFirst') },
    ]);
    const wish = factsOf({ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, none);
    expect(podDns(wish, ofBoard).warnings).to.deep.equal([
      {
        ...{ about: 'pod', reason },
        message: `pod: "web_shop(${wish.pod.metadata.uid})". ${why('ClusterFirstWithHostNet')}`,
      },
    ]);
    expect(podDns(factsOf({ dnsPolicy: 'Default' }, none), ofBoard).warnings).to.deep.equal([]);
  });

  it('keeps to what a resolver takes, and says what it left out', () => {
    const dnsConfig = {
      nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
      searches: Array.from({ length: 40 }, (_, index) => `s${index}`),
    };
    const { config, warnings } = podDns(factsOf({ dnsConfig }), ofBoard);
    expect(config.servers).to.deep.equal(['10.43.0.10', '1.1.1.1', '2.2.2.2']);
    expect(config.searches).to.have.lengthOf(32);
    expect(warnings.map(({ reason, message }) => `${reason} ${message.slice(0, 26)}`)).to.deep.equal([
      'DNSConfigForming Nameserver limits were exc',
      'DNSConfigForming Search Line limits were ex',
    ]);
  });

  it('leaves out a name that is none, after those that are too many', () => {
    const longest = `${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(61);
    const more = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const dnsConfig = { nameservers: ['1.1.1.1'], searches: [`${longest}a`, longest, ...more] };
    const { config, warnings } = podDns(factsOf({ dnsPolicy: 'None', dnsConfig }), ofBoard);
    expect(config.searches).to.deep.equal([longest, ...more]);
    expect(warnings).to.have.lengthOf(1);
    const tooMany = { ...dnsConfig, searches: [`${longest}a`, ...more, 's30', 's31'] };
    expect(podDns(factsOf({ dnsPolicy: 'None', dnsConfig: tooMany }), ofBoard).config.searches).to.deep.equal(
      [...more, 's30'],
    );
  });

  it('takes an option of an empty value for one without', () => {
    const dnsConfig = {
      options: [
        { name: 'edns0', value: '' },
        { name: 'ndots', value: '2' },
      ],
    };
    expect(podDns(factsOf({ dnsConfig }), ofBoard).config.options).to.deep.equal(['ndots:2', 'edns0']);
  });

  it('is read as a resolver reads it', () => {
    const text =
      '# made by x\nsearch a\nnameserver 1.1.1.1 ; first\nnameserver ::1\noptions edns0 trust-ad\nsearch home. b\n';
    expect(parseResolvConf(text)).to.deep.equal({
      servers: ['1.1.1.1', '::1'],
      searches: ['home', 'b'],
      options: ['edns0', 'trust-ad'],
    });
  });
});

describe('the files of a pod', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-network-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const make = (facts: PodFacts, shortcomings = new Map()) =>
    makeNetworkFiles(facts, { folder, runtime: { shortcomings }, warn: () => undefined });

  it('are mounted into its containers, and stay the same file', async () => {
    const mounts = await make(factsOf({}));
    expect(mounts.map(({ containerPath }) => containerPath)).to.deep.equal([
      '/etc/hosts',
      '/etc/resolv.conf',
    ]);
    const [hosts] = mounts;
    const { ino } = statSync(hosts?.hostPath ?? '');
    await make(factsOf({}, { podIps: ['10.42.0.8'] }));
    expect(statSync(hosts?.hostPath ?? '').ino).to.equal(ino);
    expect(readFileSync(hosts?.hostPath ?? '', 'utf8')).to.contain('10.42.0.8\tweb\n');
  });

  it("are not made where they would say what the board's own say", async () => {
    const shared = { hostNetwork: true, dnsPolicy: 'Default' };
    expect(await make(factsOf(shared, { podIps: ['192.0.2.1'] }))).to.deep.equal([]);
    const aliased = factsOf({ ...shared, hostAliases: [{ ip: '1.2.3.4', hostnames: ['x'] }] });
    expect((await make(aliased)).map(({ containerPath }) => containerPath)).to.deep.equal(['/etc/hosts']);
  });

  it('are not made where nothing can be mounted', async () => {
    expect(await make(factsOf({}), new Map([['mounts', 'no root']]))).to.deep.equal([]);
  });

  it('give way to volumes of the container', async () => {
    const own = container('c', { volumeMounts: [{ name: 'v', mountPath: '/etc/hosts' }] });
    const left = besideOwn(await make(factsOf({})), own);
    expect(left.map(({ containerPath }) => containerPath)).to.deep.equal(['/etc/resolv.conf']);
  });
});
