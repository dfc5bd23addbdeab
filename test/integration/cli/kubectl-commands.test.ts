// The commands of kubectl that people type, with the oldest kubectl and the system's: what they print, and how they end.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubectls, type RunResult, run, TestCluster } from '../../support/cluster.ts';

/** What is typed → what is printed (all of it where it is a text), and the exit code where it is not 0. */
type Step = readonly [typed: string, printed: string | RegExp, code?: number];

/** A sentence of ours for what is stored and not acted on stands in front of what kubectl says. */
const kelpsOwn = /^Warning: .*Kelp stores .*\n/gm;

const generators: readonly Step[] = [
  ['create deployment web --image=nginx --replicas=0 --port=80', 'deployment.apps/web created'],
  ['create configmap c1 --from-literal=a=b', 'configmap/c1 created'],
  ['create secret generic s1 --from-literal=a=b', 'secret/s1 created'],
  [
    'create secret docker-registry s2 --docker-server=x --docker-username=u --docker-password=p',
    'secret/s2 created',
  ],
  ['create serviceaccount sa1', 'serviceaccount/sa1 created'],
  ['create role r1 --verb=get --resource=pods', 'role.rbac.authorization.k8s.io/r1 created'],
  ['create rolebinding rb1 --role=r1 --user=u', 'rolebinding.rbac.authorization.k8s.io/rb1 created'],
  ['create quota q1 --hard=pods=5', 'resourcequota/q1 created'],
  ['create job j1 --image=busybox -- true', 'job.batch/j1 created'],
  ['create ingress i1 --rule=foo.com/bar=svc1:8080', 'ingress.networking.k8s.io/i1 created'],
  ['create service clusterip sv1 --tcp=80', 'service/sv1 created'],
  ['create service nodeport sv2 --tcp=80:81', 'service/sv2 created'],
  ['create service externalname sv3 --external-name=x.com', 'service/sv3 created'],
  ['create service loadbalancer sv4 --tcp=80', 'service/sv4 created'],
  ['create configmap c1', /configmaps "c1" already exists$/, 1],
  ['expose deployment web --port=80 --name=front', 'service/front exposed'],
  ['autoscale deployment web --max=3 --cpu-percent=50', 'horizontalpodautoscaler.autoscaling/web autoscaled'],
  ['run p1 --image=nginx', 'pod/p1 created'],
  ['set image deployment/web nginx=nginx:2', 'deployment.apps/web image updated'],
  ['set env deployment/web A=b', 'deployment.apps/web env updated'],
  ['set resources deployment/web --limits=cpu=1', 'deployment.apps/web resource requirements updated'],
  ['set serviceaccount deployment/web sa1', 'deployment.apps/web serviceaccount updated'],
  ['set selector service sv1 a=b', 'service/sv1 selector updated'],
  ['set subject rolebinding rb1 --user=bob', 'rolebinding.rbac.authorization.k8s.io/rb1 subjects updated'],
  ['scale deployment web --replicas=0 --current-replicas=4', /^error: Expected replicas to be 4, was 0/i, 1],
];

const changes: readonly Step[] = [
  ['annotate configmap c1 a=1', 'configmap/c1 annotated'],
  [
    'annotate configmap c1 a=2',
    /^error: --overwrite is false but found the following declared annotation/,
    1,
  ],
  ['annotate configmap c1 a=2 --overwrite', 'configmap/c1 annotated'],
  ['label configmap c1 x=1', 'configmap/c1 labeled'],
  ['patch configmap c1 --type=merge -p {"data":{"b":"x"}}', 'configmap/c1 patched'],
  ['patch configmap c1 --type=merge -p {"data":{"b":"x"}}', 'configmap/c1 patched (no change)'],
  ['patch configmap c1 --type=json -p [{"op":"remove","path":"/data/none"}]', /^The request is invalid/, 1],
  [
    'patch deployment web -p {"spec":{"replicas":"x"}}',
    /patch: Invalid value: .*map\[spec:map\[replicas:x\]\].*: unrecognized type: int32/,
    1,
  ],
  ['edit configmap c1', 'configmap/c1 edited'],
  ['get configmap c1 -o jsonpath={.data.b}', 'edited'],
  ['diff -f FILE', /^- {2}a: "1"$[\s\S]*^\+ {2}a: "2"$/m, 1],
  ['apply -f FILE', /configmap\/given configured/],
  ['diff -f FILE', ''],
  ['replace --force -f FILE', /"given" deleted\s[\s\S]*configmap\/given replaced/],
  ['delete -f FILE', /"given" deleted/],
  ['wait --for=condition=Progressing deployment/web --timeout=20s', 'deployment.apps/web condition met'],
  ['rollout history deployment/web', /^REVISION +CHANGE-CAUSE$/m],
  ['rollout pause deployment/web', 'deployment.apps/web paused'],
  ['rollout pause deployment/web', /^error: deployments.apps "web" is already paused$/, 1],
  ['rollout resume deployment/web', 'deployment.apps/web resumed'],
];

const rights: readonly Step[] = [
  ['auth can-i create pods', 'yes'],
  ['auth can-i create pods --as bob', /^no$/, 1],
  [
    'get pods --as bob',
    /^Error from server \(Forbidden\): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "NAMESPACE"$/,
    1,
  ],
  [
    'delete configmap c1 --as system:serviceaccount:NAMESPACE:sa1',
    /User "system:serviceaccount:NAMESPACE:sa1" cannot delete resource "configmaps"/,
    1,
  ],
  ['get configmap c1 -o name', 'configmap/c1'],
  [
    'certificate deny none',
    /\(NotFound\): certificatesigningrequests.certificates.k8s.io "none" not found$/,
    1,
  ],
  ['get pod none', 'Error from server (NotFound): pods "none" not found', 1],
  ['get nope', `error: the server doesn't have a resource type "nope"`, 1],
];

describe('the commands of kubectl', function () {
  this.timeout(120_000);
  const cluster = new TestCluster();
  const editor = join(cluster.directory, 'editor');
  before(async () => {
    writeFileSync(editor, `#!/bin/sh\nsed -i 's/b: x/b: edited/' "$1"\n`, { mode: 0o755 });
    await cluster.startHub();
  });
  after(() => cluster.close());

  for (const { version, path } of kubectls()) {
    const namespace = `with-${version.replace(/\W/g, '-')}`;
    const file = join(cluster.directory, `${namespace}.yaml`);
    const kubectl = (typed: string): Promise<RunResult> =>
      run(
        path,
        ['-n', namespace, ...typed.replace('FILE', file).replaceAll('NAMESPACE', namespace).split(' ')],
        {
          env: {
            KUBECONFIG: cluster.kubeconfig,
            HOME: cluster.directory,
            KUBE_EDITOR: editor,
          },
        },
      );

    async function take(steps: readonly Step[]): Promise<void> {
      for (const [typed, printed, code = 0] of steps) {
        const answer = await kubectl(typed);
        const said = `${answer.stdout}${answer.stderr}`
          .replace(kelpsOwn, '')
          .replaceAll(namespace, 'NAMESPACE')
          .trim();
        const told = `kubectl ${typed}: ${answer.code} ${said}`;
        expect(answer.code, told).to.equal(code);
        if (typeof printed === 'string') expect(said, told).to.equal(printed);
        else expect(said, told).to.match(printed);
      }
    }

    describe(`${version}`, () => {
      before(async () => {
        await run(path, ['create', 'namespace', namespace], { env: { KUBECONFIG: cluster.kubeconfig } });
        const given = (a: string) =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: given}\ndata: {a: "${a}"}\n`;
        writeFileSync(file, given('1'));
        await kubectl('apply -f FILE');
        writeFileSync(file, given('2'));
      });

      it('make objects', () => take(generators));
      it('change them', () => take(changes));
      it('are answered as whom they ask', () => take(rights));
    });
  }
});
