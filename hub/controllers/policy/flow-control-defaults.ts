// Keeps the FlowSchemas and PriorityLevelConfigurations that a cluster begins with: the mandatory ones always, the suggested ones
// as long as nobody has taken them over. Keys are `KIND/NAME`.

import {
  type FlowSchema,
  flowschemas,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  type PriorityLevelConfiguration,
  prioritylevelconfigurations,
  type Resource,
} from '../../../shared/api/index.ts';
import { type Controller, type Informer, keyOf, mapped } from '../../../shared/client/index.ts';
import { ApiError, type KubeObject } from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { planDefault } from './plan-flow-control-default.ts';
import { suggestedFlowSchemas, suggestedPriorityLevels } from './suggested-flow-control.ts';

const meanwhile: ReadonlySet<string> = new Set(['AlreadyExists', 'Conflict', 'NotFound']);

/** The defaults of one Kind. */
interface Kept<T extends KubeObject> {
  row: Resource<T>;
  informer: Informer<T>;
  mandatory: readonly T[];
  suggested: readonly T[];
}

export function flowControlDefaultsController({ client, informers }: ControllerContext): Controller {
  const levels: Kept<PriorityLevelConfiguration> = {
    ...{ row: prioritylevelconfigurations, informer: informers.of(prioritylevelconfigurations) },
    ...{ mandatory: mandatoryPriorityLevels, suggested: suggestedPriorityLevels },
  };
  const schemas: Kept<FlowSchema> = {
    ...{ row: flowschemas, informer: informers.of(flowschemas) },
    ...{ mandatory: mandatoryFlowSchemas, suggested: suggestedFlowSchemas },
  };

  return {
    name: 'flow-control-defaults',
    sources: [
      mapped(levels.informer, ({ object }) => [`${levels.row.kind}/${keyOf(object)}`]),
      mapped(schemas.informer, ({ object }) => [`${schemas.row.kind}/${keyOf(object)}`]),
    ],
    start(add) {
      // Levels first: a schema whose level is not there yet is dangling.
      for (const key of [...keysOf(levels), ...keysOf(schemas)]) add(key);
    },
    reconcile(key) {
      const [kind, name = ''] = key.split('/');
      return kind === levels.row.kind ? keep(levels, name) : keep(schemas, name);
    },
  };

  async function keep<T extends FlowSchema | PriorityLevelConfiguration>(
    { row, informer, mandatory, suggested }: Kept<T>,
    name: string,
  ): Promise<void> {
    const isNamed = ({ metadata }: T) => metadata?.name === name;
    const current: T | undefined = informer.get(name);
    const wanted = [...mandatory, ...suggested].find(isNamed);
    const step = planDefault({ current, wanted, mandatory: mandatory.some(isNamed) });
    try {
      if (step === 'delete') await client.delete(row, { name });
      else if (step)
        informer.learn(current ? await client.update(row, step.write) : await client.create(row, step.write));
    } catch (error) {
      // Somebody else was faster, and is heard of.
      if (!(error instanceof ApiError) || !meanwhile.has(error.reason)) throw error;
    }
  }
}

function keysOf<T extends KubeObject>({ row, mandatory, suggested }: Kept<T>): string[] {
  return [...mandatory, ...suggested].map(({ metadata }) => `${row.kind}/${metadata?.name}`);
}
