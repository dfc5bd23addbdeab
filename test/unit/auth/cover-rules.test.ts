// Whether rules hold all that others allow, and how what is missing is told.

import { expect } from 'chai';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { describeRules, notCovered } from '../../../hub/apiserver/rbac/cover-rules.ts';

/** `verbs groups resources [names]`, each divided by commas; or `verbs /paths`. */
function rule(text: string): PolicyRule {
  const [verbs = [], second = [], resources = [], names] = text.split(' ').map((list) => list.split(','));
  if (second[0]?.startsWith('/') || second[0] === '*/') return { verbs, nonResourceURLs: second };
  const apiGroups = second.map((group) => (group === 'core' ? '' : group));
  return { verbs, apiGroups, resources, ...(names && { resourceNames: names }) };
}

describe('rules', () => {
  for (const [held, wanted] of [
    [['get,list core pods'], 'list core pods'],
    [['get core pods', 'list core pods'], 'get,list core pods'],
    [['* * *'], 'deletecollection apps deployments/scale a,b'],
    [['get core pods'], 'get core pods one'],
    [['get core pods one,two'], 'get core pods two'],
    [['get core */log'], 'get core pods/log'],
    [['get /healthz/*'], 'get /healthz/etcd'],
    [['* /x*'], 'post /xyz'],
  ] as const)
    it(`${held.join(' and ')} hold ${wanted}`, () => {
      expect(notCovered(held.map(rule), [rule(wanted)])).to.deep.equal([]);
    });

  for (const [held, wanted, missing] of [
    [['get core pods'], 'get,list core pods', ['{APIGroups:[""], Resources:["pods"], Verbs:["list"]}']],
    [['get core pods one'], 'get core pods', ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}']],
    [
      ['get core pods one'],
      'get core pods two',
      ['{APIGroups:[""], Resources:["pods"], ResourceNames:["two"], Verbs:["get"]}'],
    ],
    [['get core pods'], 'get core pods/log', ['{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}']],
    [['get core */log'], 'get core log', ['{APIGroups:[""], Resources:["log"], Verbs:["get"]}']],
    [['* * *'], 'get /healthz', ['{NonResourceURLs:["/healthz"], Verbs:["get"]}']],
    [['get /healthz'], 'get /healthz/etcd', ['{NonResourceURLs:["/healthz/etcd"], Verbs:["get"]}']],
    [
      [],
      'list,get apps,core x',
      [
        '{APIGroups:[""], Resources:["x"], Verbs:["list" "get"]}',
        '{APIGroups:["apps"], Resources:["x"], Verbs:["list" "get"]}',
      ],
    ],
  ] as const)
    it(`${held.join(' and ') || 'nothing'} does not hold ${wanted}`, () => {
      expect(describeRules(notCovered(held.map(rule), [rule(wanted)]))).to.deep.equal(missing);
    });
});
