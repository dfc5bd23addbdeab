// OpenAPI as the API server serves it: below /openapi.

import type { Resource } from '../../../shared/api/index.ts';
import type { NonResourceHandler } from '../non-resource.ts';
import { OpenApi } from './open-api.ts';

export function openApiHandler(resources: () => readonly Resource[], version: string): NonResourceHandler {
  const openApi = new OpenApi({ resources, version });
  return {
    prefix: '/openapi',
    paths: ['/openapi/v2', '/openapi/v3'],
    async handle({ verb, path }, { accept, ifNoneMatch }) {
      if (verb !== 'get') return undefined;
      const answer = await openApi.answer(path, accept, ifNoneMatch);
      if (!answer) return undefined;
      const { code, body, contentType, etag } = answer;
      return { type: 'bytes', code, body, contentType, headers: { etag, vary: 'Accept' } };
    },
  };
}
