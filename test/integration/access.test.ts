// Who may do what, by roles and bindings made with kubectl: over HTTPS and over MQTT, from the moment they are there.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { kelpProgram, kubectls, RunningProgram, run, TestCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const account = 'system:serviceaccount:default:reader';

describe('roles', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const [kubectl] = kubectls().slice(-1);
  let token: string;

  before(async function () {
    if (!kubectl) return this.skip();
    await cluster.startHub();
    await asAdmin(['create', 'serviceaccount', 'reader']);
    token = await asAdmin(['create', 'token', 'reader']);
    // Those that are gathered from others are there a moment later.
    await until('the role view to be gathered', async () => (await rulesOf('view')).length > 5);
  });
  after(() => cluster.close());

  const common = () => ['--cache-dir', join(cluster.directory, 'cache')];

  async function asAdmin(args: string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await tell(['--kubeconfig', cluster.kubeconfig, ...args], input);
    expect(code, stderr).to.equal(0);
    return stdout.trim();
  }

  function tell(args: string[], input?: string) {
    return run(kubectl?.path ?? '', [...common(), ...args], input === undefined ? {} : { input });
  }

  function asReader(...args: string[]) {
    const access = ['--server', cluster.server, '--certificate-authority', cluster.caFile, '--token', token];
    return tell([...access, '--kubeconfig', '/dev/null', ...args]);
  }

  async function refusalOf(...args: string[]): Promise<string> {
    const { code, stderr } = await asReader(...args);
    expect(code).to.equal(1);
    return stderr.trim();
  }

  async function rulesOf(role: string): Promise<unknown[]> {
    return JSON.parse(await asAdmin(['get', 'clusterrole', role, '-o', 'json'])).rules ?? [];
  }

  const saysForbidden = (what: string) => `Error from server (Forbidden): ${what}`;

  it('give an account what they say in one namespace, and nothing more', async () => {
    expect(await refusalOf('get', 'pods')).to.equal(
      saysForbidden(
        `pods is forbidden: User "${account}" cannot list resource "pods" in API group "" in the namespace "default"`,
      ),
    );
    await asAdmin([
      'create',
      'rolebinding',
      'readers',
      '--clusterrole=view',
      '--serviceaccount=default:reader',
    ]);
    expect((await asReader('get', 'pods')).stderr.trim()).to.equal(
      'No resources found in default namespace.',
    );
    expect(await refusalOf('get', 'secrets')).to.contain('cannot list resource "secrets"');
    expect(await refusalOf('get', 'pods', '-A')).to.contain('at the cluster scope');
    expect(await refusalOf('delete', 'configmap', 'kube-root-ca.crt')).to.contain('cannot delete resource');
    expect((await asReader('auth', 'can-i', 'watch', 'deployments.apps')).stdout).to.equal('yes\n');
    const no = await asReader('auth', 'can-i', 'create', 'deployments.apps');
    expect([no.code, no.stdout]).to.deep.equal([1, 'no\n']);
    const { stdout } = await asReader('auth', 'can-i', '--list');
    expect(stdout).to.match(/configmaps +\[\] +\[\] +\[get list watch\]/);
  });

  it('say by which binding', async () => {
    const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'default' };
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: account, resourceAttributes },
    };
    const said = JSON.parse(await asAdmin(['create', '-f', '-', '-o', 'json'], JSON.stringify(review)));
    expect(said.status).to.deep.equal({
      allowed: true,
      reason:
        'RBAC: allowed by RoleBinding "readers/default" of ClusterRole "view" to ServiceAccount "reader/default"',
    });
  });

  it('name objects and subresources', async () => {
    await asAdmin([
      'create',
      'role',
      'one',
      '--verb=get',
      '--resource=secrets,pods/log',
      '--resource-name=mine',
    ]);
    await asAdmin(['create', 'rolebinding', 'one', '--role=one', '--serviceaccount=default:reader']);
    await asAdmin(['create', 'secret', 'generic', 'mine', '--from-literal=a=b']);
    await asAdmin(['create', 'secret', 'generic', 'other', '--from-literal=a=b']);
    expect((await asReader('get', 'secret', 'mine', '-o', 'jsonpath={.data.a}')).stdout).to.equal('Yg==');
    expect(await refusalOf('get', 'secret', 'other')).to.contain('secrets "other" is forbidden');
    expect((await asReader('auth', 'can-i', 'get', 'pods/mine', '--subresource=log')).stdout).to.equal(
      'yes\n',
    );
    expect((await asReader('auth', 'can-i', 'get', 'pods/mine', '--subresource=exec')).stdout).to.equal(
      'no\n',
    );
  });

  it('hold for the topics of MQTT too', async () => {
    const access = join(cluster.directory, 'reader.kubeconfig');
    const config = JSON.parse(await asAdmin(['config', 'view', '--raw', '--minify', '-o', 'json']));
    config.users[0].user = { token };
    writeFileSync(access, JSON.stringify(config), { mode: 0o600 });
    const sub = (filter: string) => ['mqtt', 'sub', filter, '--count', '1', '--kubeconfig', access];
    const viewer = new RunningProgram(kelpProgram, sub('kelp/v1/watch/core/configmaps/default/+'));
    try {
      expect(await viewer.line(/kube-root-ca/)).to.contain('configmaps/default/kube-root-ca.crt');
    } finally {
      await viewer.stop();
    }
    const refused = await run(kelpProgram, sub('kelp/v1/watch/core/secrets/default/+'));
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/the broker refuses the filter/);
  });

  it('let nobody give what they do not hold', async () => {
    await asAdmin(['create', 'role', 'manager', '--verb=create,get', '--resource=roles,rolebindings']);
    await asAdmin(['create', 'rolebinding', 'manager', '--role=manager', '--user=mgr']);
    const asManager = async (...args: string[]) =>
      (await tell(['--kubeconfig', cluster.kubeconfig, '--as', 'mgr', ...args])).stderr.trim();
    const who =
      'user "mgr" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:';
    expect(await asManager('create', 'role', 'much', '--verb=get,list', '--resource=pods,secrets')).to.equal(
      [
        `Error from server (Forbidden): roles.rbac.authorization.k8s.io "much" is forbidden: ${who}`,
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
      ].join('\n'),
    );
    expect(await asManager('create', 'rolebinding', 'much', '--role=one', '--user=u')).to.contain(
      '{APIGroups:[""], Resources:["pods/log"], ResourceNames:["mine"], Verbs:["get"]}',
    );
    expect(await asManager('create', 'rolebinding', 'much', '--role=none', '--user=u')).to.contain(
      'roles.rbac.authorization.k8s.io "none" not found',
    );
    // What they hold they may give, and with `bind` and `escalate` also what they do not hold.
    expect(await asManager('create', 'rolebinding', 'peer', '--role=manager', '--user=u')).to.equal('');
    await asAdmin(['create', 'role', 'giver', '--verb=bind,escalate', '--resource=roles']);
    await asAdmin(['create', 'rolebinding', 'giver', '--role=giver', '--user=mgr']);
    expect(await asManager('create', 'role', 'much', '--verb=get,list', '--resource=pods,secrets')).to.equal(
      '',
    );
    expect(await asManager('create', 'rolebinding', 'much', '--role=one', '--user=u')).to.equal('');
  });

  it('are gathered from what is labelled as part of them', async () => {
    const part = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'leases', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] }],
    };
    await asAdmin(['apply', '-f', '-'], JSON.stringify(part));
    const can = async () => (await asReader('auth', 'can-i', 'get', 'leases.coordination.k8s.io')).stdout;
    await until('the part to count', async () => (await can()) === 'yes\n');
    await asAdmin(['delete', 'clusterrole', 'leases']);
    await until('it to be gone', async () => (await can()) === 'no\n');
  });

  it('end with their binding', async () => {
    await asAdmin(['delete', 'rolebinding', 'readers']);
    expect(await refusalOf('get', 'pods')).to.contain('cannot list resource "pods"');
    await asAdmin([
      'create',
      'rolebinding',
      'lost',
      '--clusterrole=nosuch',
      '--serviceaccount=default:reader',
    ]);
    expect(await refusalOf('get', 'pods')).to.contain(
      'RBAC: clusterrole.rbac.authorization.k8s.io "nosuch" not found',
    );
  });

  it('that every cluster has come back at the next start, unless they are kept as they are', async () => {
    const discovery = await rulesOf('system:discovery');
    const emptied = JSON.stringify({ rules: [] });
    await asAdmin(['patch', 'clusterrole', 'system:discovery', '-p', emptied]);
    await asAdmin(['delete', 'clusterrolebinding', 'system:basic-user']);
    const theirs = {
      rules: [],
      metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
    };
    await asAdmin(['patch', 'clusterrole', 'system:kube-dns', '-p', JSON.stringify(theirs)]);
    expect((await asReader('get', '--raw', '/apis')).stderr).to.contain('cannot get path "/apis"');
    await cluster.hub.stop();
    await cluster.startHub();
    expect(await rulesOf('system:discovery')).to.deep.equal(discovery);
    expect(await rulesOf('system:kube-dns')).to.deep.equal([]);
    await asAdmin(['get', 'clusterrolebinding', 'system:basic-user']);
    expect((await asReader('get', '--raw', '/apis')).code).to.equal(0);
  });
});
