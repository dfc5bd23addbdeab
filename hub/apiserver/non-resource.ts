// The paths that are no resources: discovery, version, health, and what other parts add (OpenAPI).

import { createHash } from 'node:crypto';
import { type DiscoverySources, discover } from './discovery/index.ts';
import { answerHealth, type HealthCheck } from './health.ts';
import { text } from './plain-text.ts';
import type { RestAnswer, RestRequest } from './request.ts';
import type { GroupVersions } from './resource-index.ts';
import { noSuchMethod, noSuchResource, type OtherPath } from './rest-path.ts';

/** Serves every path under its prefixes, e.g. `/openapi`. */
export interface NonResourceHandler {
  /** A path, and all below it. */
  readonly prefix: string;
  /** Paths of this handler, for the list at `/`. */
  readonly paths: readonly string[];
  handle(path: OtherPath, request: RestRequest): Promise<RestAnswer | undefined>;
}

export interface NonResourceOptions extends DiscoverySources {
  checks: readonly HealthCheck[];
  handlers: readonly NonResourceHandler[];
}

const healthPaths = ['/healthz', '/livez', '/readyz'];

/** What `kubectl version` shows: the API is that of this minor version. */
export const versionInfo = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+kelp',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '',
  goVersion: `node ${process.version}`,
  compiler: 'tsc',
  platform: `${process.platform}/${process.arch}`,
};

/** Discovery and the version are read, and nothing else: throws MethodNotAllowed. */
export async function answerNonResource(
  options: NonResourceOptions,
  path: OtherPath,
  request: RestRequest,
): Promise<RestAnswer> {
  const answer = await find(options, path, request);
  if (!answer && !reads(path) && (await find(options, { ...path, verb: 'get' }, request)))
    throw noSuchMethod();
  if (!answer && path.path.startsWith('/api/')) throw noSuchResource();
  return answer ?? text(404, '404 page not found\n');
}

async function find(
  { index, remote, address, checks, handlers }: NonResourceOptions,
  path: OtherPath,
  request: RestRequest,
): Promise<RestAnswer | undefined> {
  const where = path.path.replace(/(?<=.)\/+$/, '');
  for (const handler of handlers) {
    if (where !== handler.prefix && !where.startsWith(`${handler.prefix}/`)) continue;
    const answer = await handler.handle(path, request);
    if (answer) return answer;
  }
  const [, first = '', ...rest] = where.split('/');
  if (healthPaths.includes(`/${first}`)) return answerHealth(checks, first, rest, path.query);
  if (!reads(path)) return undefined;
  if (where === '/version') return { type: 'object', code: 200, body: versionInfo };
  if (where === '/' || where === '')
    return {
      type: 'object',
      code: 200,
      body: { paths: pathsOf(remote.groups, handlers) },
    };
  const found = await discover({ index, remote, address }, where, request.accept);
  if (!found?.contentType) return found && { type: 'object', code: 200, body: found.body };
  const body = Buffer.from(`${JSON.stringify(found.body)}\n`);
  return tagged({ type: 'bytes', code: 200, body, contentType: found.contentType }, request.ifNoneMatch);
}

function reads({ verb }: OtherPath): boolean {
  return verb === 'get' || verb === 'head';
}

/** As upstream tags what clients keep. */
function tagged(answer: RestAnswer & { type: 'bytes' }, known = ''): RestAnswer {
  const tag = `"${createHash('sha512').update(answer.body).digest('hex').toUpperCase()}"`;
  const headers = { ETag: tag, Vary: 'Accept', 'Cache-Control': 'public' };
  const isSame = known.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
  return isSame ? { ...answer, code: 304, body: Buffer.alloc(0), headers } : { ...answer, headers };
}

function pathsOf(groups: readonly GroupVersions[], handlers: readonly NonResourceHandler[]): string[] {
  const ofGroups = groups.flatMap(({ group, versions }) => {
    const root = group ? `/apis/${group}` : '/api';
    return [root, ...versions.map((version) => `${root}/${version}`)];
  });
  const ofHandlers = handlers.flatMap(({ paths }) => paths);
  return [...new Set(['/apis', '/version', ...healthPaths, ...ofGroups, ...ofHandlers])].sort();
}
