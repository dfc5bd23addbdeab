// The FlowSchemas and PriorityLevelConfigurations that a cluster begins with, beside the mandatory ones
// (k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go, v1.32).

import type { PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from 'kubernetes-types/flowcontrol/v1';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../shared/api/index.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

function level(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queues: number,
  handSize: number,
): PriorityLevelConfiguration {
  const queuing = { queues, handSize, queueLengthLimit: 50 };
  const limitResponse = { type: 'Queue', queuing };
  return {
    ...{ apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name } },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } },
  };
}

export const suggestedPriorityLevels: readonly PriorityLevelConfiguration[] = [
  // What boards need for the pods that they run, and that they say how they are whatever else there is to do.
  level('system', 30, 33, 64, 6),
  level('node-high', 40, 25, 64, 6),
  level('leader-election', 10, 0, 16, 4),
  level('workload-high', 40, 50, 128, 6),
  level('workload-low', 100, 90, 128, 6),
  level('global-default', 20, 50, 128, 6),
];

function schema(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  method: 'ByUser' | 'ByNamespace' | undefined,
  rules: PolicyRulesWithSubjects,
): FlowSchema {
  return {
    ...{ apiVersion, kind: 'FlowSchema', metadata: { name } },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(method && { distinguisherMethod: { type: method } }),
      rules: [rules],
    },
  };
}

function rule(
  verbs: string[],
  apiGroup: string,
  resources: string[],
  clusterScope = false,
): ResourcePolicyRule {
  return {
    ...{ verbs, apiGroups: [apiGroup], resources },
    ...(clusterScope && { clusterScope }),
    namespaces: ['*'],
  };
}

function everythingOf(...subjects: Subject[]): PolicyRulesWithSubjects {
  return {
    subjects,
    resourceRules: [rule(['*'], '*', ['*'], true)],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  };
}

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const systemAccount = (name: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { name, namespace: 'kube-system' },
});

const everybody = [group('system:unauthenticated'), group('system:authenticated')];
const controllerManager = user('system:kube-controller-manager');
const scheduler = user('system:kube-scheduler');
const election = ['get', 'create', 'update'];
const leases = rule(election, 'coordination.k8s.io', ['leases']);

export const suggestedFlowSchemas: readonly FlowSchema[] = [
  schema('system-nodes', 'system', 500, 'ByUser', everythingOf(group('system:nodes'))),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: [group('system:nodes')],
    resourceRules: [
      rule(['*'], '', ['nodes', 'nodes/status'], true),
      rule(['*'], 'coordination.k8s.io', ['leases']),
    ],
  }),
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [controllerManager, scheduler, systemAccount('*')],
    resourceRules: [leases],
  }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', {
    subjects: [systemAccount('*')],
    resourceRules: [rule(election, '', ['endpoints', 'configmaps']), leases],
  }),
  // Its endpoints are no elections.
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [
      controllerManager,
      systemAccount('endpoint-controller'),
      systemAccount('endpointslicemirroring-controller'),
    ],
    resourceRules: [rule(election, '', ['endpoints'])],
  }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everythingOf(controllerManager)),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everythingOf(scheduler)),
  schema(
    'kube-system-service-accounts',
    'workload-high',
    900,
    'ByNamespace',
    everythingOf(systemAccount('*')),
  ),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everythingOf(group('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9900, 'ByUser', everythingOf(...everybody)),
];
