// kubectl autoscale, and HorizontalPodAutoscalers by memory, over an agent that measures what its pods use.

import { expect } from 'chai';
import { eventually, run, TestCluster } from '../support/cluster.ts';
import { sleeper } from '../support/manifests.ts';

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
