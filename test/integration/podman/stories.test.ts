// Stories of pods that were recorded from Kubernetes, told again by this kubelet and podman: the same events come, and the
// same lines of `kubectl get pods`. Up to where somebody interfered. Words that are those of another version or of
// another runtime are taken for what they mean.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { eventually } from '../../support/cluster.ts';
import { podmanMissing, testImage } from '../../support/podman-world.ts';
import { PodmanCluster } from './podman-cluster.ts';

const everyRun = ['never-exit', 'init-fail-never', 'onfailure-exit0', 'poststart'];
const nightly = [
  ...[
    'init-ok',
    'command-not-found',
    'termination-message',
    'active-deadline',
    'liveness-probe',
    'startup-probe',
  ],
  ...['onfailure-exit3', 'readiness-probe', 'config-missing-env', 'crashloop-always-exit3', 'two-containers'],
];
const stories = process.env.KELP_NIGHTLY ? [...everyRun, ...nightly] : everyRun;

interface Story {
  manifest: string;
  pods: Record<string, { t: number; line: string }[]>;
  events: { t: number; type: string; reason: string; source: string; object: string; message: string }[];
  commands: { t: number; cmd: string }[];
}

const harmless = /^kubectl (apply|get|logs|describe|exec)/;
/** Start-up noise, what only that runtime or that version says, and the end, when everything was deleted. */
const others =
  /failed to sync configmap cache|rpc error|kube-api-access|^Stopping container |1bad\.name|^Readiness probe failed: $/;
const missing = podmanMissing();

function read(name: string): Story {
  return parse(readFileSync(new URL(`../../fixtures/pods/${name}.yaml`, import.meta.url), 'utf8'));
}

/** Seconds until somebody changes something. */
function quietUntil({ commands = [] }: Story): number {
  return Math.min(
    ...commands.filter(({ cmd }) => !harmless.test(cmd)).map(({ t }) => t),
    Number.POSITIVE_INFINITY,
  );
}

/** The recorded message as a pattern for ours. */
function meant(message: string): RegExp {
  if (/lifecycle hook/.test(message)) return /^(PostStartHook|PreStopHook) failed$/;
  const end = /exec: .*$/.exec(message);
  if (message.startsWith('Error: failed to create') && end)
    return new RegExp(`^Error: .*${escaped(quotedWord(end[0]))}`);
  if (message === 'Back-off restarting failed container')
    return /^Back-off restarting failed container \S+ in pod \S+\)$/;
  const text = message
    .replace(/^Created container /, 'Created container: ')
    .replaceAll('busybox:1.36', testImage);
  return new RegExp(
    `^${escaped(text)
      .replace(/IP\d+/g, '[0-9.]+')
      .replace(/UID\d+/g, '[0-9a-f-]+')}$`,
  );
}

const quotedWord = (text: string) => /"[^"]*"/.exec(text)?.[0] ?? text;
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

(missing ? describe.skip : describe)(
  `recorded stories in podman${missing ? `: ${missing}` : ''}`,
  function () {
    this.timeout(300_000);
    let here: PodmanCluster;

    before(async () => {
      here = await PodmanCluster.start();
      for (const name of stories) {
        await here.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
        const { manifest } = read(name);
        for (const document of parseAllDocuments(manifest.replaceAll('busybox:1.36', testImage))) {
          const object: { metadata?: { namespace?: string } } | null = document.toJS();
          if (object) await here.apply({ ...object, metadata: { ...object.metadata, namespace: name } });
        }
      }
    });
    after(async () => {
      for (const name of stories) await here.kubectl('delete', 'namespace', name);
      await here.close();
    });

    async function eventsOf(namespace: string): Promise<string[]> {
      const { stdout } = await here.cluster.kelp('get', 'events', '-n', namespace, '-o', 'json');
      const {
        items,
      }: { items: { type: string; reason: string; message: string; involvedObject: { name: string } }[] } =
        JSON.parse(stdout);
      return items.map(
        ({ type, reason, message, involvedObject }) => `${involvedObject.name} ${type} ${reason} ${message}`,
      );
    }

    for (const name of stories) {
      it(name, async () => {
        const story = read(name);
        const until = quietUntil(story);
        const wanted = story.events
          .filter(({ t, source, message }) => source === 'kubelet' && t < until && !others.test(message))
          .map(({ type, reason, object, message }) => ({
            start: `${object.replace('pod/', '')} ${type} ${reason} `,
            message,
          }));
        expect(wanted).not.to.deep.equal([]);
        const came =
          (found: readonly string[]) =>
          ({ start, message }: { start: string; message: string }) =>
            found.some((event) => event.startsWith(start) && meant(message).test(event.slice(start.length)));
        await eventually(
          name,
          async () => {
            const found = await eventsOf(name);
            const lacking = wanted
              .filter((event) => !came(found)(event))
              .map(({ start, message }) => start + message);
            if (lacking.length === 0) return true;
            throw new Error(`${[...new Set(lacking)].join('; ')} is not among ${found.join('; ')}`);
          },
          90_000,
        );
      });
    }
  },
);
