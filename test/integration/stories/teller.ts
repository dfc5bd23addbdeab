// Tells stories again, in a cluster of its own: a hub, and an agent that runs pods as processes of a busybox image, each
// with a network of its own. Shows what was to be seen of the pods.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, run, TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';
import { writeOciLayout } from '../../support/oci-layout.ts';
import { tarOf } from '../../support/tar-archive.ts';
import type { Command, SeenEvent, SeenState, Story, StoryObject } from './story.ts';

/** A registry that does not answer: nobody is asked. */
const nobody = 'localhost:1';

const nodeName = 'node1';

/** Seconds that what is seen may be behind what is done. */
const lead = 0.3;
const longestWait = 15_000;

interface Watched {
  type: string;
  object: Json;
}

/** What a watch brings, put where it belongs as it is asked for. */
class ByNamespace {
  private readonly incoming: readonly Watched[];
  private readonly sorted = new Map<string, Watched[]>();
  private taken = 0;

  constructor(incoming: readonly Watched[]) {
    this.incoming = incoming;
  }

  of(namespace: string): readonly Watched[] {
    for (const watched of this.incoming.slice(this.taken)) {
      const key = watched.object.metadata?.namespace ?? '';
      const list = this.sorted.get(key) ?? [];
      this.sorted.set(key, list);
      list.push(watched);
    }
    this.taken = this.incoming.length;
    return this.sorted.get(namespace) ?? [];
  }
}

export class Teller {
  readonly cluster = new TestCluster();
  private connection: HttpsJson | undefined;
  private pods = new ByNamespace([]);
  private events = new ByNamespace([]);

  /** In place of the stories' `busybox:1.36`. */
  get image(): string {
    return `file://${join(this.cluster.directory, 'busybox')}`;
  }

  /** In place of `localhost:5000/busybox:1.36`. */
  private get otherImage(): string {
    return `${this.image}-again`;
  }

  async start(): Promise<void> {
    const { cluster } = this;
    const layers = [await busybox()];
    for (const name of ['busybox', 'busybox-again'])
      writeOciLayout(join(cluster.directory, name), { layers });
    await cluster.startHub();
    await cluster.startAgent(nodeName);
    const api = new HttpsJson(cluster.server, cluster.kubeconfig);
    this.connection = api;
    await this.pullOnce(api);
    this.pods = new ByNamespace(await api.watch('/api/v1/pods?watch=1'));
    this.events = new ByNamespace(await api.watch('/api/v1/events?watch=1'));
  }

  /** As where the stories were recorded, the images are there. */
  private async pullOnce(api: HttpsJson): Promise<void> {
    const path = '/api/v1/namespaces/default/pods';
    const containers = [this.image, this.otherImage].map((image, at) => ({
      name: `c${at}`,
      image,
      command: ['true'],
    }));
    const spec = { restartPolicy: 'Never', containers };
    await api.must('POST', path, {
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'first' }, spec },
    });
    await eventually('the images', async () => {
      const { status } = await api.must('GET', `${path}/first`);
      return status.phase === 'Succeeded' || undefined;
    });
  }

  /** Nothing of the pods is left: networks of their own outlive an agent that is killed. */
  async close(): Promise<void> {
    const { connection } = this;
    if (connection) {
      const { items }: { items: Json[] } = await connection.must('GET', '/api/v1/pods');
      const namespaces = new Set(items.map(({ metadata }) => metadata.namespace));
      for (const namespace of namespaces) {
        // Who would make them anew has nowhere to.
        await connection.ask('DELETE', `/api/v1/namespaces/${namespace}`);
        await connection.must('DELETE', `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`);
      }
      await eventually(
        'the last pod to be gone',
        () => this.cluster.podsOf(nodeName) === 0 || undefined,
        60_000,
      );
    }
    connection?.close();
    await this.cluster.close();
  }

  /** Applies and does everything of the first `until` seconds at its time, and not before what came before it was seen. */
  async tell(story: Story, until: number, wasSeen: (until: number) => boolean): Promise<void> {
    const { name, objects, commands } = story;
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, '');
    // Who recorded it waited for that too.
    await eventually(`what every namespace has, in ${name}`, () =>
      this.connection?.must('GET', `/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`),
    );
    const begun = performance.now();
    const deeds = [
      ...objects.map(({ t, object }) => ({ t, act: () => this.apply(object, name) })),
      ...commands.map((command) => ({ t: command.t, act: () => this.carryOut(command, name) })),
    ];
    for (const { t, act } of deeds.sort((a, b) => a.t - b.t)) {
      if (t > until) break;
      await pause(Math.max(0, t * 1000 - (performance.now() - begun)));
      if (t > lead)
        await eventually('', () => wasSeen(t - lead) || undefined, longestWait).catch(() => undefined); // compared later
      await act();
    }
  }

  /** How much was seen of a story so far. */
  seenOf(namespace: string): number {
    return this.pods.of(namespace).length + this.events.of(namespace).length;
  }

  statesOf(namespace: string, pod: string): SeenState[] {
    return this.pods
      .of(namespace)
      .filter(({ object }) => object.metadata.name === pod)
      .map(({ type, object }) =>
        type === 'DELETED' ? { t: 0, event: 'DELETED' } : { t: 0, status: object.status },
      );
  }

  eventsOf(namespace: string): SeenEvent[] {
    return this.events
      .of(namespace)
      .filter(({ type }) => type !== 'DELETED')
      .map(({ object }) => ({
        t: 0,
        type: object.type,
        reason: object.reason,
        source: object.source?.component || object.reportingComponent,
        object: `${object.involvedObject.kind.toLowerCase()}/${object.involvedObject.name}`,
        message: object.message,
        field: object.involvedObject.fieldPath,
      }));
  }

  private async apply(object: StoryObject, namespace: string): Promise<void> {
    const text = this.inWords(JSON.stringify(object));
    const [group, version] = object.apiVersion.includes('/')
      ? object.apiVersion.split('/')
      : ['', object.apiVersion];
    const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const inNamespace =
      namespace && object.kind !== 'PriorityClass'
        ? `/namespaces/${object.metadata.namespace ?? namespace}`
        : '';
    await this.connection?.must('POST', `${base}${inNamespace}/${pluralOf(object.kind)}`, {
      body: JSON.parse(text),
    });
  }

  /** Also in vain, as the story has it. */
  private async evict(name: string, namespace: string): Promise<void> {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
    await this.connection?.ask('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, { body });
  }

  /** Images by the names that they have here. */
  private inWords(text: string): string {
    return text
      .replace(/(localhost:5000\/)?busybox:1\.36/g, (_, other) =>
        other ? `${this.image}-again` : this.image,
      )
      .replaceAll('busybox:9.99', `${nobody}/busybox:9.99`)
      .replaceAll('localhost:5000/', `${nobody}/`);
  }

  private async carryOut({ cmd }: Command, namespace: string): Promise<void> {
    const evicted = /\/pods\/(\w+)\/eviction/.exec(cmd)?.[1];
    if (evicted) return this.evict(evicted, namespace);
    if (cmd.startsWith('(kubelet stopped')) return void (await this.cluster.agents.get(nodeName)?.stop());
    if (cmd.startsWith('(kubelet started')) return void (await this.cluster.startAgent(nodeName));
    const args = wordsOf(this.inWords(cmd));
    const unattended = args[1] === 'delete' ? ['--wait=false'] : [];
    const { code, stderr } = await run('kubectl', ['-n', namespace, ...args.slice(1), ...unattended], {
      env: { KUBECONFIG: this.cluster.kubeconfig },
      timeout: 60_000,
    });
    if (code !== 0) throw new Error(`${cmd}: ${stderr}`);
  }
}

function pluralOf(kind: string): string {
  const plural = kind.toLowerCase().replace(/y$/, 'ie').replace(/s$/, 'se');
  return `${plural}s`;
}

/** A command line as it was written down: without quotes, JSON among its words. */
function wordsOf(cmd: string): string[] {
  const [before = '', script] = cmd.split(/(?<= sh -c )/);
  return [...(before.match(/[{[].*[}\]]|\S+/g) ?? []), ...(script === undefined ? [] : [script])];
}

async function busybox(): Promise<Buffer> {
  const path = '/bin/busybox';
  const tools = execFileSync(path, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return tarOf([
    ...['bin', 'etc', 'tmp', 'var', 'root'].map((name) => ({ name, type: 'directory' as const })),
    { name: 'bin/busybox', content: readFileSync(path) },
    ...tools
      .filter((tool) => tool !== 'busybox')
      .map((tool) => ({ name: `bin/${tool}`, type: 'symlink' as const, linkname: 'busybox' })),
    { name: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\n', mode: 0o644 },
  ]);
}
