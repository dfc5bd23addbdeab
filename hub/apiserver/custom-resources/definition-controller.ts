// Brings CustomResourceDefinitions to life, and lets them go: settles their names, serves them, says so in their status;
// and when one is deleted, deletes all its objects first.

import type {
  CustomResourceDefinition,
  DefinitionCondition,
} from '../../../shared/api/apiextensions/index.ts';
import { customresourcedefinitions, type Resource } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import {
  addressOf,
  type Client,
  type Controller,
  each,
  type InformerFactory,
  keyOf,
  mapped,
  type Outcome,
} from '../../../shared/client/index.ts';
import {
  ApiError,
  deepEqual,
  findCondition,
  formatTime,
  type Live,
  setCondition,
} from '../../../shared/machinery/index.ts';
import type { ResourceIndex } from '../resource-index.ts';
import type { DefinitionServer } from './definition-server.ts';

export interface DefinitionControllerOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  index: ResourceIndex;
  server: DefinitionServer;
}

const finalizer = 'customresourcecleanup.apiextensions.k8s.io';
/** Objects that have finalizers of their own are looked for again after this, milliseconds. */
const lookAgain = 1_000;

export function definitionController(options: DefinitionControllerOptions): Controller {
  const { client, informers, clock, index, server } = options;
  const informer = informers.of(customresourcedefinitions);
  return {
    name: 'custom-resource-definition',
    sources: [each(informer), mapped(informer, ({ object }) => waitingFor(object))],
    reconcile,
  };

  /** Definitions of the group that lack a name which another may have given up. */
  function waitingFor({ metadata, spec }: Live<CustomResourceDefinition>): string[] {
    return informer
      .list()
      .filter((other) => other.spec.group === spec.group && other.metadata.uid !== metadata.uid)
      .filter(({ status }) => findCondition(status?.conditions ?? [], 'NamesAccepted')?.status === 'False')
      .map(keyOf);
  }

  async function reconcile(name: string): Promise<Outcome> {
    const definition = informer.get(name);
    if (!definition) return server.withdraw(name);
    if (definition.metadata.deletionTimestamp) return letGo(definition);
    const { definitionStatus } = await import('./plan-definition-status.ts');
    const status = definitionStatus(definition, takenBy(definition), formatTime(clock.now()));
    const next: Live<CustomResourceDefinition> = { ...definition, status };
    // Served before it is said to be: who waits for the condition finds the resource.
    if (isTrue(status.conditions, 'Established')) await server.serve(next);
    if (!deepEqual(status, definition.status)) await writeStatus(next);
  }

  function takenBy({ metadata, spec }: Live<CustomResourceDefinition>) {
    const others = informer
      .list()
      .filter((other) => other.spec.group === spec.group && other.metadata.uid !== metadata.uid)
      .flatMap(({ status }) => status?.acceptedNames ?? []);
    const builtIn = index.all().filter((row) => row.group === spec.group && !row.custom);
    return {
      resources: new Set([
        ...others.flatMap(({ plural, singular = '', shortNames = [] }) => [plural, singular, ...shortNames]),
        ...builtIn.flatMap(({ resource, singular, shortNames }) => [resource, singular, ...shortNames]),
      ]),
      kinds: new Set([
        ...others.flatMap(({ kind, listKind = '' }) => [kind, listKind]),
        ...builtIn.map(({ kind }) => kind),
      ]),
    };
  }

  async function letGo(definition: Live<CustomResourceDefinition>): Promise<Outcome> {
    const { name, finalizers = [] } = definition.metadata;
    if (!finalizers.includes(finalizer)) return;
    const established = isTrue(definition.status?.conditions, 'Established');
    if (established) await server.serve(definition);
    const [row] = server.rowsOf(name);
    if (row && (await empty(row)) > 0) {
      const words = 'CustomResource deletion is in progress';
      await say(definition, 'InstanceDeletionInProgress', words, 'True');
      return { requeueAfter: lookAgain };
    }
    const last = established
      ? await say(definition, 'InstanceDeletionCompleted', 'removed all instances', 'False')
      : await say(definition, 'NeverEstablished', 'resource was never established', 'False');
    await release(last);
  }

  /** Deletes all objects; answers how many are still there. */
  async function empty(row: Resource): Promise<number> {
    const { items } = await client.list(row);
    for (const object of items) {
      if (object.metadata.deletionTimestamp) continue;
      await ignoringGone(
        client.delete(row, addressOf(object), { preconditions: { uid: object.metadata.uid } }),
      );
    }
    return items.length === 0 ? 0 : (await client.list(row)).items.length;
  }

  async function say(
    definition: Live<CustomResourceDefinition>,
    reason: string,
    message: string,
    status: 'True' | 'False',
  ): Promise<Live<CustomResourceDefinition>> {
    const next: DefinitionCondition = { type: 'Terminating', status, reason, message };
    const before = definition.status?.conditions ?? [];
    const conditions = setCondition(before, next, formatTime(clock.now()));
    if (conditions === before) return definition;
    return writeStatus({ ...definition, status: { ...definition.status, conditions } });
  }

  function writeStatus(next: Live<CustomResourceDefinition>): Promise<Live<CustomResourceDefinition>> {
    return client.update(customresourcedefinitions, next, { subresource: 'status' });
  }

  async function release({ metadata }: Live<CustomResourceDefinition>): Promise<void> {
    const finalizers = metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    const body = {
      metadata: {
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
        finalizers: finalizers.length > 0 ? finalizers : null,
      },
    };
    await ignoringGone(
      client.patch(customresourcedefinitions, { name: metadata.name }, 'application/merge-patch+json', body),
    );
  }
}

function isTrue(conditions: readonly DefinitionCondition[] | null | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

async function ignoringGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!ApiError.is(error, 'NotFound')) throw error;
  }
}
