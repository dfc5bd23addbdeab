// kubectl's server-side apply against a real hub: what it prints, what it shows of managed fields, how it moves on from
// client-side apply.

import { expect } from 'chai';
import { kubectls, run, skipWithout, TestCluster } from '../../support/cluster.ts';

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx}]}
`;
const changed = manifest.replace('replicas: 0', 'replicas: 1').replace('image: nginx', 'image: "nginx:2"');

describe('kubectl apply --server-side', function () {
  this.timeout(60_000);
  const kubectl = kubectls().find(({ version }) => version !== '1.20')?.path ?? '';
  let cluster: TestCluster;
  before(async function () {
    if (!kubectl) skipWithout(this, 'kubectl 1.32', 'kubernetes-client');
    cluster = new TestCluster();
    await cluster.startHub();
  });
  after(() => cluster?.close());
  afterEach(() => by('delete deployment web --ignore-not-found'));
  const by = (command: string, input?: string) =>
    run(kubectl, command.split(' '), {
      env: { KUBECONFIG: cluster.kubeconfig },
      ...(input !== undefined && { input }),
    });
  const apply = (input: string, flags = '') => by(`apply --server-side -f -${flags}`, input);

  it('says what it did, and shows who manages what', async () => {
    expect((await apply(manifest)).stdout).to.equal('deployment.apps/web serverside-applied\n');
    expect((await apply(manifest)).stdout).to.equal('deployment.apps/web serverside-applied\n');
    expect((await by('get deployment web -o yaml')).stdout).not.to.include('managedFields');
    const shown = (await by('get deployment web -o yaml --show-managed-fields')).stdout;
    expect(shown).to.match(/ {4}manager: kubectl\n {4}operation: Apply\n/);
    expect(shown).to.include('k:{"name":"c"}:');
  });

  it('conflicts with a scale, until it is forced', async () => {
    await apply(manifest);
    await by('scale deployment web --replicas=1');
    const refused = await apply(manifest);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include(
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
    expect((await apply(manifest, ' --force-conflicts')).code).to.equal(0);
  });

  it('shows differences without making them', async () => {
    await apply(manifest);
    const { code, stdout } = await by('diff --server-side -f -', changed);
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/^-.*image: nginx$/m)
      .and.match(/^\+.*image: nginx:2$/m);
    expect((await by('diff --server-side -f -', manifest)).code).to.equal(0);
  });

  it('takes over from client-side apply without a conflict', async () => {
    await by('apply -f -', manifest);
    const { code, stderr } = await apply(changed);
    expect(code, stderr).to.equal(0);
    const { metadata } = JSON.parse((await by('get deployment web -o json --show-managed-fields')).stdout);
    const managers = metadata.managedFields.map((entry: { manager: string }) => entry.manager);
    expect(managers).to.include('kubectl').and.not.include('kubectl-client-side-apply');
  });

  it('refuses fields that there are not', async () => {
    const { code, stderr } = await apply(manifest.replace('replicas', 'replica'));
    expect(code).to.equal(1);
    expect(stderr).to.include('.spec.replica: field not declared in schema');
  });
});
