// A cluster with one node and the pods that the tests of streams talk to.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { eventually, kubectls, type RunResult, run, TestCluster } from '../../support/cluster.ts';

export const systemKubectl = kubectls().find(({ version }) => version !== '1.20')?.path;
export const oldKubectl = kubectls().find(({ version }) => version === '1.20')?.path;

export interface Output {
  code: number;
  stdout: Buffer;
  stderr: string;
}

export class StreamWorld {
  readonly cluster = new TestCluster();

  static async start(): Promise<StreamWorld> {
    const world = new StreamWorld();
    await world.cluster.startHub();
    await world.cluster.startAgent('pi-1');
    return world;
  }

  close(): Promise<void> {
    return this.cluster.close();
  }

  /** A pod of one container that runs `script` in sh; resolves when it runs. */
  async pod(name: string, script: string, more: object = {}): Promise<void> {
    await this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'c', image: 'host', command: ['sh', '-c', script], ...more }],
      },
    });
    await this.running(name);
  }

  async running(name: string): Promise<void> {
    await eventually(`${name} to run`, async () => {
      const { stdout } = await this.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.phase}');
      return stdout === 'Running' || undefined;
    });
  }

  async apply(object: object): Promise<void> {
    const { code, stderr } = await run(this.program, ['apply', '-f', '-'], {
      env: this.env,
      input: JSON.stringify(object),
    });
    if (code !== 0) throw new Error(stderr);
  }

  kubectl(...args: string[]): Promise<RunResult> {
    return run(this.program, args, { env: this.env, timeout: 60_000 });
  }

  /** Runs it with bytes as input. */
  pipe(program: string, args: readonly string[], input: Buffer | undefined): Promise<Output> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        env: { ...process.env, ...this.env },
        stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      });
      const stdout: Buffer[] = [];
      let stderr = '';
      child.stdout?.on('data', (chunk) => stdout.push(chunk));
      child.stderr?.on('data', (chunk) => {
        stderr += chunk;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, stdout: Buffer.concat(stdout), stderr }));
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  get env(): Record<string, string> {
    return { KUBECONFIG: this.cluster.kubeconfig };
  }

  get program(): string {
    if (!systemKubectl) throw new Error('no kubectl');
    return systemKubectl;
  }
}

export function checksum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
