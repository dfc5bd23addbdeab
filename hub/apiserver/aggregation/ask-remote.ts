// A request of this process's own parts to another API server.

import type { APIService } from '../../../shared/api/index.ts';
import { answerOf, restOf, type TransportRequest } from '../../../shared/client/index.ts';
import { ApiError, deepFreeze } from '../../../shared/machinery/index.ts';
import { collect } from '../collect.ts';
import { openTarget, unreachable } from '../open-target.ts';
import type { UserInfo } from '../request.ts';
import type { RemoteServers } from './remote-server.ts';

const patienceMs = 30_000;
/** Of an answer. */
const mostBytes = 64 * 1024 * 1024;

/** Answers the object, the list or the Status. Throws ApiError. */
export async function askRemote(
  servers: RemoteServers,
  service: APIService,
  request: TransportRequest,
  user: UserInfo,
): Promise<unknown> {
  const { body: sent, patchType = 'application/json' } = request;
  const { method, path } = restOf(request);
  const target = await servers.target(service, path, user);
  const body = sent === undefined ? undefined : Buffer.from(JSON.stringify(sent));
  const headers = {
    accept: 'application/json',
    ...(body && { 'content-type': patchType, 'content-length': body.length }),
  };
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const { answer, release } = await openTarget(target, { method, headers, ...(body && { body }) }, signal);
    try {
      const bytes = await collect(answer, mostBytes);
      if (!bytes) throw new ApiError('RequestEntityTooLarge', `the answer has more than ${mostBytes} bytes`);
      return deepFreeze(answerOf(answer.statusCode ?? 0, bytes.toString()));
    } finally {
      release();
    }
  } catch (error) {
    throw error instanceof ApiError ? error : unreachable(target, error);
  }
}
