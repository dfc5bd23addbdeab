// What the objects of the cluster tell about another API server, and which way to it is taken.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect } from 'chai';
import { planAvailability } from '../../../hub/apiserver/aggregation/plan-availability.ts';
import { ObjectReader } from '../../../hub/apiserver/object-reader.ts';
import { connectTo, serviceEndpoints } from '../../../hub/apiserver/services/index.ts';
import type { APIService, EndpointSlice, Service } from '../../../shared/api/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import { startApiServer } from '../../support/apiserver.ts';

const priorities = { groupPriorityMinimum: 1, versionPriority: 1 };
const remote: APIService = {
  spec: { ...priorities, service: { namespace: 'default', name: 'x', port: 443 } },
};
const service = (port = 443): Service => ({ spec: { type: 'ClusterIP', ports: [{ name: 'https', port }] } });
const slice = (ready: boolean, name = 'https'): EndpointSlice => ({
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
  ports: [{ name, port: 8443 }],
});

describe('planAvailability', () => {
  const cases: [APIService, Service | undefined, EndpointSlice[], string | undefined, string?][] = [
    [{ spec: priorities }, undefined, [], 'Local', 'Local APIServices are always available'],
    [remote, undefined, [], 'ServiceNotFound', 'service/x in "default" is not present'],
    [remote, service(80), [], 'ServicePortError', 'service/x in "default" is not listening on port 443'],
    [remote, service(), [], 'EndpointsNotFound', 'cannot find endpointslices for service/x in "default"'],
    [
      remote,
      service(),
      [slice(false), slice(true, 'other')],
      'MissingEndpoints',
      'endpointslices for service/x in "default" have no addresses with port name "https"',
    ],
    [remote, service(), [slice(true)], undefined],
    [remote, { spec: { type: 'ExternalName' } }, [], undefined],
  ];
  for (const [subject, found, slices, reason, message] of cases)
    it(`says ${reason ?? 'that the server has to be asked'}`, () => {
      const availability = planAvailability(subject, found, slices);
      expect(availability?.reason).to.equal(reason);
      if (message) expect(availability?.message).to.equal(message);
    });
});

describe('the way to a service', () => {
  it('leads through the agent of a pod whose node is connected, and straight to what is no pod', async () => {
    const listening = createServer((socket) => socket.end('through')).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = Object(listening.address());
    const opened: unknown[] = [];
    const streams = {
      check: (node: string) => {
        if (node !== 'pi-1') throw new ApiError('ServiceUnavailable', 'not connected');
      },
      open: async (node: string, request: object) => {
        opened.push({ node, ...request });
        return connect(port, '127.0.0.1');
      },
    };
    const server = await startApiServer({ nodeStreams: streams });
    const post = (path: string, body: object) => server.must('POST', path, { body });
    await post('/api/v1/namespaces', { metadata: { name: 'default' } });
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    for (const [name, nodeName] of [
      ['near', 'pi-1'],
      ['far', 'pi-2'],
    ])
      await post('/api/v1/namespaces/default/pods', { metadata: { name }, spec: { ...spec, nodeName } });
    const make = async (name: string, targetRef?: object) => {
      const ports = [{ name: 'https', port: 443 }];
      await post('/api/v1/namespaces/default/services', { metadata: { name }, spec: { ports } });
      await post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
        metadata: { name, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.1.2.3'], ...(targetRef && { targetRef }) }],
        ports: [{ name: 'https', port: 8443 }],
      });
    };
    await make('near', { kind: 'Pod', name: 'near' });
    await make('far', { kind: 'Pod', name: 'far' });
    await make('outside');
    const endpoints = serviceEndpoints(new ObjectReader({ store: server.store }), streams);
    const near = await endpoints('default', 'near', 443);
    const connection = await connectTo(near, AbortSignal.timeout(5_000));
    const [data] = await once(connection, 'data');
    expect(String(data)).to.equal('through');
    expect(opened).to.have.length(1);
    expect(opened[0]).to.include({ node: 'pi-1', kind: 'port', pod: 'near', port: 8443 });
    for (const name of ['far', 'outside'])
      expect(await endpoints('default', name, 443)).to.deep.equal({ host: '10.1.2.3', port: 8443 });
    await server.stop();
    listening.close();
  });
});
