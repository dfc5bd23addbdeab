// Says of each FlowSchema whether there is the priority level that it names: its condition Dangling.

import { type FlowSchema, flowschemas, prioritylevelconfigurations } from '../../../shared/api/index.ts';
import { addressOf, type Controller, each, keyOf, mapped } from '../../../shared/client/index.ts';
import { formatTime } from '../../../shared/machinery/index.ts';
import { orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';

const type = 'Dangling';

export function flowSchemaController({ client, clock, informers }: ControllerContext): Controller {
  const schemas = informers.of(flowschemas);
  const levels = informers.of(prioritylevelconfigurations);

  return {
    name: 'flow-schema',
    sources: [each(schemas), mapped(levels, ({ object }) => naming(object.metadata.name))],
    reconcile,
  };

  function naming(level: string): string[] {
    return schemas
      .list()
      .filter((schema) => levelOf(schema) === level)
      .map(keyOf);
  }

  async function reconcile(key: string): Promise<void> {
    const schema = schemas.get(key);
    if (!schema) return;
    const verdict = verdictOn(levelOf(schema));
    const before = schema.status?.conditions?.find((condition) => condition.type === type);
    if (before?.status === verdict.status && before.message === verdict.message) return;
    const condition = { ...verdict, lastTransitionTime: formatTime(clock.now()) };
    const { uid, resourceVersion } = schema.metadata;
    const patch = { metadata: { uid, resourceVersion }, status: { conditions: [condition] } };
    const mergeType = 'application/strategic-merge-patch+json';
    const answer = await orNothing(
      client.patch(flowschemas, addressOf(schema), mergeType, patch, { subresource: 'status' }),
    );
    if (answer) schemas.learn(answer);
  }

  function verdictOn(level: string) {
    const named = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    return levels.get(level)
      ? { type, status: 'False', reason: 'Found', message: `${named} and it exists` }
      : { type, status: 'True', reason: 'NotFound', message: `${named} but there is no such object` };
  }
}

function levelOf({ spec }: FlowSchema): string {
  return spec?.priorityLevelConfiguration.name ?? '';
}
