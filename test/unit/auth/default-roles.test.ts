// The roles that every cluster has, beside those that a real API server (v1.21) made at its start.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { defaultRoles } from '../../../hub/apiserver/rbac/index.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';

interface Recorded extends KubeObject {
  rules?: PolicyRule[];
  roleRef?: RoleRef;
  subjects?: Subject[];
}

const recorded: Recorded[] = JSON.parse(
  readFileSync(new URL('../../fixtures/api/rbac-defaults.json', import.meta.url), 'utf8'),
);
const ours: Recorded[] = [
  ...defaultRoles.clusterRoles,
  ...defaultRoles.clusterRoleBindings,
  ...defaultRoles.roles,
  ...defaultRoles.roleBindings,
];

/** What v1.32 has otherwise: `+` what came, `-` what went. */
const newer: Record<string, string[]> = {
  'system:monitoring': ['+ get /metrics/slis'],
  'system:basic-user': ['+ create authentication.k8s.io/selfsubjectreviews'],
  'system:kubelet-api-admin': ['- * /nodes/spec'],
  'system:service-account-issuer-discovery': [
    '+ get /.well-known/openid-configuration/',
    '+ get /openid/v1/jwks/',
  ],
  'system:aggregate-to-view': all('+', 'get list watch', 'discovery.k8s.io/endpointslices'),
  'system:kube-aggregator': all('+', 'get list watch', 'discovery.k8s.io/endpointslices'),
  'system:aggregate-to-edit': [
    '+ create /pods/eviction',
    '+ create /serviceaccounts/token',
    ...all('+', 'create delete deletecollection patch update', '/events'),
    ...all('+', 'create delete deletecollection get list patch update watch', 'coordination.k8s.io/leases'),
    // Who may write them can send the traffic of a Service elsewhere (CVE-2021-25740).
    ...all('-', 'create delete deletecollection patch update', '/endpoints'),
  ],
  'system:kube-scheduler': [
    ...all('+', 'list watch', 'coordination.k8s.io/leases kube-scheduler'),
    '- create /endpoints',
    ...all('-', 'get update', '/endpoints kube-scheduler'),
  ],
  'system:node': all('+', 'create patch update', 'events.k8s.io/events'),
  'system:kube-controller-manager': [
    '- create /endpoints',
    ...all('-', 'get update', '/endpoints kube-controller-manager'),
  ],
  ...ofController('cronjob-controller', '+ watch /pods'),
  ...ofController('disruption-controller', ...all('+', 'patch update', '/pods/status')),
  ...ofController('endpoint-controller', '+ watch /endpoints'),
  ...ofController('endpointslice-controller', '+ watch discovery.k8s.io/endpointslices'),
  ...ofController('endpointslicemirroring-controller', '+ watch discovery.k8s.io/endpointslices'),
  ...ofController(
    'horizontal-pod-autoscaler',
    '+ watch /pods',
    '+ watch metrics.k8s.io/pods',
    '+ watch custom.metrics.k8s.io/*',
    ...all('+', 'get list watch', 'external.metrics.k8s.io/*'),
    '- get /services/proxy http:heapster:',
    '- get /services/proxy https:heapster:',
  ),
  ...ofController('job-controller', '+ patch batch/jobs'),
  ...ofController('namespace-controller', '+ watch */*'),
  ...ofController(
    'node-controller',
    '+ watch /nodes',
    '+ patch /pods/status',
    ...all('+', 'get watch', '/pods'),
  ),
  ...ofController(
    'persistent-volume-binder',
    ...all('-', 'create delete get update', '/endpoints'),
    ...all('-', 'create delete get', '/services'),
    '- get /secrets',
    '- get /nodes',
    '+ watch /nodes',
  ),
  ...ofController('pod-garbage-collector', '+ watch /nodes', '+ patch /pods/status'),
  ...ofController(
    'statefulset-controller',
    ...all('+', 'list watch delete update', '/persistentvolumeclaims'),
    '+ update /pods/finalizers',
  ),
};

/** What Kelp's controllers patch where upstream's update. */
const patched: Record<string, string[]> = {
  ...ofController('horizontal-pod-autoscaler', '+ patch */*/scale'),
  ...ofController(
    'persistent-volume-binder',
    '+ patch /persistentvolumeclaims',
    '+ patch /persistentvolumeclaims/status',
    '+ patch /persistentvolumes',
    '+ patch /persistentvolumes/status',
  ),
  ...ofController('pvc-protection-controller', '+ patch /persistentvolumeclaims'),
  ...ofController('pv-protection-controller', '+ patch /persistentvolumes'),
};

function ofController(account: string, ...lines: string[]): Record<string, string[]> {
  return { [`system:controller:${account}`]: lines };
}

function all(sign: string, verbs: string, what: string): string[] {
  return verbs.split(' ').map((verb) => `${sign} ${verb} ${what}`);
}

/** One line a permission. */
function permissions(rules: readonly PolicyRule[] = []): Set<string> {
  const lines = rules.flatMap(
    ({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs = [] }) => {
      const named = (resourceNames ?? ['']).flatMap((name) =>
        apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource} ${name}`.trim())),
      );
      return [...nonResourceURLs, ...named].flatMap((what) => verbs.map((verb) => `${verb} ${what}`));
    },
  );
  return new Set(lines);
}

function ourOwn({ kind, metadata }: Recorded): Recorded | undefined {
  return ours.find(
    (one) =>
      one.kind === kind &&
      one.metadata?.name === metadata?.name &&
      one.metadata?.namespace === metadata?.namespace,
  );
}

describe('the default', () => {
  for (const role of recorded) {
    const { kind, metadata, rules, roleRef, subjects } = role;
    it(`${kind} ${metadata?.name} is that of Kubernetes`, () => {
      const own = ourOwn(role);
      expect(own?.metadata).to.deep.equal(metadata);
      expect({ roleRef: own?.roleRef, subjects: own?.subjects }).to.deep.equal({ roleRef, subjects });
      const [has, wanted] = [permissions(own?.rules), permissions(rules)];
      const differences = [
        ...[...has].filter((line) => !wanted.has(line)).map((line) => `+ ${line}`),
        ...[...wanted].filter((line) => !has.has(line)).map((line) => `- ${line}`),
      ];
      const { name = '' } = metadata ?? {};
      const known = rules ? [...(newer[name] ?? []), ...(patched[name] ?? [])] : [];
      expect(differences).to.have.members(known);
    });
  }
});
