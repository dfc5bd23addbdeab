export { OpenApi, type OpenApiAnswer, type OpenApiOptions } from './open-api.ts';
export { openApiHandler } from './open-api-handler.ts';
