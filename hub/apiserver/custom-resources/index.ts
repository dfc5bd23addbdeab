// Custom resources: rows that are made at run time, from CustomResourceDefinitions.

export { type DefinitionControllerOptions, definitionController } from './definition-controller.ts';
export { DefinitionServer, type DefinitionServerOptions } from './definition-server.ts';
export { RunTimeSchemas } from './run-time-schemas.ts';
export { serviceEndpoints } from './service-endpoints.ts';
export type { Endpoints } from './webhook-address.ts';
