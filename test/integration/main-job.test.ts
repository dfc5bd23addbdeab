// The main job with an unmodified kubectl: a Deployment and a Service on two agents, looked at, scaled, rolled out, rolled
// back, labelled and deleted.

import { expect } from 'chai';
import {
  eventually,
  kubectls,
  RunningProgram,
  type RunResult,
  root,
  run,
  skipWithout,
  TestCluster,
} from '../support/cluster.ts';

const example = `${root}/config/examples/hello.yaml`;

for (const version of ['1.20', 'of the system']) {
  describe(`the main job with kubectl ${version}`, function () {
    this.timeout(120_000);
    const program = kubectls().find((each) => each.version === version);
    let cluster: TestCluster;

    before(async function () {
      if (!program) skipWithout(this, `kubectl ${version}`, 'kubernetes-client');
      cluster = new TestCluster();
      await cluster.startHub();
      await Promise.all([cluster.startAgent('pi-1'), cluster.startAgent('pi-2')]);
    });

    after(async () => {
      await cluster?.close();
    });

    /** Answers what kubectl printed; fails when it failed. */
    async function kubectl(...args: string[]): Promise<string> {
      const result = await tryKubectl(...args);
      if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
      return result.stdout;
    }

    function tryKubectl(...args: string[]): Promise<RunResult> {
      return run(program?.path ?? '', [
        '--kubeconfig',
        cluster.kubeconfig,
        `--cache-dir=${cluster.directory}/cache`,
        ...args,
      ]);
    }

    const names = async (selector: string) =>
      (await kubectl('get', 'pods', '-l', selector, '-o', 'name')).split('\n').filter(Boolean).sort();

    it('shows both nodes as Ready', async () => {
      const lines = (await kubectl('get', 'nodes')).trim().split('\n');
      expect(lines[0]).to.match(/^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION$/);
      expect(lines.slice(1).map((line) => line.split(/\s+/).slice(0, 3))).to.deep.equal([
        ['pi-1', 'Ready', '<none>'],
        ['pi-2', 'Ready', '<none>'],
      ]);
    });

    it('applies the example, and applying it again changes nothing', async () => {
      expect(await kubectl('apply', '-f', example)).to.equal(
        'deployment.apps/hello created\nservice/hello created\n',
      );
      expect(await kubectl('rollout', 'status', 'deploy/hello', '--timeout=30s')).to.match(
        /successfully rolled out/,
      );
      expect(await kubectl('apply', '-f', example)).to.equal(
        'deployment.apps/hello unchanged\nservice/hello unchanged\n',
      );
    });

    it('runs three copies, on both nodes', async () => {
      const text = await kubectl('get', 'nodes,deploy,rs,pods', '-o', 'wide');
      expect(text).to.match(/deployment\.apps\/hello\s+3\/3\s+3\s+3\s+\S+\s+hello\s+host\s+app=hello/);
      expect(text).to.match(/replicaset\.apps\/hello-\S+\s+3\s+3\s+3/);
      const pods = [...text.matchAll(/^pod\/hello-\S+\s+1\/1\s+Running\s+0\s+\S+\s+\S+\s+(pi-\d)/gm)].map(
        ([, node]) => node,
      );
      expect(pods).to.have.length(3);
      expect(new Set(pods)).to.deep.equal(new Set(['pi-1', 'pi-2']));
    });

    it('describes a pod with its events', async () => {
      const [pod = ''] = await names('app=hello');
      const text = await kubectl('describe', pod);
      expect(text).to.match(/^Status:\s+Running$/m);
      expect(text).to.match(/Normal\s+Scheduled\s+.*Successfully assigned default\/hello-\S+ to pi-\d/);
      expect(text).to.match(/Normal\s+Started\s+.*Started container hello/);
    });

    it('prints logs, and follows them', async () => {
      const [pod = ''] = await names('app=hello');
      expect(await eventually('a line', async () => (await kubectl('logs', pod)) || undefined)).to.match(
        /^hello from hello-\S+ on pi-\d\n/,
      );
      const follower = new RunningProgram(program?.path ?? '', [
        '--kubeconfig',
        cluster.kubeconfig,
        'logs',
        '-f',
        '--tail=0',
        pod,
      ]);
      try {
        expect(await follower.line(/./)).to.match(/^hello from hello-\S+ on pi-\d$/);
      } finally {
        await follower.stop();
      }
    });

    it('shows the pods behind the Service', async () => {
      const [line = ''] = (await kubectl('get', 'endpoints', 'hello', '--no-headers')).split('\n');
      expect(line.split(/\s+/)[1]?.split(',')).to.have.length(3);
      expect(await kubectl('get', 'service', 'hello', '--no-headers')).to.match(
        /^hello\s+ClusterIP\s+10\.96\.\d+\.\d+\s+<none>\s+80\/TCP/,
      );
    });

    it('scales, and a watch sees the new pods run', async () => {
      const watch = new RunningProgram(program?.path ?? '', [
        '--kubeconfig',
        cluster.kubeconfig,
        'get',
        'deploy',
        'hello',
        '-w',
      ]);
      try {
        await watch.line(/3\/3/);
        expect(await kubectl('scale', 'deploy/hello', '--replicas=5')).to.equal(
          'deployment.apps/hello scaled\n',
        );
        await watch.line(/5\/5/);
      } finally {
        await watch.stop();
      }
      expect(await kubectl('scale', 'deploy/hello', '--replicas=2')).to.equal(
        'deployment.apps/hello scaled\n',
      );
      await eventually('two pods', async () => ((await names('app=hello')).length === 2 ? true : undefined));
    });

    it('rolls out a change and back again', async () => {
      await kubectl('set', 'env', 'deploy/hello', 'GREETING=bonjour');
      expect(await kubectl('rollout', 'status', 'deploy/hello', '--timeout=30s')).to.match(
        /successfully rolled out/,
      );
      const greets = async (word: string) => {
        const [pod = ''] = await names('app=hello');
        return (await kubectl('logs', pod)).startsWith(`${word} from`) ? true : undefined;
      };
      await eventually('the new greeting', () => greets('bonjour'));
      expect(await kubectl('rollout', 'history', 'deploy/hello')).to.match(
        /REVISION\s+CHANGE-CAUSE\n1\s+<none>\n2\s+<none>\n/,
      );
      expect(await kubectl('rollout', 'undo', 'deploy/hello')).to.equal(
        'deployment.apps/hello rolled back\n',
      );
      await kubectl('rollout', 'status', 'deploy/hello', '--timeout=30s');
      await eventually('the old greeting', () => greets('hello'));
      expect(await kubectl('rollout', 'history', 'deploy/hello')).to.match(/\n2\s+<none>\n3\s+<none>\n/);
    });

    it('stops in the middle of a rollout that cannot succeed, and is mended by undo', async () => {
      await kubectl('set', 'image', 'deploy/hello', 'hello=nginx:1.14.2');
      await eventually('the new pod cannot start', async () =>
        /ErrImagePull|ImagePullBackOff/.test(await kubectl('get', 'pods')) ? true : undefined,
      );
      expect((await tryKubectl('rollout', 'status', 'deploy/hello', '--timeout=2s')).code).to.equal(1);
      expect(await kubectl('get', 'deploy', 'hello', '-o', 'jsonpath={.status.availableReplicas}')).to.equal(
        '2',
      );
      await kubectl('rollout', 'undo', 'deploy/hello');
      expect(await kubectl('rollout', 'status', 'deploy/hello', '--timeout=30s')).to.match(
        /successfully rolled out/,
      );
    });

    it('pauses and resumes', async () => {
      await kubectl('rollout', 'pause', 'deploy/hello');
      await kubectl('set', 'env', 'deploy/hello', 'GREETING=ciao');
      await eventually('the change is seen and waits', async () =>
        (
          await kubectl(
            'get',
            'deploy',
            'hello',
            '-o',
            'jsonpath={.status.observedGeneration}={.metadata.generation},{.status.updatedReplicas}',
          )
        ).match(/^(\d+)=\1,$/)
          ? true
          : undefined,
      );
      await kubectl('rollout', 'resume', 'deploy/hello');
      expect(await kubectl('rollout', 'status', 'deploy/hello', '--timeout=30s')).to.match(
        /successfully rolled out/,
      );
    });

    it('labels pods, and a pod that leaves its selector is replaced', async () => {
      const [pod = ''] = await names('app=hello');
      expect(await kubectl('label', pod, 'app=lonely', '--overwrite')).to.match(
        /^pod\/hello-\S+ (un)?labeled\n$/,
      );
      await eventually('a new pod', async () => ((await names('app=hello')).length === 2 ? true : undefined));
      expect(await names('app=lonely')).to.deep.equal([pod]);
      await kubectl('delete', pod);
    });

    it('deletes what it applied, and no process is left', async () => {
      expect(await kubectl('delete', '-f', example)).to.match(
        /^deployment\.apps "hello" deleted.*\nservice "hello" deleted/,
      );
      await eventually('no pods', async () => ((await names('app=hello')).length === 0 ? true : undefined));

      await eventually('no workloads', () => (cluster.workloads().length === 0 ? true : undefined));
    });

    it('says what is wrong as Kubernetes does', async () => {
      const missing = await tryKubectl('get', 'pod', 'nope');
      expect(missing).to.deep.include({
        code: 1,
        stderr: 'Error from server (NotFound): pods "nope" not found\n',
      });
      const invalid = await tryKubectl('apply', '-f', `${root}/test/fixtures/manifests/bad-name.yaml`);
      expect(invalid.code).to.equal(1);
      expect(invalid.stderr).to.contain('a lowercase RFC 1123 subdomain must consist of');
      const unknown = await tryKubectl('get', 'gadgets');
      expect(unknown.stderr).to.contain(`the server doesn't have a resource type "gadgets"`);
    });
  });
}
