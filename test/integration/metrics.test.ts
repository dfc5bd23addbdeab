// What a real hub tells Prometheus, to whom, and what it writes to disk when nothing happens.

import { expect } from 'chai';
import { TestCluster } from '../support/cluster.ts';
import { HttpsJson } from '../support/https-json.ts';
import { scrape } from '../support/scrape.ts';

const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const maps = '/api/v1/namespaces/default/configmaps';

describe('metrics of a hub', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let api: HttpsJson;

  before(async () => {
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
  });
  after(async () => {
    api?.close();
    await cluster.close();
  });

  const written = async () => (await scrape(api)).get('kelp_store_bytes_written_total') ?? Number.NaN;

  it('are for whoever may read /metrics, and in Prometheus’ own words', async () => {
    const { headers, body } = await api.ask('GET', '/metrics', { accept: 'text/plain' });
    expect(headers['content-type']).to.equal('text/plain; version=0.0.4; charset=utf-8');
    for (const line of body.split('\n').filter(Boolean))
      expect(line).to.match(
        /^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{.*\})? (-?[0-9.e+-]+|[+-]Inf|Nan|NaN))$/i,
      );
    const paths = (await api.must('GET', '/')).paths;
    expect(paths).to.include('/metrics');
    const stranger = new HttpsJson(cluster.server, cluster.kubeconfig, { certificate: false });
    const { code } = await stranger.ask('GET', '/metrics');
    stranger.close();
    expect(code).to.equal(403);
  });

  it('count requests as kube-apiserver does, connections and the process', async () => {
    await api.must('GET', '/api/v1/namespaces/default/pods');
    const values = await scrape(api);
    const list =
      'verb="LIST",group="",version="v1",resource="pods",subresource="",scope="namespace",component="apiserver"';
    expect(values.get(`apiserver_request_total{${list},code="200"}`)).to.equal(1);
    expect(values.get(`apiserver_request_duration_seconds_bucket{${list},le="+Inf"}`)).to.equal(1);
    expect(values.get('process_resident_memory_bytes')).to.be.greaterThan(10_000_000);
    expect(values.get('kelp_store_revision')).to.be.greaterThan(1);
    expect(values.get('kelp_mqtt_connections')).to.equal(0);
    expect([...values.keys()]).to.include.members([
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
      'kelp_mqtt_messages_total{direction="sent"}',
    ]);
  });

  it('show that a write costs bytes, and one that changes nothing costs none', async () => {
    const before = await written();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } };
    const { metadata } = await api.must('POST', maps, { body });
    const after = await written();
    expect(after).to.be.greaterThan(before);
    const again = await api.must('PATCH', `${maps}/a`, { body: { data: { k: 'v' } }, contentType: merge });
    expect(again.metadata.resourceVersion).to.equal(metadata.resourceVersion);
    expect(await written()).to.equal(after);
  });

  it('show that heartbeats, leases and events cost no byte', async () => {
    const node = '/api/v1/nodes/pi-1';
    const beat = (second: number) => ({
      body: {
        status: {
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              lastHeartbeatTime: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`,
              lastTransitionTime: '2026-01-01T00:00:00Z',
            },
          ],
        },
      },
      contentType: strategic,
    });
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'pi-1' } };
    await api.must('POST', '/api/v1/nodes', {
      body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1' } },
    });
    await api.must('PATCH', `${node}/status`, beat(0));
    await api.must('POST', leases, { body: lease });
    await settled();
    const before = await written();
    for (let second = 1; second < 30; second += 1) {
      await api.must('PATCH', `${node}/status`, beat(second));
      const spec = { renewTime: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000Z` };
      await api.must('PATCH', `${leases}/pi-1`, { body: { spec }, contentType: merge });
      await api.must('POST', '/api/v1/namespaces/default/events', {
        body: {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: `e${second}` },
          involvedObject: { kind: 'Node', name: 'pi-1', namespace: 'default' },
          reason: 'Tried',
        },
      });
    }
    expect(await written()).to.equal(before);
    const shown = await api.must('GET', node);
    expect(shown.status.conditions[0].lastHeartbeatTime).to.equal('2026-01-01T00:00:29Z');
  });

  /** Resolves when two looks in a row show the same: the controllers have done what they had to do about a new node. */
  async function settled(): Promise<void> {
    let last = Number.NaN;
    for (let same = 0; same < 4; ) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const now = await written();
      same = now === last ? same + 1 : 0;
      last = now;
    }
  }
});
