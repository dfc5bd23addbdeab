// A cluster whose node runs pods with podman, in a podman world of its own.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  eventually,
  kubectls,
  processesNaming,
  type RunningProgram,
  type RunResult,
  run,
  TestCluster,
} from '../../support/cluster.ts';
import { PodmanWorld, testImage } from '../../support/podman-world.ts';

const kubectl = kubectls().at(-1)?.path;

export class PodmanCluster {
  readonly cluster = new TestCluster();
  readonly world = new PodmanWorld();
  private more: object = {};

  static async start(): Promise<PodmanCluster> {
    const here = PodmanCluster.prepare();
    await here.begin();
    return here;
  }

  /** With podman, and nothing else yet. */
  static prepare(): PodmanCluster {
    const here = new PodmanCluster();
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
    return this.cluster.startAgent('pi-1', { args: ['--config', config] });
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
    return run(kubectl ?? 'kubectl', args, { env: { KUBECONFIG: this.cluster.kubeconfig }, timeout: 60_000 });
  }

  async apply(object: object): Promise<void> {
    const env = { KUBECONFIG: this.cluster.kubeconfig };
    const { code, stderr } = await run(kubectl ?? 'kubectl', ['apply', '-f', '-'], {
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
    const { stdout, stderr, code } = await this.kubectl('get', 'pod', name, '-o', `jsonpath={${path}}`);
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
    ).catch((error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}; ${this.agent.errorLines.join('\n')}`);
    });
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
