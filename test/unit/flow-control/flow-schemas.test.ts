// Which flow schema takes a request.

import { expect } from 'chai';
import type { FlowSchemaSpec } from 'kubernetes-types/flowcontrol/v1';
import { configurationOf } from '../../../hub/apiserver/flow-control/configuration.ts';
import { FlowSchemas } from '../../../hub/apiserver/flow-control/flow-schemas.ts';
import { parseRestPath } from '../../../hub/apiserver/rest-path.ts';
import {
  suggestedFlowSchemas,
  suggestedPriorityLevels,
} from '../../../hub/controllers/policy/suggested-flow-control.ts';

type Rules = NonNullable<FlowSchemaSpec['rules']>[number];

const account = (namespace: string, name: string) => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});
const ada = { name: 'ada', groups: ['team', 'system:authenticated'] };
const node = { name: 'system:node:pi-1', groups: ['system:nodes', 'system:authenticated'] };
const admin = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

const everything = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  namespaces: ['*'],
  clusterScope: true,
};
const toAda: Rules['subjects'] = [{ kind: 'User', user: { name: 'ada' } }];

/** Whether one schema with these rules takes the request. */
function takes(rules: Partial<Rules>, [method, url]: [string, string], user = ada): boolean {
  const spec = { rules: [{ subjects: toAda, ...rules }] };
  return new FlowSchemas([{ spec, flow: true }], false).flowOf(user, parseRestPath(method, url));
}

describe('a flow schema', () => {
  it('is about users, groups and service accounts', () => {
    const isAbout = (subject: Rules['subjects'][number], user: typeof ada) =>
      takes({ subjects: [subject], resourceRules: [everything] }, ['GET', '/api/v1/pods'], user);
    const serviceAccount = (namespace: string, name: string) => ({
      kind: 'ServiceAccount',
      serviceAccount: { namespace, name },
    });
    expect(isAbout({ kind: 'User', user: { name: 'ada' } }, ada)).to.equal(true);
    expect(isAbout({ kind: 'User', user: { name: 'bob' } }, ada)).to.equal(false);
    expect(isAbout({ kind: 'User', user: { name: '*' } }, ada)).to.equal(true);
    expect(isAbout({ kind: 'Group', group: { name: 'team' } }, ada)).to.equal(true);
    expect(isAbout({ kind: 'Group', group: { name: 'teams' } }, ada)).to.equal(false);
    expect(isAbout({ kind: 'Group', group: { name: '*' } }, { name: 'x', groups: [] })).to.equal(true);
    expect(isAbout(serviceAccount('a', 'b'), account('a', 'b'))).to.equal(true);
    expect(isAbout(serviceAccount('a', 'b'), account('a', 'bc'))).to.equal(false);
    expect(isAbout(serviceAccount('a', '*'), account('a', 'bc'))).to.equal(true);
    expect(isAbout(serviceAccount('a', '*'), account('ab', 'c'))).to.equal(false);
  });

  it('names resources with their subresources, groups, verbs and namespaces', () => {
    const pods = { ...everything, apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };
    const by = (rule: Partial<typeof everything>, url: string, method = 'GET') =>
      takes({ resourceRules: [{ ...pods, ...rule }] }, [method, url]);
    expect(by({}, '/api/v1/namespaces/a/pods/b')).to.equal(true);
    expect(by({}, '/api/v1/namespaces/a/pods')).to.equal(true);
    expect(by({}, '/api/v1/namespaces/a/pods?watch=1')).to.equal(false);
    expect(by({}, '/api/v1/namespaces/a/pods', 'POST')).to.equal(false);
    expect(by({}, '/api/v1/namespaces/a/pods/b/log')).to.equal(false);
    expect(by({ resources: ['pods/log'] }, '/api/v1/namespaces/a/pods/b/log')).to.equal(true);
    expect(by({ resources: ['*'] }, '/api/v1/namespaces/a/pods/b/log')).to.equal(true);
    expect(by({}, '/apis/metrics.k8s.io/v1beta1/namespaces/a/pods')).to.equal(false);
    expect(by({ namespaces: ['b'] }, '/api/v1/namespaces/a/pods')).to.equal(false);
    expect(by({ namespaces: ['b', 'a'] }, '/api/v1/namespaces/a/pods')).to.equal(true);
    expect(by({ clusterScope: false }, '/api/v1/pods')).to.equal(false);
    expect(by({ namespaces: [] }, '/api/v1/pods')).to.equal(true);
  });

  it('names other paths, and what is below them', () => {
    const by = (url: string, path: string) =>
      takes({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: [url] }] }, ['GET', path]);
    expect(by('/healthz', '/healthz')).to.equal(true);
    expect(by('/healthz', '/healthzy')).to.equal(false);
    expect(by('/healthz/*', '/healthz/etcd')).to.equal(true);
    expect(by('*', '/anything')).to.equal(true);
    expect(by('*', '/api/v1/pods')).to.equal(false);
  });

  it('is found again for who has other groups than before', () => {
    const spec = {
      rules: [{ subjects: [{ kind: 'Group', group: { name: 'team' } }], resourceRules: [everything] }],
    };
    const schemas = new FlowSchemas([{ spec, flow: 'team' }], 'other');
    const path = parseRestPath('GET', '/api/v1/pods');
    expect(schemas.flowOf(ada, path)).to.equal('team');
    expect(schemas.flowOf({ name: 'ada', groups: ['system:authenticated'] }, path)).to.equal('other');
    expect(schemas.flowOf(ada, path)).to.equal('team');
  });
});

describe('the flow schemas of a new cluster', () => {
  const { schemas } = configurationOf(suggestedPriorityLevels, suggestedFlowSchemas);
  const book = new FlowSchemas(
    schemas.map(({ name, spec }) => ({ spec, flow: name })),
    'catch-all',
  );
  const flow = (user: typeof ada, url: string, method = 'GET') =>
    book.flowOf(user, parseRestPath(method, url));

  it('take each request where kube-apiserver puts it', () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/pi-1';
    expect(flow(admin, '/api/v1/pods')).to.equal('exempt');
    expect(flow(ada, '/healthz')).to.equal('probes');
    expect(flow(ada, '/version')).to.equal('global-default');
    expect(flow(node, '/api/v1/nodes/pi-1/status', 'PATCH')).to.equal('system-node-high');
    expect(flow(node, lease, 'PUT')).to.equal('system-node-high');
    expect(flow(node, '/api/v1/namespaces/a/secrets/b')).to.equal('system-nodes');
    expect(flow(account('kube-system', 'x'), lease, 'PUT')).to.equal('system-leader-election');
    expect(flow(account('kube-system', 'x'), '/api/v1/namespaces/a/configmaps/b', 'PUT')).to.equal(
      'workload-leader-election',
    );
    expect(flow(account('kube-system', 'endpoint-controller'), '/api/v1/namespaces/a/endpoints/b')).to.equal(
      'endpoint-controller',
    );
    expect(flow(account('kube-system', 'x'), '/api/v1/pods')).to.equal('kube-system-service-accounts');
    expect(flow(account('a', 'b'), '/api/v1/pods')).to.equal('service-accounts');
    expect(flow({ name: 'x', groups: [] }, '/api/v1/pods')).to.equal('catch-all');
  });

  it('are asked by precedence, then by name; one without its level is not asked', () => {
    const at = (name: string, matchingPrecedence: number, level = 'catch-all') => ({
      metadata: { name },
      spec: { priorityLevelConfiguration: { name: level }, matchingPrecedence },
    });
    const stored = [at('b', 5), at('a', 5), at('z', 2), at('dangling', 3, 'nowhere')];
    expect(configurationOf([], stored).schemas.map(({ name }) => name)).to.deep.equal([
      ...['exempt', 'z', 'a', 'b', 'catch-all'],
    ]);
  });
});
