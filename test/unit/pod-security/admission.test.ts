// Pod security at the API: who is refused, who is warned, and what the audit log and the metrics tell of it.

import { expect } from 'chai';
import { createAdmission, PodSecurityMetrics } from '../../../hub/apiserver/admission/index.ts';
import { configurationOf } from '../../../hub/apiserver/admission/pod-security/index.ts';
import type { UserInfo } from '../../../hub/apiserver/index.ts';
import type { PodSpec } from '../../../shared/api/index.ts';
import { type ApiServerFixture, type Asked, admin, startApiServer } from '../../support/apiserver.ts';
import { AuditEvents } from '../../support/audit-events.ts';

const prefix = 'pod-security.kubernetes.io/';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';

const good: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      ...{ name: 'c', image: 'i' },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};
const plain: PodSpec = { containers: [{ name: 'c', image: 'i' }] };
const bad: PodSpec = { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] };
const badText = 'privileged (container "c" must not set securityContext.privileged=true)';
const plainText =
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
  'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
  'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
  'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

describe('pod security', () => {
  let server: ApiServerFixture;
  let metrics: PodSecurityMetrics;

  async function start(configuration?: object): Promise<void> {
    metrics = new PodSecurityMetrics();
    server = await startApiServer({
      admission: (world) =>
        createAdmission({
          ...world,
          podSecurity: configuration && configurationOf(configuration),
          podSecurityMetrics: metrics,
        }),
    });
  }
  afterEach(() => server.stop());

  const labels = (asked: Record<string, string>) =>
    Object.fromEntries(Object.entries(asked).map(([name, value]) => [prefix + name, value]));

  const create = (name: string, asked: Record<string, string> = {}) =>
    server.ask('POST', '/api/v1/namespaces', { body: { metadata: { name, labels: labels(asked) } } });

  const relabel = (name: string, asked: Record<string, string | null>, query = '') =>
    server.ask('PATCH', `/api/v1/namespaces/${name}${query}`, {
      contentType: merge,
      body: { metadata: { labels: labels(asked as Record<string, string>) } },
    });

  const podsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

  function post(
    namespace: string,
    name: string,
    spec: PodSpec,
    user: UserInfo = admin,
    metadata: object = {},
  ) {
    return server.ask('POST', podsIn(namespace), { user, body: { metadata: { name, ...metadata }, spec } });
  }

  /** Evaluations, exemptions and errors that were counted. */
  function counted(): string[] {
    return metrics
      .families()
      .flatMap(({ name, samples }) => [...samples()].map((sample) => ({ name, ...sample })))
      .filter(({ value }) => value > 0)
      .map(({ name, labels: of = {}, value }) => `${name} ${Object.values(of).join(' ')} ${value}`.trim());
  }

  /** What the audit log is told of one request. */
  async function told(method: string, path: string, asked: Asked): Promise<Record<string, string>> {
    const events = new AuditEvents({ rules: [{ level: 'Metadata' }] });
    const audit = events.auditor.begin({ method, path, user: asked.user ?? admin, sourceIps: ['192.0.2.1'] });
    audit.answers(await server.handle(method, path, { ...asked, audit }));
    audit.ends();
    const annotations: Record<string, string> = (await events.all()).at(-1).annotations ?? {};
    return Object.fromEntries(
      Object.entries(annotations)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value]),
    );
  }

  describe('without a configuration', () => {
    beforeEach(() => start());

    it('asks nothing of pods in a namespace without labels', async () => {
      await create('free');
      expect(await post('free', 'p', bad))
        .to.include({ code: 201 })
        .and.property('warnings')
        .deep.equal([]);
      const body = { metadata: { name: 'q' }, spec: bad };
      expect(await told('POST', podsIn('free'), { body })).to.deep.equal({
        'enforce-policy': 'privileged:latest',
      });
      expect(counted()).to.deep.equal([
        'pod_security_evaluations_total allow privileged latest enforce create pod  2',
      ]);
    });

    it('refuses what the namespace is against, by name and in words', async () => {
      await create('strict', { enforce: 'restricted', 'enforce-version': 'v1.30' });
      const { code, body } = await post('strict', 'p', plain);
      expect(code).to.equal(403);
      expect(body.message).to.equal(
        `pods "p" is forbidden: violates PodSecurity "restricted:v1.30": ${plainText}`,
      );
      expect(body.details).to.deep.equal({ name: 'p', kind: 'pods' });
      const generated = await post('strict', '', plain, admin, { generateName: 'web-' });
      expect(generated.body.message).to.match(/^pods "web-\w{5}" is forbidden: violates PodSecurity/);
      const fine = await post('strict', 'q', good);
      expect(fine).to.include({ code: 201 }).and.property('warnings').deep.equal([]);
      const sent = { body: { metadata: { name: 'r' }, spec: bad } };
      expect(await told('POST', podsIn('strict'), sent)).to.deep.equal({
        'enforce-policy': 'restricted:v1.30',
      });
      expect(counted()).to.deep.equal([
        'pod_security_evaluations_total deny restricted v1.30 enforce create pod  3',
        'pod_security_evaluations_total allow restricted v1.30 enforce create pod  1',
      ]);
    });

    it('warns, and tells the audit log, of what it does not refuse', async () => {
      await create('told', { warn: 'baseline', audit: 'restricted', 'audit-version': 'v1.99' });
      const warning = `would violate PodSecurity "baseline:latest": ${badText}`;
      expect((await post('told', 'p', bad)).warnings).to.deep.equal([warning]);
      expect((await post('told', 'q', plain)).warnings).to.deep.equal([]);
      const body = { metadata: { name: 'r' }, spec: plain };
      expect(await told('POST', podsIn('told'), { body })).to.deep.equal({
        'enforce-policy': 'privileged:latest',
        'audit-violations': `would violate PodSecurity "restricted:v1.99": ${plainText}`,
      });
      expect(counted()).to.include.members([
        'pod_security_evaluations_total deny restricted future audit create pod  3',
        'pod_security_evaluations_total deny baseline latest warn create pod  1',
      ]);
    });

    it('looks at a change of a pod where it brings in another image or container', async () => {
      await create('later');
      await post('later', 'p', bad);
      await relabel('later', { enforce: 'baseline' });
      const path = `${podsIn('later')}/p`;
      const patch = (body: object, where = path) =>
        server.ask('PATCH', where, { contentType: strategic, body });
      expect((await patch({ metadata: { labels: { a: 'b' } } })).code).to.equal(200);
      expect((await patch({ status: { phase: 'Running' } }, `${path}/status`)).code).to.equal(200);
      const other = {
        spec: { containers: [{ name: 'c', image: 'other', securityContext: { privileged: true } }] },
      };
      const refused = `pods "p" is forbidden: violates PodSecurity "baseline:latest": ${badText}`;
      expect((await patch(other)).body.message).to.equal(refused);
      const debug = { spec: { ephemeralContainers: [{ name: 'd', image: 'i' }] } };
      expect((await patch(debug, `${path}/ephemeralcontainers`)).body.message).to.equal(refused);
      expect(counted()).to.include.members([
        'pod_security_evaluations_total deny baseline latest enforce update pod  1',
        'pod_security_evaluations_total deny baseline latest enforce update pod ephemeralcontainers 1',
      ]);
    });

    it('warns of the templates of whatever makes pods, and refuses none', async () => {
      await create('strict', { enforce: 'restricted' });
      const template = { metadata: { labels: { a: 'b' } }, spec: { ...bad } };
      const selector = { matchLabels: { a: 'b' } };
      const job = { template: { ...template, spec: { ...bad, restartPolicy: 'Never' } } };
      const made: [path: string, body: object][] = [
        ['/api/v1/namespaces/strict/podtemplates', { template }],
        ['/api/v1/namespaces/strict/replicationcontrollers', { spec: { selector: { a: 'b' }, template } }],
        ['/apis/apps/v1/namespaces/strict/replicasets', { spec: { selector, template } }],
        ['/apis/apps/v1/namespaces/strict/deployments', { spec: { selector, template } }],
        ['/apis/apps/v1/namespaces/strict/statefulsets', { spec: { selector, template, serviceName: 's' } }],
        ['/apis/apps/v1/namespaces/strict/daemonsets', { spec: { selector, template } }],
        ['/apis/batch/v1/namespaces/strict/jobs', { spec: job }],
        [
          '/apis/batch/v1/namespaces/strict/cronjobs',
          { spec: { schedule: '@daily', jobTemplate: { spec: job } } },
        ],
      ];
      const start = `would violate PodSecurity "restricted:latest": ${badText}, allowPrivilegeEscalation != false (`;
      for (const [path, body] of made) {
        const answer = await server.ask('POST', path, { body: { metadata: { name: 'w' }, ...body } });
        expect(answer.code, `${path}: ${answer.body.message}`).to.equal(201);
        expect(answer.warnings, path).to.have.length(1);
        expect(answer.warnings[0]?.slice(0, start.length), path).to.equal(start);
      }
      const deployment = '/apis/apps/v1/namespaces/strict/deployments/w';
      const scale = await server.ask('PATCH', `${deployment}/scale`, {
        contentType: merge,
        body: { spec: { replicas: 2 } },
      });
      expect(scale.warnings).to.deep.equal([]);
      expect(counted()).to.deep.equal([
        'pod_security_evaluations_total deny restricted latest warn create controller  8',
      ]);
    });

    it('refuses labels that say nothing it knows, and leaves those that were there', async () => {
      const made = await create('wrong', { enforce: 'strict', 'warn-version': '1.2' });
      expect(made.code).to.equal(422);
      expect(made.body.message).to.equal(
        `Namespace "wrong" is invalid: [metadata.labels[${prefix}enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[${prefix}warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]`,
      );
      await create('fine', { enforce: 'baseline' });
      expect((await relabel('fine', { audit: 'all' })).body.message).to.equal(
        `Namespace "fine" is invalid: metadata.labels[${prefix}audit]: Invalid value: "all": must be one of privileged, baseline, restricted`,
      );
      expect((await relabel('fine', { audit: 'baseline', 'enforce-version': 'v1.99' })).code).to.equal(200);
    });

    it('counts the pods of a namespace that a stricter level would hit', async () => {
      await create('full');
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
      for (const name of ['web-1', 'web-2', 'web-3'])
        await post('full', name, bad, admin, { ownerReferences: [owner] });
      await post('full', 'one', plain);
      await post('full', 'two', plain);
      await post('full', 'good', good);
      const reasons =
        'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';
      const expected = [
        'existing pods in namespace "full" violate the new PodSecurity enforce level "restricted:latest"',
        `one (and 1 other pod): ${reasons}`,
        `web-1 (and 2 other pods): privileged, ${reasons}`,
      ];
      expect((await relabel('full', { enforce: 'restricted' }, '?dryRun=All')).warnings).to.deep.equal(
        expected,
      );
      expect((await relabel('full', { enforce: 'restricted' })).warnings).to.deep.equal(expected);
      expect((await relabel('full', { warn: 'restricted' })).warnings, 'the same level').to.deep.equal([]);
      expect((await relabel('full', { enforce: 'baseline' })).warnings, 'a lesser one').to.deep.equal([]);
      const older = await relabel('full', { enforce: 'baseline', 'enforce-version': 'v1.0' });
      expect(older.warnings, 'another version').to.deep.equal([
        'existing pods in namespace "full" violate the new PodSecurity enforce level "baseline:v1.0"',
        'web-1 (and 2 other pods): privileged',
      ]);
      expect((await relabel('full', { enforce: null, 'enforce-version': null })).warnings).to.deep.equal([]);
    });
  });

  describe('with a configuration', () => {
    beforeEach(() =>
      start({
        defaults: { enforce: 'baseline', warn: 'restricted', 'warn-version': 'v1.20' },
        exemptions: { usernames: ['boss'], namespaces: ['system'], runtimeClasses: ['vm'] },
      }),
    );
    const boss: UserInfo = { name: 'boss', groups: ['system:masters'] };

    it('holds namespaces without labels to the defaults', async () => {
      await create('any');
      expect((await post('any', 'p', bad)).body.message).to.equal(
        `pods "p" is forbidden: violates PodSecurity "baseline:latest": ${badText}`,
      );
      const [warning] = (await post('any', 'q', plain)).warnings;
      expect(warning).to.match(/^would violate PodSecurity "restricted:v1.20": allowPrivilegeEscalation/);
      expect(warning).to.not.contain('unrestricted capabilities');
      await create('open', { enforce: 'privileged', warn: 'privileged' });
      expect((await post('open', 'p', bad)).code).to.equal(201);
    });

    it('lets pass whom it exempts, and says so', async () => {
      await create('system');
      await create('any');
      await server.must('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
        body: { metadata: { name: 'vm' }, handler: 'vm' },
      });
      const sent = (spec: PodSpec, name: string, user = admin) => ({
        user,
        body: { metadata: { name }, spec },
      });
      const virtual = { ...bad, runtimeClassName: 'vm' };
      expect(await told('POST', podsIn('system'), sent(bad, 'a'))).to.deep.equal({ exempt: 'namespace' });
      expect(await told('POST', podsIn('any'), sent(bad, 'b', boss))).to.deep.equal({ exempt: 'user' });
      expect(await told('POST', podsIn('any'), sent(virtual, 'c'))).to.deep.equal({ exempt: 'runtimeClass' });
      expect((await server.must('GET', podsIn('any'))).items).to.have.length(2);
      expect(counted()).to.deep.equal(['pod_security_exemptions_total create pod  3']);
    });

    it('tells who labels an exempt namespace that it is one', async () => {
      const text = (policy: string) =>
        `namespace "system" is exempt from Pod Security, and the policy (${policy}) will be ignored`;
      const made = await create('system', {
        enforce: 'restricted',
        'enforce-version': 'v1.25',
        warn: 'privileged',
      });
      expect(made.warnings).to.deep.equal([text('enforce=restricted:v1.25')]);
      const changed = await relabel('system', { 'enforce-version': 'latest', audit: 'baseline' });
      expect(changed.warnings).to.deep.equal([text('enforce=restricted:latest, audit=baseline:latest')]);
    });

    it('passes over exempt pods when it counts', async () => {
      await create('full', { enforce: 'privileged' });
      await server.must('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
        body: { metadata: { name: 'vm' }, handler: 'vm' },
      });
      await post('full', 'a', { ...bad, runtimeClassName: 'vm' });
      expect((await relabel('full', { enforce: 'baseline' })).warnings).to.deep.equal([]);
    });
  });
});
