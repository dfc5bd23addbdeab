import { expect } from 'chai';
import { expose } from '../../../hub/apiserver/metrics/exposition.ts';
import { labelsOf, RequestMetrics } from '../../../hub/apiserver/metrics/index.ts';
import { ResourceIndex } from '../../../hub/apiserver/resource-index.ts';
import { parseRestPath } from '../../../hub/apiserver/rest-path.ts';
import { resources } from '../../../shared/api/index.ts';

describe('metrics of requests', () => {
  const index = new ResourceIndex(resources);
  const labels = (method: string, url: string, contentType?: string) =>
    labelsOf(parseRestPath(method, url), contentType, index);
  const short = (method: string, url: string, contentType?: string) => {
    const { verb, group, version, resource, subresource, scope } = labels(method, url, contentType);
    return [verb, group, version, resource, subresource, scope].join(' ');
  };

  it('have the labels of kube-apiserver', () => {
    const pod = '/api/v1/namespaces/default/pods/web';
    expect(short('GET', '/api/v1/pods')).to.equal('LIST  v1 pods  cluster');
    expect(short('GET', '/api/v1/namespaces/default/pods')).to.equal('LIST  v1 pods  namespace');
    expect(short('GET', '/apis/apps/v1/deployments?watch=1')).to.equal('WATCH apps v1 deployments  cluster');
    expect(short('POST', '/api/v1/namespaces/default/pods')).to.equal('POST  v1 pods  resource');
    expect(short('PATCH', `${pod}/status`)).to.equal('PATCH  v1 pods status resource');
    expect(short('PATCH', pod, 'application/apply-patch+yaml')).to.equal('APPLY  v1 pods  resource');
    expect(short('PUT', pod)).to.equal('PUT  v1 pods  resource');
    expect(short('DELETE', '/api/v1/namespaces/default/pods')).to.equal(
      'DELETECOLLECTION  v1 pods  namespace',
    );
    expect(short('GET', '/healthz')).to.equal('GET     ');
  });

  it('do not grow with what clients make up', () => {
    const metrics = new RequestMetrics();
    for (let at = 0; at < 20_000; at += 1) {
      metrics.count(labels('GET', `/apis/made.up/v${at}/things${at}`), { code: 404, type: 'object' }, 0.001);
      metrics.count(
        labels('GET', `/api/v1/namespaces/a/pods/b/made-up-${at}`),
        { code: 404, type: 'object' },
        0.001,
      );
      metrics.count(labels(`MADE${at}`, '/x'), { code: 404, type: 'object' }, 0.001);
    }
    const [totals] = metrics.families();
    expect([...(totals?.samples() ?? [])]).to.have.length(3);
  });

  it('count, and tell how long it took except of what lasts as long as the client likes', () => {
    const metrics = new RequestMetrics();
    const list = labels('GET', '/api/v1/pods');
    metrics.count(list, { code: 200, type: 'object' }, 0.004);
    metrics.count(list, { code: 200, type: 'object' }, 0.3);
    metrics.count(list, { code: 403, type: 'object' }, 100);
    metrics.count(labels('GET', '/api/v1/pods?watch=1'), { code: 200, type: 'watch' }, 3600);
    const text = expose(metrics.families());
    const line = (start: string) => text.split('\n').filter((each) => each.startsWith(start));
    const listed =
      'verb="LIST",group="",version="v1",resource="pods",subresource="",scope="cluster",component="apiserver"';
    expect(line('apiserver_request_total')).to.include.members([
      `apiserver_request_total{${listed},code="200"} 2`,
      `apiserver_request_total{${listed},code="403"} 1`,
    ]);
    expect(line('apiserver_request_duration_seconds_bucket')).to.include.members([
      `apiserver_request_duration_seconds_bucket{${listed},le="0.005"} 1`,
      `apiserver_request_duration_seconds_bucket{${listed},le="0.4"} 2`,
      `apiserver_request_duration_seconds_bucket{${listed},le="60"} 2`,
      `apiserver_request_duration_seconds_bucket{${listed},le="+Inf"} 3`,
    ]);
    expect(line('apiserver_request_duration_seconds_count')).to.deep.equal([
      `apiserver_request_duration_seconds_count{${listed}} 3`,
    ]);
    expect(text).to.match(/^# TYPE apiserver_request_duration_seconds histogram$/m);
  });

  it('are written so that Prometheus reads what stands in a label', () => {
    const samples = () => [{ value: Number.POSITIVE_INFINITY, labels: { path: 'a"b\\c\nd' } }];
    expect(expose([{ name: 'x', help: 'two\nlines', type: 'gauge', samples }])).to.equal(
      '# HELP x two\\nlines\n# TYPE x gauge\nx{path="a\\"b\\\\c\\nd"} +Inf\n',
    );
  });
});
