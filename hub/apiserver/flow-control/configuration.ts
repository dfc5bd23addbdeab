// From stored FlowSchemas and PriorityLevelConfigurations to what they configure: in order, with those that are always there,
// and without schemas whose level is not there.

import type { FlowSchemaSpec } from 'kubernetes-types/flowcontrol/v1';
import {
  type FlowSchema,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  type PriorityLevelConfiguration,
} from '../../../shared/api/index.ts';
import { byPrecedence } from './flow-schemas.ts';
import type { LevelConfig } from './priority-level.ts';

export interface SchemaConfig {
  name: string;
  uid: string;
  spec: FlowSchemaSpec;
}

export interface Configuration {
  levels: LevelConfig[];
  /** By precedence. */
  schemas: SchemaConfig[];
}

export function configurationOf(
  storedLevels: Iterable<PriorityLevelConfiguration>,
  storedSchemas: Iterable<FlowSchema>,
): Configuration {
  const levels = named([...mandatoryPriorityLevels, ...storedLevels]);
  const schemas = named([...mandatoryFlowSchemas, ...storedSchemas]);
  return {
    levels: [...levels.values()],
    schemas: [...schemas.values()]
      .filter(({ spec }) => levels.has(spec.priorityLevelConfiguration.name))
      .sort(byPrecedence),
  };
}

/** What is stored comes after what is always there, and takes its place. */
function named<S>(
  objects: readonly { metadata?: { name?: string; uid?: string }; spec?: S }[],
): Map<string, { name: string; uid: string; spec: S }> {
  return new Map(
    objects.flatMap(({ metadata: { name = '', uid = '' } = {}, spec }) =>
      spec ? [[name, { name, uid, spec }] as const] : [],
    ),
  );
}
