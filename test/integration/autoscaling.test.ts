// kubectl autoscale, and HorizontalPodAutoscalers by memory, over an agent that measures what its pods use.

import { expect } from 'chai';
import { eventually, run, TestCluster } from '../support/cluster.ts';
import { sleeper } from '../support/manifests.ts';
import { type Measured, MetricsServer } from '../support/metrics-server.ts';

describe('autoscaling by kubectl', function () {
  this.timeout(180_000);
  const cluster = new TestCluster();

  before(async () => {
    await cluster.startHub();
    await cluster.startAgent('pi');
    // What runs is measured at the autoscalers' first look: the next is 15 seconds later.
    for (const name of ['grows', 'asks']) await kubectl(['apply', '-f', '-'], sleeper(name, 1));
    for (const name of ['grows', 'asks'])
      await kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=60s']);
  });
  after(() => cluster.close());

  async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
    const { code, stdout, stderr } = await run('kubectl', args, {
      env: { KUBECONFIG: cluster.kubeconfig },
      ...(input !== undefined && { input: JSON.stringify(input) }),
    });
    expect(code, `kubectl ${args.join(' ')}: ${stderr}`).to.equal(0);
    return stdout;
  }

  const describeHas = (name: string, ...patterns: RegExp[]) =>
    eventually(`what is said of ${name}`, async () => {
      const told = await kubectl(['describe', 'hpa', name]);
      for (const pattern of patterns) expect(told).to.match(pattern);
      return told;
    });

  it('gives a Deployment as many pods as their memory asks for, and no more than allowed', async () => {
    // A process that sleeps uses more than ten kibibytes, however many there are.
    const target = { type: 'AverageValue', averageValue: '10Ki' };
    await kubectl(['apply', '-f', '-'], {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'grows' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'grows' },
        maxReplicas: 3,
        metrics: [{ type: 'Resource', resource: { name: 'memory', target } }],
      },
    });
    await eventually('three replicas that are ready', async () => {
      const ready = ['-o', 'jsonpath={.spec.replicas} {.status.readyReplicas}'];
      return (await kubectl(['get', 'deployment', 'grows', ...ready])) === '3 3' || undefined;
    });
    await describeHas(
      'grows',
      /AbleToScale\s+True\s/,
      /ScalingActive\s+True\s+ValidMetricFound\s+.*from memory resource/,
      /ScalingLimited\s+True\s+TooManyReplicas/,
      /SuccessfulRescale\s+.*horizontal-pod-autoscaler\s+New size: 3; reason: memory resource above target/,
    );
    const [heads = '', row = ''] = (await kubectl(['get', 'hpa', 'grows'])).trim().split('\n');
    expect(heads.split(/\s{2,}/)).to.eql([
      ...['NAME', 'REFERENCE', 'TARGETS', 'MINPODS', 'MAXPODS', 'REPLICAS', 'AGE'],
    ]);
    expect(row).to.match(/^grows\s+Deployment\/grows\s+memory: \d+\w*\/10Ki\s+1\s+3\s+[13]\s/);
    await kubectl(['delete', 'hpa/grows', 'deployment/grows']);
  });

  describe('by what other servers measure', () => {
    const server = new MetricsServer();
    const inNamespace = '/namespaces/default';

    before(async () => {
      await server.start();
      await kubectl(['apply', '-f', '-'], {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'measures' } },
        spec: { type: 'ExternalName', externalName: 'localhost' },
      });
      for (const [version, group] of [
        ['v1beta2', 'custom.metrics.k8s.io'],
        ['v1beta1', 'external.metrics.k8s.io'],
      ])
        await kubectl(['apply', '-f', '-'], {
          ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
          metadata: { name: `${version}.${group}` },
          spec: {
            ...{ group, version, groupPriorityMinimum: 100, versionPriority: 100 },
            insecureSkipTLSVerify: true,
            service: { namespace: 'default', name: 'measures', port: server.port },
          },
        });
      await kubectl(['apply', '-f', '-'], sleeper('told', 2));
      await kubectl(['rollout', 'status', 'deployment/told', '--timeout=60s']);
      for (const name of ['v1beta2.custom.metrics.k8s.io', 'v1beta1.external.metrics.k8s.io'])
        await kubectl(['wait', '--for=condition=Available', `apiservice/${name}`, '--timeout=30s']);
    });
    after(() => server.stop());

    const autoscaler = (...metrics: object[]) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'told' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'told' },
        ...{ minReplicas: 2, maxReplicas: 9, metrics },
      },
    });
    const ways: [string, object, Measured, RegExp][] = [
      [
        'of its pods',
        {
          type: 'Pods',
          pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '5' } },
        },
        {},
        /pods metric hits above target/,
      ],
      [
        'of an object',
        {
          type: 'Object',
          object: {
            describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'way' },
            metric: { name: 'hits', selector: { matchLabels: { verb: 'GET' } } },
            target: { type: 'Value', value: '2500m' },
          },
        },
        { [`${inNamespace}/ingresses.networking.k8s.io/way/hits`]: [{ object: 'way', value: '5' }] },
        /Ingress metric hits above target/,
      ],
      [
        'of its namespace, for each pod',
        {
          type: 'Object',
          object: {
            describedObject: { apiVersion: 'v1', kind: 'Namespace', name: 'default' },
            metric: { name: 'load' },
            target: { type: 'AverageValue', averageValue: '1' },
          },
        },
        { [`${inNamespace}/metrics/load`]: [{ object: 'default', value: '4' }] },
        /external metric load\(nil\) above target/,
      ],
      [
        'outside',
        {
          type: 'External',
          external: {
            metric: { name: 'queue', selector: { matchLabels: { of: 'mail' } } },
            target: { type: 'AverageValue', averageValue: '2' },
          },
        },
        { [`${inNamespace}/queue`]: [{ value: '3' }, { value: '5' }] },
        /external metric queue\(&LabelSelector{MatchLabels:map\[string\]string{of: mail,},MatchExpressions:\[\]LabelSelectorRequirement{},}\) above target/,
      ],
    ];
    for (const [what, metric, measured, reason] of ways)
      it(`follows what is measured ${what}`, async () => {
        const names = ['get', 'pods', '-l', 'app=told', '-o', 'jsonpath={.items[*].metadata.name}'];
        const pods = (await kubectl(names)).trim().split(' ');
        server.measured = {
          [`${inNamespace}/pods/*/hits`]: pods.map((object) => ({ object, value: '10' })),
          ...measured,
        };
        await kubectl(['apply', '-f', '-'], autoscaler(metric));
        await eventually('four replicas', async () => {
          const args = ['get', 'deployment', 'told', '-o', 'jsonpath={.spec.replicas}'];
          return (await kubectl(args)) === '4' || undefined;
        });
        await describeHas('told', reason);
        await kubectl(['delete', 'hpa/told']);
        await kubectl(['scale', 'deployment/told', '--replicas=2']);
        await kubectl(['rollout', 'status', 'deployment/told', '--timeout=60s']);
      });

    it('asks with the selectors of metric and pods', () => {
      const custom = `/apis/custom.metrics.k8s.io/v1beta2${inNamespace}`;
      expect(server.asked.get(`${custom}/pods/*/hits`)).to.deep.equal({ labelSelector: 'app=told' });
      expect(server.asked.get(`${custom}/ingresses.networking.k8s.io/way/hits`)).to.deep.equal({
        metricLabelSelector: 'verb=GET',
      });
      expect(server.asked.get(`/apis/external.metrics.k8s.io/v1beta1${inNamespace}/queue`)).to.deep.equal({
        labelSelector: 'of=mail',
      });
    });

    it('shows what it measures', async () => {
      const target = { type: 'AverageValue', averageValue: '2' };
      server.measured = { [`${inNamespace}/queue`]: [{ value: '1' }, { value: '3' }] };
      const metric = { name: 'queue' };
      await kubectl(['apply', '-f', '-'], autoscaler({ type: 'External', external: { metric, target } }));
      await describeHas('told', /"queue" \(target average value\): +2 \/ 2/);
      await kubectl(['delete', 'hpa/told']);
    });

    it('says what is not measured', async () => {
      server.measured = {};
      await kubectl(
        ['apply', '-f', '-'],
        autoscaler({
          type: 'External',
          external: { metric: { name: 'none' }, target: { type: 'Value', value: '2' } },
        }),
      );
      await describeHas(
        'told',
        /unable to get external metric default\/none\/nil: unable to fetch metrics from external metrics API: /,
      );
      await kubectl(['delete', 'hpa/told', 'deployment/told']);
    });
  });

  it('says what is missing, by kubectl autoscale', async () => {
    await kubectl(['autoscale', 'deployment', 'asks', '--cpu-percent=50', '--min=1', '--max=3']);
    await describeHas(
      'asks',
      /AbleToScale\s+True\s+SucceededGetScale/,
      /ScalingActive\s+False\s+FailedGetResourceMetric\s+.*missing request for cpu in container sleeper of Pod asks-/,
    );
    expect(await kubectl(['get', 'hpa', 'asks'])).to.match(/cpu: <unknown>\/50%/);
    await kubectl(['delete', 'hpa/asks', 'deployment/asks']);
  });
});
