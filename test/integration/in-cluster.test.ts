// A program in a pod asks the API as every client library does it in a cluster: by the variables, the token and the CA
// that the pod finds. The hub is on the same board and joined by its loopback address, as with `npm start`.

import { expect } from 'chai';
import { commandAt, eventually, kubectls, run, TestCluster } from '../support/cluster.ts';
import { TestNetwork } from '../support/network.ts';

describe('a program in a pod', function () {
  this.timeout(120_000);
  let network: TestNetwork;
  let cluster: TestCluster;
  const [kubectl] = kubectls().slice(-1);

  before(async function () {
    TestNetwork.skipWithout(this);
    if (!kubectl) return this.skip();
    network = TestNetwork.of('board');
    cluster = new TestCluster({ place: network.place('board') });
    await cluster.startHub({ args: ['--bind', '0.0.0.0'] });
    await cluster.startAgent('pi', { args: ['--hub', cluster.server.replace(/\/\/[\d.]+/, '//127.0.0.1')] });
  });
  after(async () => {
    await cluster?.close();
    network?.remove();
  });

  async function asAdmin(args: readonly string[], input?: unknown): Promise<string> {
    const [program, all] = commandAt(network.place('board'), kubectl?.path ?? '', ...args);
    const options = {
      env: { KUBECONFIG: cluster.kubeconfig },
      ...(input ? { input: JSON.stringify(input) } : {}),
    };
    const { code, stdout, stderr } = await run(program, all, options);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  it('may do what its account may', async () => {
    await asAdmin(['create', 'serviceaccount', 'looker']);
    await asAdmin(['create', 'role', 'looker', '--verb=get', '--resource=configmaps']);
    await asAdmin(['create', 'rolebinding', 'looker', '--role=looker', '--serviceaccount=default:looker']);
    const asks = `${kubectl?.path} get configmap kube-root-ca.crt -o name; ${kubectl?.path} get secrets; echo done`;
    await asAdmin(['apply', '-f', '-'], {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'look' } },
      spec: {
        serviceAccountName: 'looker',
        restartPolicy: 'Never',
        containers: [{ name: 'c', image: 'host', command: ['sh', '-c', `HOME=/nowhere; ${asks}`] }],
      },
    });
    const said = await eventually('its end', async () => {
      const logs = await asAdmin(['logs', 'look']).catch(() => '');
      return logs.includes('done') ? logs : undefined;
    });
    expect(said).to.contain('configmap/kube-root-ca.crt');
    expect(said).to.contain(
      'User "system:serviceaccount:default:looker" cannot list resource "secrets" in API group "" in the namespace "default"',
    );
    const ip = await asAdmin(['get', 'pod', 'look', '-o', 'jsonpath={.status.podIP} {.status.hostIP}']);
    const [podIp, hostIp] = ip.split(' ');
    expect(podIp, 'a network of its own').to.not.equal(hostIp);
  });
});
