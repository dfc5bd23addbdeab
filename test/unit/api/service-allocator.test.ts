import { expect } from 'chai';
import { ServiceAllocator } from '../../../hub/apiserver/registry/service-allocator.ts';
import { strategy } from '../../../shared/api/core/service.ts';
import type { Service } from '../../../shared/api/index.ts';
import { ApiError, type Live } from '../../../shared/machinery/index.ts';

type Spec = NonNullable<Service['spec']>;

describe('Services get their addresses', () => {
  const allocator = new ServiceAllocator({ serviceCidr: '10.96.0.0/16' });

  /** A created Service, with what the registry does before it is allocated. */
  function prepared(name: string, spec: Spec): Service {
    const service: Service = {
      metadata: { name, namespace: 'default' },
      spec: { ports: [{ port: 80 }], ...spec },
    };
    strategy.default?.(service);
    strategy.prepareForCreate?.(service);
    return service;
  }

  function created(
    name: string,
    spec: Spec,
    existing: readonly Service[] = [],
    by = allocator,
  ): Live<Service> {
    const service = prepared(name, spec);
    by.allocate(service, undefined, existing);
    return live(service);
  }

  function live(service: Service): Live<Service> {
    const name = service.metadata?.name ?? '';
    return {
      ...service,
      metadata: { ...service.metadata, name, uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    };
  }

  /** What `kubectl replace` or `edit` comes to. */
  function updated(old: Live<Service>, spec: Spec, existing: readonly Service[] = [old]): Service {
    const next: Service = { metadata: old.metadata, status: old.status ?? {}, spec };
    strategy.default?.(next);
    strategy.prepareForUpdate?.(next, old);
    expect([
      ...(strategy.validateUpdate?.(next, old) ?? []),
      ...(strategy.validate?.(next) ?? []),
    ]).to.deep.equal([]);
    allocator.allocate(next, old, existing);
    return next;
  }

  function refusal(run: () => unknown): string {
    try {
      run();
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
    return 'allocated';
  }

  it('out of the range, each its own, until none is left', () => {
    const small = new ServiceAllocator({ serviceCidr: '192.0.2.0/28' });
    const services: Service[] = [];
    for (let index = 0; index < 14; index++) services.push(created(`s${index}`, {}, services, small));
    const addresses = services.map(({ spec }) => spec?.clusterIP ?? '');
    expect(new Set(addresses).size).to.equal(14);
    expect(addresses.every((address) => /^192\.0\.2\.([1-9]|1[0-4])$/.test(address))).to.equal(true);
    expect(refusal(() => created('more', {}, services, small))).to.contain(
      'failed to allocate a serviceIP: range is full',
    );
  });

  it('again, when they come back and theirs is free', () => {
    const first = created('web', {}).spec?.clusterIP;
    expect(created('web', {}).spec?.clusterIP).to.equal(first);
    const taken = created('other', { clusterIP: first ?? '' });
    expect(created('web', {}, [taken]).spec?.clusterIP).to.not.equal(first);
  });

  it('not out of the first addresses, which people choose', () => {
    for (let index = 0; index < 50; index++)
      expect(created(`s${index}`, {}).spec?.clusterIP).to.not.match(/^10\.96\.0\./);
    expect(created('kubernetes', { clusterIP: '10.96.0.1' }).spec?.clusterIPs).to.deep.equal(['10.96.0.1']);
  });

  it('never the network, the broadcast address, or one of another family', () => {
    for (const clusterIP of ['10.96.0.0', '10.96.255.255', '10.97.0.1'])
      expect(refusal(() => created('a', { clusterIP }))).to.contain(
        `failed to allocate IP ${clusterIP}: the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`,
      );
    expect(refusal(() => created('a', { clusterIP: 'fd00::1' }))).to.contain(
      'IPv6 is not configured on this cluster',
    );
    expect(refusal(() => created('a', { ipFamilies: ['IPv6'] }))).to.contain('spec.ipFamilies[0]');
  });

  it('of an IPv6 range as well', () => {
    const v6 = new ServiceAllocator({ serviceCidr: 'fd00:1::/112' });
    const service = created('a', {}, [], v6);
    expect(service.spec?.clusterIP).to.match(/^fd00:1::[0-9a-f]+$/);
    expect(service.spec?.ipFamilies).to.deep.equal(['IPv6']);
    expect(
      refusal(() => created('b', { clusterIP: service.spec?.clusterIP ?? '' }, [service], v6)),
    ).to.contain('provided IP is already allocated');
  });

  it('or none: headless ones and names for something else', () => {
    const headless = created('a', { clusterIP: 'None', selector: { a: 'b' } });
    expect(headless.spec).to.deep.include({
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    const external = created('b', { type: 'ExternalName', externalName: 'example.com' });
    expect(external.spec).to.not.have.any.keys('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  });

  it('with node ports, shared by protocols of one number', () => {
    const { spec } = created('dns', {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 53, protocol: 'UDP' },
        { name: 'b', port: 53, protocol: 'TCP' },
        { name: 'c', port: 80 },
      ],
    });
    const [udp, tcp, http] = spec?.ports?.map(({ nodePort }) => nodePort) ?? [];
    expect(udp).to.equal(tcp);
    expect(http).to.not.equal(tcp);
    expect([udp, http].every((port) => port !== undefined && port >= 30000 && port <= 32767)).to.equal(true);
  });

  it('with the node ports that were asked for, if nobody has them', () => {
    const first = created('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });
    expect(first.spec?.ports?.[0]?.nodePort).to.equal(30080);
    const again = () => created('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }, [first]);
    expect(refusal(again)).to.contain(
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
    expect(refusal(() => created('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }))).to.contain(
      'provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
  });

  it('without node ports where a load balancer needs none', () => {
    const spec: Spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    expect(created('a', spec).spec?.ports?.[0]).to.not.have.property('nodePort');
  });

  it('and keep them when a client sends the object without', () => {
    const old = created('a', { type: 'NodePort', ports: [{ name: 'http', port: 80 }] });
    const { spec } = updated(old, { type: 'NodePort', ports: [{ name: 'http', port: 8080 }] });
    expect(spec?.clusterIP).to.equal(old.spec?.clusterIP);
    expect(spec?.clusterIPs).to.deep.equal(old.spec?.clusterIPs);
    expect(spec?.ipFamilies).to.deep.equal(['IPv4']);
    expect(spec?.ports?.[0]?.nodePort).to.equal(old.spec?.ports?.[0]?.nodePort);
  });

  it('and give them back with the type that needed them', () => {
    const old = created('a', { type: 'NodePort' });
    const inner = updated(old, { ...structuredClone(old.spec), type: 'ClusterIP' });
    expect(inner.spec?.clusterIP).to.equal(old.spec?.clusterIP);
    expect(inner.spec?.ports?.[0]).to.not.have.property('nodePort');
    expect(inner.spec).to.not.have.property('externalTrafficPolicy');
    const external = updated(old, {
      ...structuredClone(old.spec),
      type: 'ExternalName',
      externalName: 'a.b',
    });
    expect(external.spec).to.not.have.any.keys('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
    const back = updated(live(external), { type: 'ClusterIP', ports: [{ port: 80 }] });
    expect(back.spec?.clusterIP).to.match(/^10\.96\./);
  });

  it('and a port for health checks where only local endpoints answer', () => {
    const old = created('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
    const port = old.spec?.healthCheckNodePort ?? 0;
    expect(port).to.be.within(30000, 32767);
    expect(port).to.not.equal(old.spec?.ports?.[0]?.nodePort);
    const taken = () =>
      created('b', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: port }, [
        old,
      ]);
    expect(refusal(taken)).to.equal(
      `Internal error occurred: failed to allocate requested HealthCheck NodePort ${port}: provided port is already allocated`,
    );
    const cluster = updated(old, { ...structuredClone(old.spec), externalTrafficPolicy: 'Cluster' });
    expect(cluster.spec).to.not.have.property('healthCheckNodePort');
  });

  it('only out of a range that is one', () => {
    for (const serviceCidr of ['10.96.0.0', '10.96.0.0/x', '10.96.0/16', '10.96.0.0/32'])
      expect(() => new ServiceAllocator({ serviceCidr }), serviceCidr).to.throw(
        'must be a range of addresses',
      );
  });
});
