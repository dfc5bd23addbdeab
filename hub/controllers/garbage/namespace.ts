// Empties a namespace that is being deleted, of what other API servers have in it too, says what is left, and lets it go when
// nothing is. Where one does not say what it serves, nobody knows.

import { type Namespace, namespaces, type ResourceNames } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { addressOf, type Controller, each, mapped, type Outcome } from '../../../shared/client/index.ts';
import { deepEqual, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext, Elsewhere } from '../context.ts';
import { namespaceConditions, type Remains } from './plan-namespace.ts';

/** Content whose deletion nobody tells us of (its resource has just appeared) is looked for again after this. */
const lookAgain = 5_000;

type Other = Elsewhere['resources'][number];

const nothing: Elsewhere = { resources: [], silent: [] };

export function namespaceController({
  client,
  informers,
  clock,
  resources,
  elsewhere = async () => nothing,
}: ControllerContext): Controller {
  const informer = informers.of(namespaces);
  const contents = () =>
    resources().filter(
      ({ namespaced, verbs }) => namespaced && verbs.includes('delete') && verbs.includes('list'),
    );

  return {
    name: 'namespace',
    workers: 4,
    sources: [
      each(informer),
      // Events go with the rest, but are never what a namespace waits for.
      ...contents()
        .filter(({ kind }) => kind !== 'Event')
        .map((resource) =>
          mapped(informers.of(resource), ({ type, object }) => {
            const { namespace = '' } = object.metadata;
            const isGoing =
              type === 'DELETED' && informer.get(namespace)?.metadata.deletionTimestamp !== undefined;
            return isGoing ? [namespace] : [];
          }),
        ),
    ],
    reconcile,
  };

  async function reconcile(name: string): Promise<Outcome> {
    const namespace = informer.get(name);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes('kubernetes')) return;
    const failures: string[] = [];
    const { resources: others, silent } = await elsewhere();
    await Promise.all([
      ...contents().map((resource) => empty(resource, name, failures)),
      ...others.map((other) => emptyElsewhere(other, name, failures)),
    ]);
    const readable = others.filter(({ verbs }) => verbs.includes('delete') && verbs.includes('list'));
    const remains = await Promise.all([
      ...contents().map((resource) => remainsOf(resource, name)),
      ...readable.map((other) => remainsElsewhere(other, name, failures)),
    ]);
    const isEmpty = failures.length === 0 && remains.every(({ objects }) => objects.length === 0);
    const marked = await writeConditions(namespace, remains, failures, silent);
    if (!isEmpty || silent.length > 0) return { requeueAfter: lookAgain };
    await finalize(marked);
  }

  /** As a whole where its server can do that. */
  async function emptyElsewhere(other: Other, namespace: string, failures: string[]): Promise<void> {
    const { verbs } = other;
    try {
      if (verbs.includes('deletecollection'))
        await client.deleteCollection(other, namespace, { propagationPolicy: 'Background' });
      else if (verbs.includes('delete') && verbs.includes('list')) await empty(other, namespace, failures);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }

  /** What its server does not tell may be there. */
  async function remainsElsewhere(other: Other, namespace: string, failures: string[]): Promise<Remains> {
    try {
      return await remainsOf(other, namespace);
    } catch (error) {
      failures.push(messageOf(error));
      return { resource: other, objects: [] };
    }
  }

  async function empty(resource: ResourceNames, namespace: string, failures: string[]): Promise<void> {
    const { items } = await client.list(resource, { namespace });
    const leaving = items.filter(({ metadata }) => !metadata.deletionTimestamp);
    await Promise.all(
      leaving.map((object) => remove(resource, object).catch((error) => failures.push(messageOf(error)))),
    );
  }

  async function remove(resource: ResourceNames, object: Live<KubeObject>): Promise<void> {
    const preconditions = { uid: object.metadata.uid };
    await orNothing(
      client.delete(resource, addressOf(object), { preconditions, propagationPolicy: 'Background' }),
    );
  }

  async function remainsOf(resource: ResourceNames, namespace: string): Promise<Remains> {
    const { items } = await client.list<KubeObject>(resource, { namespace });
    return { resource, objects: items };
  }

  async function writeConditions(
    namespace: Live<Namespace>,
    remains: readonly Remains[],
    failures: readonly string[],
    silent: readonly string[],
  ): Promise<Live<Namespace>> {
    const known = namespace.status?.conditions ?? [];
    const conditions = namespaceConditions(known, remains, failures, silent, clock.now());
    if (deepEqual(known, conditions)) return namespace;
    const next = { ...namespace, status: { ...namespace.status, conditions } };
    return informer.learn(await client.update(namespaces, next, { subresource: 'status' }));
  }

  async function finalize(namespace: Live<Namespace>): Promise<void> {
    const finalizers = namespace.spec?.finalizers?.filter((finalizer) => finalizer !== 'kubernetes') ?? [];
    await orNothing(
      client.update(
        namespaces,
        { ...namespace, spec: { ...namespace.spec, finalizers } },
        { subresource: 'finalize' },
      ),
    );
  }
}
