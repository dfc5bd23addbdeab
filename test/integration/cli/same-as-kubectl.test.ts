// The same commands by kubectl and by kelp, against one hub: what they print and how they exit has to be the same.
// What only reads is done by kelp in this process, what writes by the program as it is started in a shell.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  kelpProgram,
  kubectls,
  type RunResult,
  root,
  run,
  skipWithout,
  TestCluster,
} from '../../support/cluster.ts';
import { kelpHere } from '../../support/kelp-here.ts';

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: p1, labels: {app: a, tier: x}}
spec:
  nodeSelector: {nowhere: "true"}
  containers:
  - {name: c, image: busybox, args: ["<a>", "true", "1", "a: b", ""]}
  - {name: d, image: "busybox:1", env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p2, labels: {app: b}}
spec: {nodeSelector: {nowhere: "true"}, containers: [{name: c, image: busybox}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm1}
data: {a: "multi\\nline\\n", b: "yes", "10": "x", "9": "y", _x: "it's: 'so'"}
`;

/** Kinds that are described in ways of their own, none of which makes a pod. */
const kinds = `
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: stateful}
spec:
  replicas: 0
  serviceName: web
  selector: {matchLabels: {app: stateful}}
  template:
    metadata: {labels: {app: stateful}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: daemon, annotations: {a: b}}
spec:
  selector: {matchLabels: {app: daemon}}
  template:
    metadata: {labels: {app: daemon}}
    spec: {nodeSelector: {nowhere: "true"}, containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Node
metadata: {name: empty}
spec: {unschedulable: false}
---
apiVersion: v1
kind: Node
metadata: {name: full}
spec: {unschedulable: false}
---
apiVersion: v1
kind: Pod
metadata: {name: bound, namespace: kube-public}
spec: {nodeName: full, containers: [{name: c, image: busybox}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  suspend: true
  completions: 3
  completionMode: Indexed
  activeDeadlineSeconds: 60
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: yearly}
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate: {spec: {parallelism: 2, template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}}
---
apiVersion: v1
kind: Endpoints
metadata: {name: outside}
subsets:
- addresses: [{ip: 10.1.2.3}, {ip: 10.1.2.4}]
  ports: [{port: 80, name: web}, {port: 443, name: tls}]
- notReadyAddresses: [{ip: 10.1.2.5}]
  ports: [{port: 81}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: sliced}
addressType: IPv4
ports: [{name: "", port: 80, protocol: TCP}]
endpoints:
- {addresses: [10.1.2.3], conditions: {ready: true}, nodeName: n1, zone: z1, hostname: h}
- {addresses: [10.1.2.4], targetRef: {kind: Pod, name: p1}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: empty}
addressType: IPv4
endpoints: []
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk, labels: {a: b}}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce, ReadOnlyMany]
  local: {path: /mnt/disk}
  nodeAffinity:
    required:
      nodeSelectorTerms:
      - matchExpressions: [{key: a, operator: In, values: [b, c]}, {key: d, operator: Exists}]
      - matchExpressions: [{key: e, operator: DoesNotExist}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: driven}
spec:
  capacity: {storage: 2Gi}
  accessModes: [ReadWriteMany]
  storageClassName: none
  csi: {driver: a.b, volumeHandle: x, volumeAttributes: {q: r, a: b}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: shared}
spec: {capacity: {storage: 3Gi}, accessModes: [ReadWriteMany], storageClassName: none, nfs: {server: s, path: /p}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: bound, annotations: {a: b}}
spec: {storageClassName: "", accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pending}
spec:
  accessModes: [ReadWriteOncePod]
  resources: {requests: {storage: 1Mi}}
  dataSource: {kind: PersistentVolumeClaim, name: bound}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: slow, labels: {x: z}}
provisioner: a.b/c
parameters: {k: v, a: b}
mountOptions: [ro, sync]
allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a, b]}, {key: rack, values: ["1"]}]}]
`;

const changed = manifest.replace('image: nginx', 'image: "nginx:2", ports: [{containerPort: 80}]');
const invalid = manifest.replace('replicas: 0', 'replicas: -1');

/** Commands that change nothing: one hub serves both programs. */
const reading = [
  'get',
  'get foo',
  'get pods,cm a',
  'get pods -o wide',
  'get all',
  'get all -A -o wide',
  'get deploy/web pod/p1',
  'get pods -A --show-labels',
  'get pods --show-labels -L app,tier',
  'get pods -o name',
  'get pods -o json',
  'get pods,deploy,cm -o yaml',
  'get cm cm1 -o yaml',
  'get cm cm1 -o=json',
  'get pods zz p1 yy',
  'get pods zz --ignore-not-found',
  'get pods -n nowhere',
  'get nodes',
  'get pods -l app=a x',
  'get pods -l =',
  'get pods --chunk-size=1 --show-kind',
  'get pods --no-headers',
  'get pods --sort-by={.metadata.labels.app} -o name',
  'get pods --field-selector metadata.name=p2',
  'get pods -o custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image,X:.foo',
  'get pods -o jsonpath={range_.items[*]}{.metadata.name}{"\\t"}{..image}{"\\n"}{end}',
  'get pods -o jsonpath={.items[?(@.metadata.name=="p1")].metadata.labels}',
  'get po p1 -A',
  'get deployments.v1.apps,pods.v1. -o name',
  'describe pod p1',
  'describe deploy web',
  'describe ns default',
  'describe pod zz',
  'describe runtimeclass process',
  'describe svc elsewhere',
  'describe sts stateful',
  'describe ds daemon',
  'describe job once',
  'describe cronjob yearly',
  'describe endpoints outside',
  'describe endpointslice sliced',
  'describe endpointslice empty',
  'describe pv disk',
  'describe pv driven shared',
  'describe pvc bound',
  'describe pvc pending',
  'describe sc local slow',
  'get pv,pvc,sc',
  'get pv,pvc,sc -o wide',
  'api-resources',
  'api-resources -o wide',
  'api-resources --namespaced=false -o name',
  'rollout status deploy/web',
  'rollout history deploy/web',
  'rollout status pod p1',
  'delete',
  'delete pods',
  'delete pods zz',
  'delete pods p1 --now --grace-period=3',
  'delete pod p1 --dry-run=server',
  'delete pod p1 --dry-run=client -o name',
  'scale deploy/web --replicas=2 --current-replicas=9',
  'scale deploy/zz --replicas=2',
  'scale pod/p1 --replicas=2',
  'scale deploy/web --replicas=2 --dry-run=server',
  'label pod p1',
  'label pod p1 app=z',
  'label pod p1 zz-',
  'label pod p1 x=y --dry-run=server',
  'label pod p1 x=y x-',
  'annotate pod zz a=b',
  'set image deploy/web x=y',
  'logs zz',
  'logs -l app=zz',
  'cordon zz',
  'drain',
  'drain zz',
  'drain empty --dry-run=client',
  'drain full --dry-run=client',
  'drain full --force --dry-run=client',
  'drain full --force --dry-run=server',
  'apply -f none.yaml',
  'apply -f all.yaml --dry-run=client',
  'apply -f all.yaml --dry-run=server',
  'apply -f changed.yaml --dry-run=server -o yaml',
  'apply -f invalid.yaml --dry-run=server',
  'apply -f all.yaml -n other',
  'create -f all.yaml',
  'apply -f all.yaml -l =',
  'apply -f all.yaml -l app=b --dry-run=server',
  'delete -f all.yaml -l app=b --dry-run=client',
  'describe sa default',
  'rollout undo deploy/web',
  'rollout undo deploy/web --to-revision=1 --dry-run=client',
  'get pods --as bob',
  'get cm cm1 --as bob --as-group system:masters --request-timeout=60s',
  'create',
  'create configmap',
  'create configmap x y',
  "create configmap x --from-literal=a=b,c --from-literal=z='y' --from-file=all.yaml --from-file=k=data.bin --dry-run=client -o yaml",
  'create cm x --from-file=folder --from-literal=b=1 --dry-run=client -o yaml',
  'create cm x --from-env-file=some.env --dry-run=client -o yaml',
  'create cm x --from-env-file=bad.env --dry-run=client',
  'create cm x --from-env-file=some.env --from-literal=a=b',
  'create cm x --from-literal=a',
  'create cm x --from-literal=a_b=c',
  'create cm x --from-literal=a=b --from-literal=a=c',
  'create cm x --from-file=none',
  'create cm x --from-file=k=folder',
  'create cm x --from-file==none',
  'create cm x --from-file=k=',
  'create cm x --from-literal=a=b --dry-run=server',
  'create cm x --dry-run=client -n other -o yaml',
  'create cm cm1 --from-literal=a=b',
  'create cm X_',
  'create cm x -n nowhere',
  'create secret generic',
  "create secret generic x --from-literal=a=b --from-file=data.bin --from-literal=q='y' --type=foo/bar --dry-run=client -o yaml",
  'create secret generic x --from-literal=a=b --from-literal=a=c',
  'create secret generic x --from-literal=a_b=c',
  'create secret generic X_ --from-literal=a=b',
  'create sa default',
  'create sa x --dry-run=server -o name',
  'create serviceaccount x --dry-run=client --save-config -o name',
  'create ns',
  'create ns default',
  'create namespace x --dry-run=client -o yaml',
  'create ns X_',
  'create deployment d --image=nginx:1 --replicas=3 --port=80 --dry-run=client -o yaml',
  'create deploy d --image=a/b/nginx@sha256:abc,busybox --dry-run=client -o yaml',
  'create deploy d --image=nginx --dry-run=client -o yaml -- sleep 10',
  'create deploy d --image=a,b -- sleep 10',
  'create deploy --image=nginx',
  'create deploy web --image=nginx',
  'create deploy d --image=nginx --replicas=-1 --dry-run=server',
  'wait',
  'wait pod p1',
  'wait pod p1 --for=ready',
  'wait pods --for=jsonpath={.kind}=Pod',
  'wait pods --all --for=jsonpath={.kind}=Pod',
  'wait pods -l app=zz --for=condition=ready',
  'wait pods -l app=zz --for=delete',
  'wait pod zz p1 --for=jsonpath={.kind}=Pod',
  'wait pod p1 --for=jsonpath={.kind}=Pod -o name',
  'wait pod p1 --for=jsonpath={.metadata.labels.app}',
  'wait pod p1 --for=jsonpath={.metadata.labels}=x --timeout=0',
  'wait pod p1 --for=jsonpath={.spec.containers[*].name}=c --timeout=0',
  'wait pod p1 --for=jsonpath={.kind}= --timeout=0',
  'wait pod p1 --for=jsonpath={.kind}=a=b --timeout=0',
  'wait pod p1 --for=jsonpath=.kind=Pod --timeout=0',
  'wait pod p1 --for=jsonpath={.zz}=Pod --timeout=0',
  'wait pod p1 --for=condition=PodScheduled=False',
  'wait pod p1 --for=condition=ready --timeout=1s',
  'wait pod p1 --for=condition=ready --timeout=0',
  'wait pod p1 p2 --for=condition=ready --timeout=1s',
  'wait deploy/web --for=condition=Available',
  'wait pod p1 --for=delete --timeout=1s',
  'wait pod p1 --for=delete --timeout=0',
  'wait pod zz --for=delete',
  'wait pod p1 --for=create',
  'wait pod zz --for=create --timeout=1s',
  'wait foo/x --for=delete',
  'create -f all.yaml --dry-run=client -o yaml',
];

/** Commands that change something; each begins with what `all.yaml` says. */
const writing = [
  'apply -f all.yaml',
  'apply -f changed.yaml',
  'apply -f changed.yaml -o name',
  'apply -f invalid.yaml',
  'delete -f all.yaml --force',
  'delete deploy web --cascade=foreground',
  'delete pods --all --now',
  'delete pods,cm -l app',
  'scale deploy web --replicas=0',
  'label pods --all x=y',
  'label pod p1 app-',
  'label pod p1 app=z --overwrite -o yaml',
  'annotate pod p1 x=y',
  'set image deploy/web c=nginx:3',
  'rollout pause deploy/web',
  'rollout restart deploy/web',
  'drain empty',
  'drain full',
  'drain full --force --grace-period=0',
  'create ns made --save-config',
  'create cm made --from-literal=a=b -o yaml',
  'create secret generic made --from-literal=a=b',
  'create sa made',
  'create deploy made --image=nginx --replicas=0',
];

/** Without what differs from one moment, object or program to the next. */
function normal(text: string): string {
  return (
    text
      .replaceAll('kubectl', 'kelp')
      // What the machinery of kubectl logs is no part of its text.
      .replace(/^W\d{4} .*\n/gm, '')
      .replace(/^Use "kelp explain .*\n/gm, '')
      .replace(/\b\d+[smhd](\d+[smh])?(?= |$)/gm, 'AGE')
      .replace(/AGE +/g, 'AGE ')
      .replace(/uid(": "|: )[0-9a-f-]+/g, 'uid$1UID')
      .replace(/(resourceVersion|generation)(": |: )"?\d+"?/gi, '$1$2N')
      .replace(/deployment.kubernetes.io\/revision.*/g, 'REVISION')
      .replace(/web-[0-9a-f]{6,10}/g, 'web-HASH')
      .replace(/kube-api-access-\w{5}/g, 'kube-api-access-RAND5')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\w{3}, \d\d \w{3} \d{4} [\d:]+ [-+]\d{4}/g, 'TIME')
  );
}

describe('kelp, beside kubectl', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  const folder = mkdtempSync(join(tmpdir(), 'kelp-cli-'));
  const kubectl = kubectls().find(({ version }) => version === 'of the system')?.path ?? '';

  before(async function () {
    if (!kubectl) skipWithout(this as unknown as Mocha.Context, 'kubectl 1.32', 'kubernetes-client');
    writeFileSync(join(folder, 'all.yaml'), manifest);
    writeFileSync(join(folder, 'changed.yaml'), changed);
    writeFileSync(join(folder, 'invalid.yaml'), invalid);
    writeFileSync(join(folder, 'data.bin'), Buffer.from([0xff, 0xfe, 0]));
    writeFileSync(join(folder, 'some.env'), '# one\n A=1\nB=x=y z \nHOME\n\nC=\r\n');
    writeFileSync(join(folder, 'bad.env'), '1a b=2\n');
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'folder/a'), 'one\n');
    writeFileSync(join(folder, 'kinds.yaml'), kinds);
    process.chdir(folder);
    await cluster.startHub();
    await reset();
  });

  after(async () => {
    process.chdir(root);
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type Run = (command: string) => Promise<RunResult>;

  const env = () => ({ KUBECONFIG: cluster.kubeconfig, HOME: folder });
  const argumentsOf = (command: string) => command.split(' ').map((word) => word.replaceAll('_', ' '));
  const byProgram =
    (program: string): Run =>
    (command) =>
      run(program, argumentsOf(command), { env: env(), cwd: folder });
  const byKubectl = byProgram(kubectl);
  const byKelp = byProgram(kelpProgram);

  const byKelpHere: Run = (command) => kelpHere(argumentsOf(command), env());

  async function reset(): Promise<void> {
    await byKelpHere('delete -f all.yaml --ignore-not-found --force');
    await byKelpHere('delete ns,cm,secret,sa,deploy made --ignore-not-found');
    const { code, stderr } = await byKelpHere('apply -f all.yaml -f kinds.yaml');
    if (code !== 0) throw new Error(stderr);
    await byKelpHere('rollout status deploy/web --timeout=20s');
    await byKelpHere('wait pvc/bound --for=jsonpath={.status.phase}=Bound --timeout=20s');
  }

  const shown = ({ code, stdout, stderr }: RunResult) => ({
    code,
    stdout: normal(stdout),
    stderr: normal(stderr),
  });

  for (const command of reading)
    it(command, async () => {
      const [expected, result] = await Promise.all([byKubectl(command), byKelpHere(command)]);
      expect(shown(result)).to.deep.equal(shown(expected));
    });
  for (const command of writing)
    it(`${command} (and what is there then)`, async () => {
      await reset();
      const expected = await byKubectl(command);
      await reset();
      expect(shown(await byKelp(command))).to.deep.equal(shown(expected));
    });
});
