// The ValidatingAdmissionPolicy of Kubernetes' documentation, put to use with kubectl.

import { expect } from 'chai';
import { kubectls, type RunResult, run, skipWithout, TestCluster } from '../../support/cluster.ts';

const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: "demo-policy.example.com"
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - apiGroups:   ["apps"]
      apiVersions: ["v1"]
      operations:  ["CREATE", "UPDATE"]
      resources:   ["deployments"]
  validations:
    - expression: "object.spec.replicas <= 5"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: "demo-binding-test.example.com"
spec:
  policyName: "demo-policy.example.com"
  validationActions: [Deny]
  matchResources:
    namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: default
`;

describe('a ValidatingAdmissionPolicy with kubectl', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let program = '';

  before(async function () {
    const [newest] = kubectls().filter(({ version }) => version !== '1.20');
    if (!newest) skipWithout(this, 'kubectl', 'kubernetes-client');
    program = newest.path;
    await cluster.startHub();
  });

  after(() => cluster.close());

  const kubectl = (args: string, input?: string): Promise<RunResult> =>
    run(program, args.split(' '), {
      env: { KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory },
      ...(input !== undefined && { input }),
    });

  it('is applied, and refuses what it is against', async () => {
    const applied = await kubectl('apply -f -', policy);
    expect(applied.stdout, applied.stderr).to.equal(
      'validatingadmissionpolicy.admissionregistration.k8s.io/demo-policy.example.com created\n' +
        'validatingadmissionpolicybinding.admissionregistration.k8s.io/demo-binding-test.example.com created\n',
    );
    const few = await kubectl('create deployment web --image=nginx --replicas=5');
    expect(few.code, few.stderr).to.equal(0);
    const scaled = await kubectl('patch deployment web -p {"spec":{"replicas":6}}');
    expect(scaled.code).to.equal(1);
    expect(scaled.stderr).to.contain(
      `ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding-test.example.com' denied request: failed expression: object.spec.replicas <= 5`,
    );
  });
});
