// `kelp create namespace` and `serviceaccount`: objects of a name alone.

import { type Plan, typeOf } from './create-one.ts';

export const planNamespace: Plan = {
  type: typeOf('', 'Namespace', 'namespaces', false),
  object: (metadata) => ({
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: { ...metadata },
    spec: {},
    status: {},
  }),
};

export const planServiceAccount: Plan = {
  type: typeOf('', 'ServiceAccount', 'serviceaccounts'),
  failure: 'failed to create serviceaccount:',
  object: (metadata) => ({ kind: 'ServiceAccount', apiVersion: 'v1', metadata: { ...metadata } }),
};
