// A custom resource as kubectl's users know it: the CronTab of Kubernetes' documentation, from its definition to its end.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MqttBus } from '../../../shared/bus/index.ts';
import {
  eventually,
  kubectls,
  RunningProgram,
  type RunResult,
  run,
  skipWithout,
  TestCluster,
} from '../../support/cluster.ts';

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: crontabs.stable.example.com
spec:
  group: stable.example.com
  scope: Namespaced
  names: { plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all] }
  versions:
  - name: v1
    served: true
    storage: true
    selectableFields: [{ jsonPath: .spec.color }]
    subresources:
      status: {}
      scale:
        specReplicasPath: .spec.replicas
        statusReplicasPath: .status.replicas
        labelSelectorPath: .status.labelSelector
    additionalPrinterColumns:
    - { name: Spec, type: string, description: The cron spec defining the interval a CronJob is run, jsonPath: .spec.cronSpec }
    - { name: Replicas, type: integer, jsonPath: .spec.replicas }
    - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
    - { name: Image, type: string, jsonPath: .spec.image, priority: 1 }
    schema:
      openAPIV3Schema:
        type: object
        description: A CronTab runs things from time to time.
        properties:
          spec:
            type: object
            required: [cronSpec]
            properties:
              cronSpec: { type: string, pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$', description: When to run. }
              image: { type: string }
              color: { type: string, enum: [red, blue], default: red }
              replicas: { type: integer, minimum: 1, maximum: 10, default: 1 }
              maxReplicas: { type: integer, default: 10 }
            x-kubernetes-validations:
            - { rule: 'self.replicas <= self.maxReplicas', message: replicas should be smaller than or equal to maxReplicas. }
          status:
            type: object
            properties:
              replicas: { type: integer }
              labelSelector: { type: string }
`;

const object = (fields = '') => `
apiVersion: stable.example.com/v1
kind: CronTab
metadata: { name: my-new-cron-object }
spec: { cronSpec: "* * * * */5", image: my-awesome-cron-image${fields} }
`;

describe('a custom resource with kubectl', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let program = '';

  before(async function () {
    const [newest] = kubectls().filter(({ version }) => version !== '1.20');
    if (!newest) skipWithout(this, 'kubectl', 'kubernetes-client');
    program = newest.path;
    await cluster.startHub();
  });

  after(() => cluster.close());

  const kubectl = (args: string, input?: string): Promise<RunResult> =>
    run(program, args.split(' '), {
      env: { KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory },
      ...(input !== undefined && { input }),
    });

  async function must(args: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args}: ${stderr}`);
    return stdout;
  }

  it('is applied, established and listed among the resources', async () => {
    expect(await must('apply -f -', definition)).to.equal(
      'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created\n',
    );
    expect(
      await must('wait --for=condition=Established crd/crontabs.stable.example.com --timeout=10s'),
    ).to.contain('condition met');
    expect(await must('api-resources --api-group=stable.example.com --no-headers')).to.match(
      /^crontabs +ct +stable\.example\.com\/v1 +true +CronTab\n$/,
    );
  });

  it('is shown in its columns, and explained', async () => {
    expect(await must('apply -f -', object())).to.equal(
      'crontab.stable.example.com/my-new-cron-object created\n',
    );
    expect(await must('get ct')).to.match(
      /^NAME +SPEC +REPLICAS +AGE\nmy-new-cron-object +\* \* \* \* \*\/5 +1 +\d+s\n$/,
    );
    expect(await must('get ct -o wide')).to.match(/IMAGE\n.*my-awesome-cron-image\n$/);
    expect(await must('get ct --field-selector spec.color=blue -o name')).to.equal('');
    const explained = await must('explain crontab.spec');
    expect(explained)
      .to.contain('GROUP:      stable.example.com')
      .and.to.match(/cronSpec\t<string> -required-\n +When to run\./);
    expect(await must('explain crontab')).to.contain('A CronTab runs things from time to time.');
  });

  it('is applied again, server-side too, and refused where it is wrong', async () => {
    expect(await must('apply -f -', object(', replicas: 2'))).to.contain('configured');
    expect(
      await must('apply --server-side --field-manager=other --force-conflicts -f -', object(', color: blue')),
    ).to.contain('serverside-applied');
    expect(await must('get ct my-new-cron-object -o jsonpath={.spec.color}')).to.equal('blue');
    const wrong = await kubectl('apply -f -', object(', replicas: 7, maxReplicas: 3'));
    expect(wrong.stderr).to.contain(
      'spec: Invalid value: "object": replicas should be smaller than or equal to maxReplicas.',
    );
    const cron = await kubectl('patch ct my-new-cron-object --type=merge -p {"spec":{"cronSpec":"no"}}');
    expect(cron.stderr).to.contain('spec.cronSpec: Invalid value: "no": spec.cronSpec in body should match');
    const strategic = await kubectl(
      'patch ct my-new-cron-object --type=strategic -p {"spec":{"replicas":3}}',
    );
    expect(strategic.stderr).to.match(/is not supported by stable\.example\.com\/v1, Kind=CronTab/);
    const unknown = await kubectl('apply -f -', object(', nonsense: 1'));
    expect(unknown.stderr).to.contain('unknown field "spec.nonsense"');
  });

  it('is scaled, and has a status', async () => {
    expect(await must('scale --replicas=5 ct/my-new-cron-object')).to.contain('scaled');
    expect(await must('get ct my-new-cron-object -o jsonpath={.spec.replicas}')).to.equal('5');
    await must('patch ct my-new-cron-object --subresource=status --type=merge -p {"status":{"replicas":5}}');
    expect(
      await must('get ct my-new-cron-object --subresource=scale -o jsonpath={.status.replicas}'),
    ).to.equal('5');
  });

  it('is watched over HTTPS and over MQTT', async () => {
    const watching = new RunningProgram(program, [
      'get',
      'ct',
      '-w',
      '-o',
      'name',
      '--kubeconfig',
      cluster.kubeconfig,
    ]);
    const bus = new MqttBus({
      address: () => ({ host: '127.0.0.1', port: cluster.mqttPort }),
      clientId: 'ada',
      tls: { ca: cluster.ca },
      token: cluster.adminToken,
    });
    try {
      await bus.connect();
      const heard: string[] = [];
      await bus.subscribe('kelp/v1/watch/stable.example.com/crontabs/#', (_topic, payload) => {
        heard.push(payload.toString());
      });
      await watching.line(/my-new-cron-object/);
      await must('create -f -', object().replace('my-new-cron-object', 'second'));
      await watching.line(/second/);
      await eventually('the second over MQTT', () => heard.find((text) => text.includes('"name":"second"')));
      await eventually('the first, retained', () =>
        heard.find((text) => text.includes('"name":"my-new-cron-object"')),
      );
    } finally {
      await watching.stop();
      await bus.close();
    }
  });

  it('is served after a restart of the hub, and collected with its owner', async () => {
    await cluster.hub.stop();
    await cluster.startHub();
    const uid = await must('get ct my-new-cron-object -o jsonpath={.metadata.uid}');
    const owner = `{"apiVersion":"stable.example.com/v1","kind":"CronTab","name":"my-new-cron-object","uid":"${uid}"}`;
    await must(
      'create -f -',
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owned","ownerReferences":[${owner}]}}`,
    );
    expect(await must('get cm owned -o name')).to.equal('configmap/owned\n');
    await must('delete ct my-new-cron-object');
    await eventually('the owned to be gone', async () =>
      (await kubectl('get cm owned')).code === 0 ? undefined : true,
    );
  });

  it('goes with its namespace', async () => {
    await must('create namespace doomed');
    await must('create -n doomed -f -', object());
    expect(await must('get all -n doomed -o name')).to.equal(
      'crontab.stable.example.com/my-new-cron-object\n',
    );
    await must('delete namespace doomed --timeout=20s');
    expect(await must('get ct -n doomed -o name')).to.equal('');
  });

  it('goes with its definition', async () => {
    writeFileSync(join(cluster.directory, 'definition.yaml'), definition);
    expect(await must(`delete -f ${join(cluster.directory, 'definition.yaml')}`)).to.contain('deleted');
    expect(await must('api-resources --no-headers -o name')).to.not.contain('crontabs');
    const { code, stderr } = await kubectl('get ct');
    expect(code).to.equal(1);
    expect(stderr).to.contain('the server doesn\'t have a resource type "ct"');
  });
});
