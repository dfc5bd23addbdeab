// The FlowSchemas and PriorityLevelConfigurations without which there is no cluster, as upstream's bootstrap makes them: what
// is never limited, and what takes the requests that nothing else takes.

import type {
  FlowSchema,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
} from 'kubernetes-types/flowcontrol/v1';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

const everything: Omit<PolicyRulesWithSubjects, 'subjects'> = {
  resourceRules: [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

function of(...groups: string[]): PolicyRulesWithSubjects[] {
  return [{ subjects: groups.map((name) => ({ kind: 'Group', group: { name } })), ...everything }];
}

export const mandatoryPriorityLevels: readonly PriorityLevelConfiguration[] = [
  {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'exempt' },
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'catch-all' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    },
  },
];

export const mandatoryFlowSchemas: readonly FlowSchema[] = [
  {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name: 'exempt' },
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 1,
      rules: of('system:masters'),
    },
  },
  {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name: 'catch-all' },
    spec: {
      priorityLevelConfiguration: { name: 'catch-all' },
      matchingPrecedence: 10000,
      distinguisherMethod: { type: 'ByUser' },
      rules: of('system:unauthenticated', 'system:authenticated'),
    },
  },
];
