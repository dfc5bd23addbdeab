// Custom resources: definitions, schemas, and what a schema does to values. Nothing here is loaded before there is a definition.

export {
  approvalOf,
  type Conversion,
  type CustomResourceDefinition,
  cleanupFinalizer,
  type DefinitionColumn,
  type DefinitionCondition,
  type DefinitionNames,
  type DefinitionStatus,
  type DefinitionVersion,
  isEstablished,
  isProtectedGroup,
  storageVersion,
  type WebhookClientConfig,
} from './definition.ts';
export {
  itemsOf,
  type JsonSchemaProps,
  propertyOf,
  type ValidationRule,
  valuesOf,
} from './json-schema.ts';
export { fillDefaults } from './schema/defaulting.ts';
export { embeddedFaults } from './schema/embedded.ts';
export { readMetadata, settledDefaults } from './schema/embedded-defaults.ts';
export { listTypeFaults } from './schema/list-types.ts';
export type { Before } from './schema/old-values.ts';
export { prune, pruneValue } from './schema/pruning.ts';
export { hasRules } from './schema/schema-validation.ts';
export { validateValue } from './schema/value-validation.ts';
export { fieldNamesOf, setValueAt, valueAt } from './simple-path.ts';
