// What a request comes to, before it is put into the form that the client asked for.

import type { Readable } from 'node:stream';
import type { KubeList, KubeObject, Status } from '../../../shared/machinery/index.ts';
import type { Kind } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import type { ProxyTarget, StreamSession } from '../stream-session.ts';
import type { WatchStream } from '../watch-stream.ts';
import type { Written } from './create.ts';
import type { RegistryParts } from './registry-parts.ts';

export type Outcome =
  | { type: 'object'; code: number; body: KubeObject | KubeList | Status; warnings?: readonly string[] }
  | { type: 'watch'; stream: WatchStream }
  | { type: 'stream'; code: number; stream: Readable; contentType: string }
  | { type: 'session'; session: StreamSession }
  | { type: 'proxy'; target: ProxyTarget };

/** Does what one verb of one resource or subresource promises. */
export type Handler = (parts: RegistryParts, kind: Kind, request: ApiRequest) => Promise<Outcome>;

/** A handler that answers an object, with 201 where it was created. */
export function answering(
  work: (parts: RegistryParts, kind: Kind, request: ApiRequest) => Promise<KubeObject | KubeList | Status>,
  code = 200,
): Handler {
  return async (parts, kind, request) => ({ type: 'object', code, body: await work(parts, kind, request) });
}

/** A handler that writes: 201 where something was created, and its warnings. */
export function writing(
  work: (parts: RegistryParts, kind: Kind, request: ApiRequest) => Promise<Written>,
): Handler {
  return async (parts, kind, request) => {
    const { object, warnings, created } = await work(parts, kind, request);
    return { type: 'object', code: created ? 201 : 200, body: object, warnings };
  };
}

/** What upstream answers to a binding and an eviction. */
export const createdStatus: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
};
