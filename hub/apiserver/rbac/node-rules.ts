// The rules of nodes: what a kubelet of Kubernetes does. The node authorizer decides what a node may do in Kelp; the role is
// for those who bind it to others.

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { can } from './rule-notation.ts';

export const nodeRules: PolicyRule[] = [
  can('create', 'authentication.k8s.io', 'tokenreviews'),
  can('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  can('get list watch', '', 'services'),
  can('create get list watch', '', 'nodes'),
  can('patch update', '', 'nodes/status'),
  can('patch update', '', 'nodes'),
  can('create patch update', ' events.k8s.io', 'events'),
  can('get list watch', '', 'pods'),
  can('create delete', '', 'pods'),
  can('patch update', '', 'pods/status'),
  can('create', '', 'pods/eviction'),
  can('get list watch', '', 'configmaps secrets'),
  can('get', '', 'persistentvolumeclaims persistentvolumes'),
  can('get', '', 'endpoints'),
  can('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  can('create delete get patch update', 'coordination.k8s.io', 'leases'),
  can('get', 'storage.k8s.io', 'volumeattachments'),
  can('create', '', 'serviceaccounts/token'),
  can('get patch update', '', 'persistentvolumeclaims/status'),
  can('get list watch', 'storage.k8s.io', 'csidrivers'),
  can('create delete get patch update', 'storage.k8s.io', 'csinodes'),
  can('get list watch', 'node.k8s.io', 'runtimeclasses'),
];
