// A cluster whose node runs pods with podman, in a podman world of its own.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  eventually,
  kubectls,
  processesNaming,
  RunningProgram,
  type RunResult,
  run,
  TestCluster,
} from '../../support/cluster.ts';
import { PodmanWorld, testImage } from '../../support/podman-world.ts';

export const kubectl = kubectls().at(-1)?.path ?? 'kubectl';

/** Where podman runs, and as whom. */
interface World {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Words that run a program as the user whose podman it is; none: that is who runs the tests. */
  readonly as: readonly string[];
  podman(...args: string[]): string;
  /** A folder is to be that user's. */
  give(path: string): void;
  destroy(): Promise<string[]>;
}

export class PodmanCluster<W extends World = PodmanWorld> {
  readonly cluster = new TestCluster();
  readonly world: W;
  private more: object = {};

  private constructor(world: W) {
    this.world = world;
  }

  static async start(): Promise<PodmanCluster> {
    const here = PodmanCluster.prepare();
    await here.begin();
    return here;
  }

  /** With podman, and nothing else yet. */
  static prepare(): PodmanCluster {
    return PodmanCluster.prepareIn(new PodmanWorld());
  }

  static prepareIn<W extends World>(world: W): PodmanCluster<W> {
    const here = new PodmanCluster(world);
    Object.assign(process.env, here.world.env);
    return here;
  }

  /** Hub and agent. `more`: options of the agent. */
  async begin(more: object = {}): Promise<void> {
    this.more = more;
    await this.cluster.startHub();
    await this.startAgent();
  }

  startAgent(): Promise<RunningProgram> {
    const config = join(this.cluster.directory, 'agent.yaml');
    writeFileSync(config, JSON.stringify({ runtime: 'podman', podmanArgs: this.world.args, ...this.more }));
    this.world.give(this.agentDirectory);
    return this.cluster.startAgent('pi-1', { args: ['--config', config], as: this.world.as });
  }

  get agent(): RunningProgram {
    const agent = this.cluster.agents.get('pi-1');
    if (!agent) throw new Error('the agent has not been started');
    return agent;
  }

  get agentDirectory(): string {
    return this.cluster.agentDirectory('pi-1');
  }

  /** The services of podman that agents have started. */
  services(): number[] {
    return processesNaming(`unix://${this.agentDirectory}/`);
  }

  kubectl(...args: string[]): Promise<RunResult> {
    return run(kubectl, args, { env: { KUBECONFIG: this.cluster.kubeconfig }, timeout: 60_000 });
  }

  /** kubectl port-forward, or `program`'s, as it runs; `url` once it listens. */
  forward(pod: string, port: number, program = kubectl) {
    const env = { KUBECONFIG: this.cluster.kubeconfig };
    const running = new RunningProgram(program, ['port-forward', `pod/${pod}`, `:${port}`], { env });
    const url = running
      .line(/127\.0\.0\.1:\d+ -> /)
      .then((line) => `http://${/127\.0\.0\.1:\d+/.exec(line)?.[0]}/`);
    return { url, complaints: running.errorLines, stop: () => running.stop('SIGINT') };
  }

  async apply(object: object): Promise<void> {
    const env = { KUBECONFIG: this.cluster.kubeconfig };
    const { code, stderr } = await run(kubectl, ['apply', '-f', '-'], {
      env,
      input: JSON.stringify(object),
    });
    if (code !== 0) throw new Error(stderr);
  }

  /** Containers: name → script for sh, or more of a container. */
  pod(name: string, containers: Record<string, string | object>, spec: object = {}): Promise<void> {
    return this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: Object.entries(containers).map(([container, what]) => containerOf(container, what)),
        ...spec,
      },
    });
  }

  async get(name: string, path: string): Promise<string> {
    const { stdout, stderr, code } = await this.cluster.kelp('get', 'pod', name, '-o', `jsonpath={${path}}`);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  async becomes(name: string, path: string, wanted: string, within = 60_000): Promise<void> {
    let last = '';
    await eventually(
      `${path} of ${name} to be ${wanted}`,
      async () => {
        last = await this.get(name, path);
        return last === wanted || undefined;
      },
      within,
    ).catch(async (error) => {
      const said = [...(await this.events(name)), ...this.agent.errorLines].join('\n');
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}; ${said}`);
    });
  }

  /** Of a pod, `reason: message`. */
  async events(pod: string): Promise<string[]> {
    const { stdout } = await this.cluster.kelp(
      ...['get', 'events', '--field-selector', `involvedObject.name=${pod}`],
      ...['-o', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}'],
    );
    return stdout.split('\n').filter(Boolean);
  }

  running(name: string): Promise<void> {
    return this.becomes(name, '.status.phase', 'Running');
  }

  /** Gone from the hub, and all of it from the board. */
  async remove(...names: string[]): Promise<void> {
    await this.kubectl('delete', 'pod', ...names, '--now');
    await this.empty();
  }

  async removeAll(): Promise<void> {
    await this.kubectl('delete', 'pod', '--all', '--now');
    await this.empty();
  }

  /** Nothing of pods is left at podman. */
  async empty(): Promise<void> {
    await eventually(
      'their containers to be gone',
      () => this.world.podman('pod', 'ls', '-q').trim() === '' || undefined,
    );
  }

  /** Fails when anything of it is left on the board. */
  async close(): Promise<void> {
    await this.removeAll().catch(() => {}); // then it is among what is left
    await this.agent.stop();
    const left = await this.world.destroy();
    for (const name of Object.keys(this.world.env)) delete process.env[name];
    await this.cluster.close();
    expect(left, 'what is left on the board').to.deep.equal([]);
  }
}

export function containerOf(name: string, what: string | object): object {
  const more = typeof what === 'string' ? { command: ['sh', '-c', what] } : what;
  return { name, image: testImage, ...more };
}
