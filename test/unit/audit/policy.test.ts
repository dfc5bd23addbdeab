// Audit policies: what of which requests is logged, and what is wrong with a file.

import { expect } from 'chai';
import { scopeOf } from '../../../hub/apiserver/audit/audit-policy.ts';
import { auditPolicy, readAuditPolicy } from '../../../hub/apiserver/audit/index.ts';
import { parseRestPath } from '../../../hub/apiserver/index.ts';

const header = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };
const policy = (content: object) => auditPolicy({ ...header, ...content }, 'audit.yaml');
const ada = { name: 'ada', groups: ['system:authenticated', 'makers'] };

describe('an audit policy', () => {
  const level = (rule: object, method: string, path: string, user = ada) =>
    scopeOf(policy({ rules: [{ level: 'Metadata', ...rule }] }), user, parseRestPath(method, path)).level;
  const cases: [rule: object, method: string, path: string, logged: boolean][] = [
    [{}, 'GET', '/version', true],
    [{ users: ['ada'] }, 'GET', '/api/v1/pods', true],
    [{ users: ['bob'] }, 'GET', '/api/v1/pods', false],
    [{ userGroups: ['makers'] }, 'GET', '/api/v1/pods', true],
    [{ userGroups: ['system:masters'] }, 'GET', '/api/v1/pods', false],
    [{ verbs: ['list'] }, 'GET', '/api/v1/pods', true],
    [{ verbs: ['list'] }, 'GET', '/api/v1/pods?watch=1', false],
    [{ namespaces: ['a'] }, 'GET', '/api/v1/namespaces/a/pods/x', true],
    [{ namespaces: ['a'] }, 'GET', '/api/v1/namespaces/b/pods/x', false],
    [{ namespaces: [''] }, 'GET', '/api/v1/nodes/x', true],
    [{ namespaces: [''] }, 'GET', '/version', false],
    [{ resources: [{ resources: ['pods'] }] }, 'GET', '/api/v1/pods', true],
    [{ resources: [{ resources: ['pods'] }] }, 'GET', '/api/v1/namespaces/a/pods/x/log', false],
    [{ resources: [{ resources: ['pods/log'] }] }, 'GET', '/api/v1/namespaces/a/pods/x/log', true],
    [{ resources: [{ resources: ['pods/*'] }] }, 'GET', '/api/v1/namespaces/a/pods/x/log', true],
    [{ resources: [{ resources: ['*/status'] }] }, 'PUT', '/api/v1/namespaces/a/pods/x/status', true],
    [{ resources: [{ resources: ['*/status'] }] }, 'PUT', '/api/v1/namespaces/a/pods/x', false],
    [{ resources: [{ group: 'apps', resources: ['*'] }] }, 'GET', '/apis/apps/v1/deployments', true],
    [{ resources: [{ group: 'apps' }] }, 'GET', '/api/v1/pods', false],
    [
      { resources: [{ resources: ['pods'], resourceNames: ['x'] }] },
      'GET',
      '/api/v1/namespaces/a/pods/x',
      true,
    ],
    [
      { resources: [{ resources: ['pods'], resourceNames: ['x'] }] },
      'GET',
      '/api/v1/namespaces/a/pods/y',
      false,
    ],
    [{ nonResourceURLs: ['/healthz*'] }, 'GET', '/healthz/ping', true],
    [{ nonResourceURLs: ['/healthz'] }, 'GET', '/healthz/ping', false],
    [{ nonResourceURLs: ['*'] }, 'GET', '/api/v1/pods', false],
  ];
  for (const [rule, method, path, logged] of cases)
    it(`${JSON.stringify(rule)} ${logged ? 'is' : 'is not'} about ${method} ${path}`, () => {
      expect(level(rule, method, path)).to.equal(logged ? 'Metadata' : 'None');
    });

  it('is what its first rule that matches says, with what holds for all', () => {
    const whole = policy({
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
      rules: [
        { level: 'Request', verbs: ['get'], omitStages: ['Panic'], omitManagedFields: false },
        { level: 'RequestResponse' },
      ],
    });
    expect(scopeOf(whole, ada, parseRestPath('GET', '/version'))).to.deep.equal({
      level: 'Request',
      omitStages: ['RequestReceived', 'Panic'],
      omitManagedFields: false,
    });
    expect(scopeOf(whole, ada, parseRestPath('POST', '/version'))).to.deep.equal({
      level: 'RequestResponse',
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
    });
  });

  const wrong: [content: object, message: string][] = [
    [{ kind: 'Pod' }, 'kind: Invalid value: "audit.k8s.io/v1, Kind=Pod": must be Policy of audit.k8s.io/v1'],
    [{}, 'rules: Required value: at least one rule'],
    [{ rules: [{}] }, 'rules[0].level: Required value: one of None, Metadata, Request, RequestResponse'],
    [
      { rules: [{ level: 'All' }] },
      'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
    ],
    [
      { rules: [{ level: 'None', omitStages: ['End'] }] },
      'rules[0].omitStages[0]: Unsupported value: "End": supported values: "RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"',
    ],
    [
      { rules: [{ level: 'None', nonResourceURLs: ['healthz', '/a*b'] }] },
      `rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin with a '/' character; rules[0].nonResourceURLs[1]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule`,
    ],
    [
      { rules: [{ level: 'None', resources: [{ resourceNames: ['x'] }] }] },
      'rules[0].resources[0].resourceNames: Invalid value: []string{"x"}: using resourceNames requires at least one resource',
    ],
    [
      { rules: [{ level: 'None', namespaces: ['a'], nonResourceURLs: ['/a'] }] },
      'rules[0].nonResourceURLs: Invalid value: []string{"/a"}: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      { rules: [{ level: 'None', verb: ['get'] }] },
      'rules[0].verb: Invalid value: []string{"get"}: unknown field; there are: level, users, userGroups, verbs, resources, namespaces, nonResourceURLs, omitStages, omitManagedFields',
    ],
    [{ rules: [{ level: 'None', users: 'ada' }] }, 'rules[0].users: Invalid value: "ada": must be a list'],
  ];
  for (const [content, message] of wrong)
    it(`is refused: ${message}`, () => {
      expect(() => policy(content)).to.throw(`audit.yaml: ${message}`);
    });

  it('is refused where there is no such file', async () => {
    const refused = await readAuditPolicy('/nowhere/audit.yaml').catch((error: Error) => error.message);
    expect(refused).to.equal('/nowhere/audit.yaml: no such file');
  });
});
