// Pod security as people meet it: labels, `kubectl run`, a Deployment that nobody would start, and a hub with a configuration.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectAsync, type MqttClient } from 'mqtt';
import { parseRpcResponse, type RpcResponse, rpcTopic } from '../../../shared/bus/index.ts';
import {
  eventually,
  kubectls,
  type RunResult,
  run,
  skipWithout,
  TestCluster,
} from '../../support/cluster.ts';

const configuration = `
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: { enforce: baseline }
      exemptions: { namespaces: [kube-system] }
`;
const wanted =
  'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), ' +
  'unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), ' +
  'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), ' +
  'seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

describe('pod security with kubectl', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let program = '';
  let mqtt: MqttClient | undefined;

  before(async function () {
    const [kubectlHere] = kubectls();
    if (!kubectlHere) skipWithout(this, 'kubectl', 'kubernetes-client');
    program = kubectlHere.path;
    const file = join(cluster.directory, 'admission.yaml');
    writeFileSync(file, configuration);
    await cluster.startHub({ args: ['--admission-control-config-file', file] });
  });

  after(async () => {
    await mqtt?.endAsync(true);
    await cluster.close();
  });

  const kubectl = (args: string): Promise<RunResult> =>
    run(program, args.split(' '), { env: { KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory } });

  async function done(args: string): Promise<RunResult> {
    const result = await kubectl(args);
    expect(result.code, result.stderr).to.equal(0);
    return result;
  }

  it('warns of pods that are there, refuses new ones, and warns of templates', async () => {
    await done('create namespace tenants');
    await done('run web --image=nginx -n tenants');
    const labelled = await done('label namespace tenants pod-security.kubernetes.io/enforce=restricted');
    expect(labelled.stdout).to.equal('namespace/tenants labeled\n');
    expect(labelled.stderr).to.equal(
      'Warning: existing pods in namespace "tenants" violate the new PodSecurity enforce level "restricted:latest"\n' +
        'Warning: web: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\n',
    );
    const refused = await kubectl('run other --image=nginx -n tenants');
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.equal(
      `Error from server (Forbidden): pods "other" is forbidden: violates PodSecurity "restricted:latest": ${wanted.replaceAll('"web"', '"other"')}\n`,
    );
    const created = await done('create deployment web --image=nginx -n tenants');
    expect(created.stdout).to.equal('deployment.apps/web created\n');
    // kubectl calls the container after its image.
    expect(created.stderr).to.equal(
      `Warning: would violate PodSecurity "restricted:latest": ${wanted.replaceAll('"web"', '"nginx"')}\n`,
    );
    await eventually('the event of the ReplicaSet', async () => {
      const { stdout } = await done('get events -n tenants -o jsonpath={.items[*].message}');
      return /Error creating: pods "web-\w+-\w{5}" is forbidden: violates PodSecurity "restricted:latest"/.test(
        stdout,
      )
        ? stdout
        : undefined;
    });
    const wrong = await kubectl('label namespace tenants pod-security.kubernetes.io/warn=all');
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.contain(
      'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "all": must be one of privileged, baseline, restricted',
    );
  });

  it('holds everybody else to what its configuration says, at both doors', async () => {
    await done('run free --image=nginx -n kube-system --privileged');
    const refused = await kubectl('run bound --image=nginx --privileged');
    const text = `pods "bound" is forbidden: violates PodSecurity "baseline:latest": privileged (container "bound" must not set securityContext.privileged=true)`;
    expect(refused.stderr).to.equal(`Error from server (Forbidden): ${text}\n`);
    mqtt = await connectAsync(`mqtts://127.0.0.1:${cluster.mqttPort}`, {
      ...{ ca: cluster.ca, clientId: 'bound', username: 'ada', password: cluster.adminToken },
    });
    await mqtt.subscribeAsync(rpcTopic('bound', 'response'), { qos: 1 });
    const answered = new Promise<RpcResponse | undefined>((resolve) =>
      mqtt?.on('message', (_topic, payload) => resolve(parseRpcResponse(payload))),
    );
    const container = { name: 'bound', image: 'nginx', securityContext: { privileged: true } };
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bound' },
      spec: { containers: [container] },
    };
    const request = { id: '1', method: 'POST', path: '/api/v1/namespaces/default/pods', body };
    await mqtt.publishAsync(rpcTopic('bound', 'request'), JSON.stringify(request), { qos: 1 });
    const { code, body: status } = (await answered) ?? {};
    expect(code).to.equal(403);
    expect(JSON.stringify(status)).to.contain(JSON.stringify(text).slice(1, -1));
    const { stdout } = await done('get --raw /metrics');
    expect(stdout).to.contain(
      'pod_security_evaluations_total{decision="deny",policy_level="baseline",policy_version="latest",mode="enforce",request_operation="create",resource="pod",subresource=""} 2',
    );
    expect(stdout).to.contain(
      'pod_security_exemptions_total{request_operation="create",resource="pod",subresource=""} 1',
    );
  });
});
