// Jobs and CronJobs by kubectl, over an agent that runs their pods: to their end, by their policies, by the clock.

import { expect } from 'chai';
import { eventually, run, TestCluster } from '../support/cluster.ts';

interface JobOptions {
  script: string;
  spec?: object;
  template?: object;
}

const job = (name: string, { script, spec, template }: JobOptions) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    template: {
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image: 'host', command: ['sh', '-c', script] }],
        ...template,
      },
    },
    ...spec,
  },
});

describe('Jobs by kubectl', function () {
  this.timeout(180_000);
  const cluster = new TestCluster();

  before(async () => {
    await cluster.startHub();
    await cluster.startAgent('pi');
  });
  after(() => cluster.close());

  async function kubectl(...args: string[]): Promise<string> {
    return kubectlWith(undefined, ...args);
  }

  async function kubectlWith(input: unknown, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('kubectl', args, {
      env: { KUBECONFIG: cluster.kubeconfig },
      ...(input !== undefined && { input: JSON.stringify(input) }),
      timeout: 120_000,
    });
    expect(code, `kubectl ${args.join(' ')}: ${stderr}`).to.equal(0);
    return stdout;
  }

  const apply = (object: object) => kubectlWith(object, 'apply', '-f', '-');
  const ends = (name: string, how: 'complete' | 'failed') =>
    kubectl('wait', `--for=condition=${how}`, `job/${name}`, '--timeout=90s');

  async function statusOf(name: string) {
    return JSON.parse(await kubectl('get', 'job', name, '-o', 'json')).status;
  }

  /** Of the condition that it ended with. */
  async function reasonOf(name: string): Promise<string> {
    const { conditions } = await statusOf(name);
    return conditions.find(({ type }: { type: string }) => type === 'Complete' || type === 'Failed').reason;
  }

  const podsOf = async (name: string) =>
    (await kubectl('get', 'pods', '-l', `job-name=${name}`, '-o', 'name')).split('\n').filter(Boolean);
  const podsAreGone = (name: string) =>
    eventually(`the pods of ${name} to be gone`, async () => (await podsOf(name)).length === 0 || undefined);

  it('runs one to its end, shows it, prints what it said, and deletes it with its pods', async () => {
    await kubectl('create', 'job', 'hello', '--image=host', '--', 'sh', '-c', 'echo hello; exit 0');
    await ends('hello', 'complete');
    expect(await kubectl('logs', 'job/hello')).to.equal('hello\n');
    const [heads = '', row = ''] = (await kubectl('get', 'jobs', 'hello')).trim().split('\n');
    expect(heads.split(/\s+/)).to.eql(['NAME', 'STATUS', 'COMPLETIONS', 'DURATION', 'AGE']);
    expect(row).to.match(/^hello\s+Complete\s+1\/1\s+\d+s\s+\d+s$/);
    const told = await kubectl('describe', 'job', 'hello');
    expect(told).to.match(/Pods Statuses:\s+0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed/);
    expect(told).to.match(/Completed At:\s+\S/);
    expect(told).to.match(/Normal\s+SuccessfulCreate\s+\S+\s+job-controller\s+Created pod: hello-/);
    expect(told).to.match(/Normal\s+Completed\s+\S+\s+job-controller\s+Job completed/);
    expect(await podsOf('hello')).to.have.length(1);
    await kubectl('delete', 'job', 'hello');
    await podsAreGone('hello');
  });

  it('ends the pods that run when their Job is deleted', async () => {
    await apply(job('runs', { script: 'exec sleep 1000', spec: { parallelism: 2, completions: 2 } }));
    await eventually('two to run', async () => (await statusOf('runs')).ready === 2 || undefined);
    await kubectl('delete', 'job', 'runs', '--cascade=foreground', '--wait=true');
    expect(await podsOf('runs')).to.eql([]);
  });

  it('fails by its limit of failures, by its deadline, and by the exit code that its policy names', async () => {
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
    await apply(job('limit', { script: 'exit 3', spec: { backoffLimit: 0 } }));
    await apply(job('deadline', { script: 'exec sleep 1000', spec: { activeDeadlineSeconds: 2 } }));
    await apply(job('policy', { script: 'exit 42', spec: { podFailurePolicy: { rules } } }));
    const reasons = {
      limit: 'BackoffLimitExceeded',
      deadline: 'DeadlineExceeded',
      policy: 'PodFailurePolicy',
    };
    for (const [name, reason] of Object.entries(reasons)) {
      await ends(name, 'failed');
      expect(await reasonOf(name)).to.equal(reason);
      expect((await statusOf(name)).failed).to.equal(1);
      expect(await kubectl('describe', 'job', name)).to.match(
        new RegExp(`Warning\\s+${reason}\\s+\\S+\\s+job-controller`),
      );
    }
    expect(await kubectl('get', 'jobs', 'limit')).to.match(/limit\s+Failed\s+0\/1/);
  });

  it('tries again after a failure', async () => {
    const script = '[ -e again ] || { touch again; exit 1; }; echo done';
    const path = `${cluster.directory}/tries`;
    const template = {
      restartPolicy: 'OnFailure',
      containers: [
        {
          ...{ name: 'c', image: 'host', command: ['sh', '-c', script], workingDir: path },
          volumeMounts: [{ name: 'v', mountPath: path }],
        },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
    };
    await apply(job('tries', { script, template }));
    await ends('tries', 'complete');
    expect(await kubectl('logs', 'job/tries')).to.equal('done\n');
    expect(await podsOf('tries')).to.have.length(1);
  });

  it('has no pods while it is suspended, and runs when it is resumed', async () => {
    await apply(job('later', { script: 'exit 0', spec: { suspend: true } }));
    await kubectl('wait', '--for=condition=suspended', 'job/later', '--timeout=60s');
    expect(await podsOf('later')).to.eql([]);
    expect(await kubectl('get', 'jobs', 'later')).to.match(/later\s+Suspended\s+0\/1/);
    await kubectl('patch', 'job', 'later', '-p', '{"spec":{"suspend":false}}');
    await ends('later', 'complete');
    const told = await kubectl('describe', 'job', 'later');
    expect(told)
      .to.match(/Suspended\s.*Job suspended/)
      .and.match(/Resumed\s.*Job resumed/);
  });

  it('tells each pod its index, and gives up an index that fails too often', async () => {
    const script = 'echo "index $JOB_COMPLETION_INDEX of $(hostname)"; [ "$JOB_COMPLETION_INDEX" != 1 ]';
    const spec = {
      ...{ completionMode: 'Indexed', completions: 3, parallelism: 3 },
      ...{ backoffLimitPerIndex: 0, maxFailedIndexes: 3 },
    };
    await apply(job('indexed', { script, spec }));
    await ends('indexed', 'failed');
    expect(await reasonOf('indexed')).to.equal('FailedIndexes');
    expect(await statusOf('indexed')).to.include({
      completedIndexes: '0,2',
      failedIndexes: '1',
      succeeded: 2,
      failed: 1,
    });
    const said = await kubectl('logs', '-l', 'job-name=indexed');
    expect(said.match(/^index \d/gm)?.sort()).to.eql(['index 0', 'index 1', 'index 2']);
    const names = await podsOf('indexed');
    for (const index of [0, 1, 2])
      expect(names.filter((name) => name.startsWith(`pod/indexed-${index}-`))).to.have.length(1);
    expect(await kubectl('describe', 'job', 'indexed')).to.match(/Completed Indexes:\s+0,2/);
  });

  it('is complete with the indexes that matter, and ends the others', async () => {
    const script = '[ "$JOB_COMPLETION_INDEX" = 0 ] || exec sleep 1000';
    const spec = {
      ...{ completionMode: 'Indexed', completions: 3, parallelism: 3 },
      successPolicy: { rules: [{ succeededIndexes: '0', succeededCount: 1 }] },
    };
    await apply(job('leader', { script, spec }));
    await ends('leader', 'complete');
    expect(await reasonOf('leader')).to.equal('SuccessPolicy');
    expect((await statusOf('leader')).completedIndexes).to.equal('0');
    await eventually('one pod left', async () => (await podsOf('leader')).length === 1 || undefined);
  });

  it('goes with its pods when its time after the end is over', async () => {
    await apply(job('brief', { script: 'exit 0', spec: { ttlSecondsAfterFinished: 1 } }));
    await kubectl('wait', '--for=delete', 'job/brief', '--timeout=90s');
    await podsAreGone('brief');
  });

  it('are made by the clock, and by hand', async () => {
    const command = ['--', 'sh', '-c', 'echo tick'];
    await kubectl('create', 'cronjob', 'tick', '--image=host', '--schedule=@every 2s', ...command);
    const made = await eventually('a Job by the clock', async () => {
      const names = await kubectl('get', 'jobs', '-o', 'name');
      return /^job\.batch\/(tick-\d{8})$/m.exec(names)?.[1];
    });
    await ends(made, 'complete');
    expect(Number(made.slice('tick-'.length))).to.be.closeTo(Date.now() / 60_000, 3);
    await kubectl('patch', 'cronjob', 'tick', '-p', '{"spec":{"suspend":true}}');
    await kubectl('create', 'job', '--from=cronjob/tick', 'by-hand');
    await ends('by-hand', 'complete');
    expect(await kubectl('logs', 'job/by-hand')).to.equal('tick\n');
    const [heads = '', row = ''] = (await kubectl('get', 'cronjobs', 'tick')).trim().split('\n');
    expect(heads.split(/\s{2,}/)).to.eql([
      ...['NAME', 'SCHEDULE', 'TIMEZONE', 'SUSPEND', 'ACTIVE', 'LAST SCHEDULE', 'AGE'],
    ]);
    expect(row).to.match(/^tick\s+@every 2s\s+<none>\s+True\s+0\s+\S+\s+\S+$/);
    const told = await kubectl('describe', 'cronjob', 'tick');
    expect(told)
      .to.contain(`Created job ${made}`)
      .and.match(/Last Schedule Time:\s+\S+ \d+/);
    await kubectl('delete', 'cronjob', 'tick');
    await eventually('its Jobs to be gone', async () => {
      const left = await kubectl('get', 'jobs', '-o', 'name');
      return !/tick-|by-hand/.test(left) || undefined;
    });
    await podsAreGone('by-hand');
  });
});
