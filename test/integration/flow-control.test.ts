// Who floods a hub with requests waits, or is told to come back, as the cluster's flow schemas say; others are served meanwhile.

import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubectls, run, TestCluster } from '../support/cluster.ts';
import { HttpsJson } from '../support/https-json.ts';
import { scrape } from '../support/scrape.ts';
import { until } from '../support/until.ts';

const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1';
const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const configmaps = '/api/v1/namespaces/default/configmaps';
const flowHeader = 'x-kubernetes-pf-flowschema-uid';
const levelHeader = 'x-kubernetes-pf-prioritylevel-uid';

type Answer = IncomingMessage & { text: string };

describe('requests of many', function () {
  this.timeout(90_000);
  const cluster = new TestCluster();
  const [kubectl] = kubectls().slice(-1);
  const open = new Set<ClientRequest>();
  const tokens: Record<string, string> = {};
  let api: HttpsJson;

  before(async function () {
    if (!kubectl) return this.skip();
    await cluster.startHub({
      args: ['--max-requests-inflight', '40', '--max-mutating-requests-inflight', '20'],
    });
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
    for (const name of ['flood', 'calm']) {
      await asAdmin('create', 'serviceaccount', name);
      await asAdmin('create', 'rolebinding', name, '--clusterrole=edit', `--serviceaccount=default:${name}`);
      tokens[name] = await asAdmin('create', 'token', name);
      await until('its role to count', async () => (await status(name, 'GET', '?limit=1')) === 200);
    }
  });
  after(async () => {
    for (const one of open) one.destroy();
    api?.close();
    await cluster.close();
  });

  async function asAdmin(...args: string[]): Promise<string> {
    const common = ['--kubeconfig', cluster.kubeconfig, '--cache-dir', join(cluster.directory, 'cache')];
    const { code, stdout, stderr } = await run(kubectl?.path ?? '', [...common, ...args]);
    expect(code, stderr).to.equal(0);
    return stdout.trim();
  }

  /** Of ConfigMaps, as an account. */
  function ask(who: string, method: string, query = '', headers: Record<string, string> = {}): ClientRequest {
    const asked = request(`${cluster.server}${configmaps}${query}`, {
      ...{ method, ca: cluster.ca, agent: false },
      headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json', ...headers },
    });
    open.add(asked);
    asked.on('error', () => undefined);
    asked.once('close', () => open.delete(asked));
    return asked;
  }

  async function answerTo(asked: ClientRequest): Promise<Answer> {
    const [answer]: IncomingMessage[] = await once(asked, 'response');
    if (!answer) throw new Error('no answer');
    let text = '';
    for await (const chunk of answer) text += chunk;
    return Object.assign(answer, { text });
  }

  async function send(who: string, method: string, query?: string, body?: string): Promise<Answer> {
    const asked = ask(who, method, query);
    asked.end(body);
    return answerTo(asked);
  }

  const status = async (...asked: Parameters<typeof send>) => (await send(...asked)).statusCode;
  const body = (name: string) => JSON.stringify({ metadata: { name } });

  /** A request that is at work until it is told its end: half of its body is there. */
  function slow(name: string) {
    const asked = ask('flood', 'POST', '', { 'content-length': `${body(name).length}` });
    asked.write(body(name).slice(0, 5));
    return {
      finish: () => {
        asked.end(body(name).slice(5));
        return answerTo(asked);
      },
      leave: () => asked.destroy(),
    };
  }

  async function atWork(level: string, schema: string, what = 'executing'): Promise<number> {
    const labels = `{priority_level="${level}",flow_schema="${schema}"}`;
    return (await scrape(api)).get(`apiserver_flowcontrol_current_${what}_requests${labels}`) ?? 0;
  }

  const uid = async (resource: string, name: string) =>
    (await api.must('GET', `${flowControl}/${resource}/${name}`)).metadata.uid;

  /** One seat, that it neither lends nor borrows. */
  const narrow = (limitResponse: object) => ({
    ...{ apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name: 'narrow' } },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse },
    },
  });

  const schema = (name: string, level: string, account: string) => ({
    ...{ apiVersion, kind: 'FlowSchema', metadata: { name } },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: 600,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'default', name: account } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
        },
      ],
    },
  });

  it('are told apart by flow schemas, which kubectl shows in their order', async () => {
    await until('the last of them', async () => {
      const { items } = await api.must('GET', `${flowControl}/flowschemas`);
      return items.length === 13 && JSON.stringify(items).split('"Found"').length === 14;
    });
    const table = await asAdmin('get', 'flowschemas');
    const rows = table.split('\n').map((line) => line.split(/\s{2,}/));
    expect(rows[0]).to.deep.equal([
      ...['NAME', 'PRIORITYLEVEL', 'MATCHINGPRECEDENCE', 'DISTINGUISHERMETHOD', 'AGE', 'MISSINGPL'],
    ]);
    expect(
      rows
        .slice(1)
        .map(([name, level, precedence, method, , missing]) =>
          [name, level, precedence, method, missing?.trim()].join(' '),
        ),
    ).to.deep.equal([
      'exempt exempt 1 <none> False',
      'probes exempt 2 <none> False',
      'system-leader-election leader-election 100 ByUser False',
      'endpoint-controller workload-high 150 ByUser False',
      'workload-leader-election leader-election 200 ByUser False',
      'system-node-high node-high 400 ByUser False',
      'system-nodes system 500 ByUser False',
      'kube-controller-manager workload-high 800 ByNamespace False',
      'kube-scheduler workload-high 800 ByNamespace False',
      'kube-system-service-accounts workload-high 900 ByNamespace False',
      'service-accounts workload-low 9000 ByUser False',
      'global-default global-default 9900 ByUser False',
      'catch-all catch-all 10000 ByUser False',
    ]);
    const levels = (await asAdmin('get', 'prioritylevelconfigurations')).split('\n');
    expect(levels.map((line) => line.trim().split(/\s+/).slice(0, -1).join(' '))).to.deep.equal([
      'NAME TYPE NOMINALCONCURRENCYSHARES QUEUES HANDSIZE QUEUELENGTHLIMIT',
      'catch-all Limited 5 <none> <none> <none>',
      'exempt Exempt <none> <none> <none> <none>',
      'global-default Limited 20 128 6 50',
      'leader-election Limited 10 16 4 50',
      'node-high Limited 40 64 6 50',
      'system Limited 30 64 6 50',
      'workload-high Limited 40 128 6 50',
      'workload-low Limited 100 128 6 50',
    ]);
  });

  it('say by which of them they were judged, an impersonated user by their own', async () => {
    const calm = await send('calm', 'GET');
    expect([calm.headers[flowHeader], calm.headers[levelHeader]]).to.deep.equal([
      await uid('flowschemas', 'service-accounts'),
      await uid('prioritylevelconfigurations', 'workload-low'),
    ]);
    const { headers } = await api.ask('GET', '/api/v1/nodes/pi-9', {
      headers: { 'impersonate-user': 'system:node:pi-9', 'impersonate-group': 'system:nodes' },
    });
    expect(headers[flowHeader]).to.equal(await uid('flowschemas', 'system-node-high'));
    const admin = await api.ask('GET', '/version');
    expect(admin.headers[levelHeader]).to.equal(await uid('prioritylevelconfigurations', 'exempt'));
  });

  it('are judged at the MQTT door as well: those of an agent', async () => {
    await cluster.startAgent('pi-1');
    const counted = 'apiserver_flowcontrol_dispatched_requests_total';
    await until('the node’s requests to be counted', async () => {
      const values = await scrape(api);
      const of = (level: string, name: string) =>
        values.get(`${counted}{priority_level="${level}",flow_schema="${name}"}`) ?? 0;
      return of('node-high', 'system-node-high') > 0 || of('system', 'system-nodes') > 0;
    });
  });

  it('are refused beyond the seats of a level that lets nobody wait; others are served', async () => {
    await api.must('POST', `${flowControl}/prioritylevelconfigurations`, {
      body: narrow({ type: 'Reject' }),
    });
    await api.must('POST', `${flowControl}/flowschemas`, { body: schema('flood', 'narrow', 'flood') });
    const first = slow('first');
    await until('it to be at work', async () => (await atWork('narrow', 'flood')) === 1);
    const refused = await send('flood', 'POST', '', body('second'));
    expect(refused.statusCode).to.equal(429);
    expect(refused.headers['retry-after']).to.match(/^[0-9]+$/);
    expect(refused.headers[flowHeader]).to.equal(await uid('flowschemas', 'flood'));
    expect(JSON.parse(refused.text)).to.deep.include({
      ...{ kind: 'Status', reason: 'TooManyRequests', code: 429 },
      message: 'Too many requests, please try again later.',
    });
    // Others have seats of their own, and so have nodes and administrators.
    expect(await status('calm', 'POST', '', body('calm'))).to.equal(201);
    const node = await api.ask('PATCH', '/api/v1/nodes/pi-9/status', {
      ...{ body: {}, contentType: 'application/merge-patch+json' },
      headers: { 'impersonate-user': 'system:node:pi-9', 'impersonate-group': 'system:nodes' },
    });
    expect(node.code).to.equal(404);
    await api.must('POST', configmaps, { body: { metadata: { name: 'by-admin' } } });
    expect((await first.finish()).statusCode).to.equal(201);
    expect(await status('flood', 'POST', '', body('third'))).to.equal(201);
    const reason = 'priority_level="narrow",flow_schema="flood",reason="concurrency-limit"';
    expect((await scrape(api)).get(`apiserver_flowcontrol_rejected_requests_total{${reason}}`)).to.equal(1);
  });

  it('hold no seat while they watch, and give theirs back when their client goes', async () => {
    const watches = await Promise.all(
      ['a', 'b', 'c'].map(async () => {
        const watch = ask('calm', 'GET', '?watch=1');
        watch.end();
        const [answer]: IncomingMessage[] = await once(watch, 'response');
        return [answer?.statusCode, typeof answer?.headers[flowHeader]];
      }),
    );
    expect(watches).to.deep.equal([1, 2, 3].map(() => [200, 'string']));
    expect(await atWork('workload-low', 'service-accounts')).to.equal(0);
    const gone = slow('gone');
    await until('the seat to be taken', async () => (await atWork('narrow', 'flood')) === 1);
    gone.leave();
    await until('the seat to be free', async () => (await status('flood', 'GET')) === 200);
  });

  it('wait where the level has queues, as many as there is room for', async () => {
    const queuing = { queues: 1, handSize: 1, queueLengthLimit: 2 };
    const put = narrow({ type: 'Queue', queuing });
    await api.must('PATCH', `${flowControl}/prioritylevelconfigurations/narrow`, {
      ...{ body: { spec: put.spec }, contentType: 'application/merge-patch+json' },
    });
    const first = slow('one');
    await until('it to be at work', async () => (await atWork('narrow', 'flood')) === 1);
    const second = send('flood', 'POST', '', body('two'));
    const leaving = ask('flood', 'POST');
    leaving.end(body('three'));
    await until('two to wait', async () => (await atWork('narrow', 'flood', 'inqueue')) === 2);
    expect(await status('flood', 'GET')).to.equal(429);
    const dump = await api.must(
      'GET',
      '/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1',
    );
    const [header = '', ...lines] = dump
      .trim()
      .split('\n')
      .filter((line: string) => /^(Prio|narrow)/.test(line));
    expect(header).to.match(/^PriorityLevelName, FlowSchemaName, QueueIndex, RequestIndexInQueue, Flow/);
    expect(lines.map((line: string) => line.split(/,\s+/).slice(0, 4).join(' '))).to.deep.equal([
      ...['narrow flood 0 -1', 'narrow flood 0 0', 'narrow flood 0 1'],
    ]);
    leaving.destroy();
    await until('one to wait', async () => (await atWork('narrow', 'flood', 'inqueue')) === 1);
    expect((await first.finish()).statusCode).to.equal(201);
    expect((await second).statusCode).to.equal(201);
    expect(await status('calm', 'GET', '/three')).to.equal(404);
    const levels = await api.must('GET', '/debug/api_priority_and_fairness/dump_priority_levels');
    const row = levels.split('\n').find((line: string) => line.startsWith('narrow'));
    expect(row?.split(/,\s+/).slice(1, 6).join(' ')).to.equal('0 true false 0 0');
  });

  it('give up waiting after a quarter of their time', async () => {
    const first = slow('four');
    await until('it to be at work', async () => (await atWork('narrow', 'flood')) === 1);
    const began = Date.now();
    expect(await status('flood', 'GET', '?timeout=2s')).to.equal(429);
    expect(Date.now() - began).to.be.at.least(450);
    expect((await first.finish()).statusCode).to.equal(201);
  });

  it('are not taken by a schema whose level is not there, and go their way when a level goes', async () => {
    await api.must('POST', `${flowControl}/flowschemas`, { body: schema('broken', 'nowhere', 'calm') });
    await until('it to be called dangling', async () => {
      const { status: is } = await api.must('GET', `${flowControl}/flowschemas/broken`);
      return is.conditions?.[0]?.status === 'True';
    });
    const usual = await uid('flowschemas', 'service-accounts');
    expect((await send('calm', 'GET')).headers[flowHeader]).to.equal(usual);
    const last = slow('five');
    await until('it to be at work', async () => (await atWork('narrow', 'flood')) === 1);
    await api.must('DELETE', `${flowControl}/prioritylevelconfigurations/narrow`);
    expect((await send('flood', 'GET')).headers[flowHeader]).to.equal(usual);
    expect((await last.finish()).statusCode).to.equal(201);
    await until('the level to be gone', async () => {
      const levels = await api.must('GET', '/debug/api_priority_and_fairness/dump_priority_levels');
      return !levels.includes('narrow');
    });
  });

  it('have what a cluster begins with back when somebody takes it away', async () => {
    await api.must('DELETE', `${flowControl}/flowschemas/catch-all`);
    await api.must('PATCH', `${flowControl}/flowschemas/probes`, {
      ...{ body: { spec: { matchingPrecedence: 3 } }, contentType: 'application/merge-patch+json' },
    });
    const annotation = 'apf.kubernetes.io/autoupdate-spec';
    await until('both to be as they were', async () => {
      const { code, body: catchAll } = await api.ask('GET', `${flowControl}/flowschemas/catch-all`);
      const probes = await api.must('GET', `${flowControl}/flowschemas/probes`);
      return (
        code === 200 &&
        catchAll.metadata.annotations[annotation] === 'true' &&
        probes.spec.matchingPrecedence === 2
      );
    });
    await api.must('PATCH', `${flowControl}/flowschemas/probes`, {
      body: { metadata: { annotations: { [annotation]: 'false' } }, spec: { matchingPrecedence: 3 } },
      contentType: 'application/merge-patch+json',
    });
    await api.must('DELETE', `${flowControl}/flowschemas/global-default`);
    await until('another one to be back', async () => {
      const { code } = await api.ask('GET', `${flowControl}/flowschemas/global-default`);
      return code === 200;
    });
    expect((await api.must('GET', `${flowControl}/flowschemas/probes`)).spec.matchingPrecedence).to.equal(3);
  });
});
