// Posts what was posted to the real API server, and tells what comes back otherwise.

import type { HttpsJson, Json } from '../https-json.ts';
import { comparable, differences, withoutKelpsOwn } from './comparable.ts';
import type { RecordedDefault } from './recorded.ts';
import { sendable } from './sendable.ts';
import type { Paths } from './world.ts';

/** What stands afterwards is part of the world that the other recordings were made in. */
export async function replayDefault(
  api: HttpsJson,
  paths: Paths,
  { code, warning, sent, got }: RecordedDefault,
): Promise<string[]> {
  const path = await paths.find(sent);
  if (!path) return [`${sent.apiVersion} ${sent.kind} is not served`];
  const answer = await api.ask('POST', path, { body: sendable(sent) });
  const [found, wanted] = [withoutManagers(answer.body), withoutManagers(sendable(got))];
  return differences(
    comparable({
      code: answer.code,
      warning: withoutKelpsOwn(String(answer.headers.warning ?? '')),
      body: found,
    }),
    comparable({ code, warning, body: wanted }),
  );
}

/** Managers are compared where patches are. */
export function withoutManagers(object: Json): Json {
  if (!object?.metadata) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
