// Who may do what in a new cluster: masters everything, nodes what is their own, join tokens a certificate request.

import { expect } from 'chai';
import { authorizeWith, nodeAuthorizer } from '../../../hub/apiserver/auth/index.ts';
import type { AccessReview, Authorize } from '../../../hub/apiserver/index.ts';
import { defaultAuthorizers } from '../../support/default-roles.ts';

const reach = new Set(['pi-1 pods default/web', 'pi-1 secrets default/key', 'pi-1 configmaps default/conf']);
const node = nodeAuthorizer({
  mayRead: (name, resource, namespace, object) => reach.has(`${name} ${resource} ${namespace}/${object}`),
});

const users = {
  admin: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
  node: { name: 'system:node:pi-1', groups: ['system:nodes', 'system:authenticated'] },
  account: {
    name: 'system:serviceaccount:default:builder',
    groups: ['system:serviceaccounts', 'system:authenticated'],
  },
  board: { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:authenticated'] },
  nobody: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  ada: { name: 'ada', groups: ['system:authenticated'] },
};

/** `who verb resource[.group][/subresource] [namespace/]name`, or `who verb /path`. */
function review(text: string): AccessReview {
  const [who = '', verb = '', noun = '', key = ''] = text.split(' ');
  const user = users[who as keyof typeof users];
  if (noun.startsWith('/')) return { user, verb, path: noun };
  const [full = '', subresource] = noun.split('/');
  const [resource = '', ...group] = full.split('.');
  const [namespace, name] = key.includes('/') ? key.split('/') : [undefined, key];
  return {
    user,
    verb,
    resource,
    group: group.join('.'),
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
  };
}

const allowed = [
  'admin delete namespaces default',
  'admin get /anything',
  'nobody get /healthz',
  'nobody get configmaps kube-public/cluster-info',
  'ada get /apis/apps/v1',
  'ada create selfsubjectaccessreviews.authorization.k8s.io',
  'node create selfsubjectaccessreviews.authorization.k8s.io',
  'board create certificatesigningrequests.certificates.k8s.io',
  'board get certificatesigningrequests.certificates.k8s.io node-pi-1',
  'node create nodes',
  'node get nodes pi-1',
  'node patch nodes/status pi-1',
  'node get pods default/web',
  'node get secrets default/key',
  'node get configmaps default/conf',
  'node delete pods default/web',
  // Mirrors of its static pods; admission (NodeRestriction) refuses any other.
  'node create pods default/new',
  'node patch pods/status default/web',
  'node create events default/web.1',
  'node create serviceaccounts/token default/builder',
  'account get /openid/v1/jwks',
  'account get /.well-known/openid-configuration',
  'node update leases.coordination.k8s.io kube-node-lease/pi-1',
  'node create certificatesigningrequests.certificates.k8s.io',
];

const refused = [
  'nobody get /apis',
  'nobody get /livez/ping',
  'ada get /',
  'nobody list pods default/',
  'nobody get configmaps kube-public/other',
  'nobody update configmaps kube-public/cluster-info',
  'ada list pods default/',
  'ada get /metrics',
  'board list secrets kube-system/',
  'board update certificatesigningrequests.certificates.k8s.io/approval x',
  'ada get /openid/v1/jwks',
  'account get secrets default/key',
  'account create serviceaccounts/token default/builder',
  'node get nodes.metrics.k8s.io pi-1',
  'node get nodes pi-2',
  'node patch nodes/status pi-2',
  'node delete nodes pi-1',
  'node list nodes',
  'node list pods default/',
  'node watch pods default/',
  'node get pods default/other',
  'node create pods/binding default/web',
  'node get secrets default/other',
  'node list secrets default/',
  'node update secrets default/key',
  'node update configmaps default/conf',
  'node update leases.coordination.k8s.io kube-node-lease/pi-2',
  'node update leases.coordination.k8s.io default/pi-1',
  'node list deployments.apps default/',
  'node delete events default/x',
];

describe('authorisation', () => {
  let authorize: Authorize;
  before(async () => {
    authorize = authorizeWith(await defaultAuthorizers(node));
  });

  for (const text of allowed) {
    it(`allows: ${text}`, async () => {
      expect((await authorize(review(text))).allowed).to.equal(true);
    });
  }
  for (const text of refused) {
    it(`refuses: ${text}`, async () => {
      expect((await authorize(review(text))).allowed).to.equal(false);
    });
  }
});
