// /openapi as one of the paths that are no resources.

import type { Resource } from '../../../shared/api/index.ts';
import type { SchemaSet } from '../../../shared/machinery/index.ts';
import type { NonResourceHandler } from '../non-resource.ts';
import { OpenApi, type RemotePaths } from './open-api.ts';

/**
 * Serves /openapi/v2 and /openapi/v3 for the rows as they are when somebody asks. `version` is the API's; `schemas`, all
 * types that there are (default: the built-in ones); `remote`, what other servers describe.
 */
export function openApiHandler(
  resources: () => readonly Resource[],
  version = 'v1.32.0',
  schemas?: () => SchemaSet,
  remote?: () => RemotePaths,
): NonResourceHandler {
  const openApi = new OpenApi({
    ...{ resources, version },
    ...(schemas && { schemas }),
    ...(remote && { remote }),
  });
  return {
    prefix: '/openapi',
    paths: ['/openapi/v2', '/openapi/v3', '/openapi/v3/'],
    async handle({ verb, path }, { accept, ifNoneMatch }) {
      if (verb !== 'get') return undefined;
      const answer = await openApi.answer(path, accept, ifNoneMatch);
      if (!answer) return undefined;
      const { code, body, contentType, etag } = answer;
      return { type: 'bytes', code, body, contentType, headers: { ETag: etag, Vary: 'Accept' } };
    },
  };
}
