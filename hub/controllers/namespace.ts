// Empties a namespace that is being deleted, says what is left in it, and lets it go when nothing is.

import { type Namespace, namespaces, type Resource } from '../../shared/api/index.ts';
import { messageOf } from '../../shared/base/index.ts';
import { addressOf, type Controller, each, mapped, type Outcome } from '../../shared/client/index.ts';
import { deepEqual, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { orNothing } from './api-answers.ts';
import type { ControllerContext } from './context.ts';
import { namespaceConditions, type Remains } from './plan-namespace.ts';

/** Content whose deletion nobody tells us of (its resource has just appeared) is looked for again after this. */
const lookAgain = 5_000;

export function namespaceController({ client, informers, clock, resources }: ControllerContext): Controller {
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
    await Promise.all(contents().map((resource) => empty(resource, name, failures)));
    const remains = await Promise.all(contents().map((resource) => remainsOf(resource, name)));
    const isEmpty = failures.length === 0 && remains.every(({ objects }) => objects.length === 0);
    const marked = await writeConditions(namespace, remains, failures);
    if (!isEmpty) return { requeueAfter: lookAgain };
    await finalize(marked);
  }

  async function empty(resource: Resource, namespace: string, failures: string[]): Promise<void> {
    const { items } = await client.list(resource, { namespace });
    const leaving = items.filter(({ metadata }) => !metadata.deletionTimestamp);
    await Promise.all(
      leaving.map((object) => remove(resource, object).catch((error) => failures.push(messageOf(error)))),
    );
  }

  async function remove(resource: Resource, object: Live<KubeObject>): Promise<void> {
    const preconditions = { uid: object.metadata.uid };
    await orNothing(
      client.delete(resource, addressOf(object), { preconditions, propagationPolicy: 'Background' }),
    );
  }

  async function remainsOf(resource: Resource, namespace: string): Promise<Remains> {
    const { items } = await client.list(resource, { namespace });
    return { resource, objects: items };
  }

  async function writeConditions(
    namespace: Live<Namespace>,
    remains: readonly Remains[],
    failures: readonly string[],
  ): Promise<Live<Namespace>> {
    const known = namespace.status?.conditions ?? [];
    const conditions = namespaceConditions(known, remains, failures, clock.now());
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
