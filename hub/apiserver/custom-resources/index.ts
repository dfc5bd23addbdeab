// Custom resources: rows that are made at run time, from CustomResourceDefinitions.

export { type DefinitionControllerOptions, definitionController } from './definition-controller.ts';
export { DefinitionServer, type DefinitionServerOptions } from './definition-server.ts';
export { postReview } from './post-review.ts';
export { RunTimeSchemas } from './run-time-schemas.ts';
export { webhookAddress } from './webhook-address.ts';
