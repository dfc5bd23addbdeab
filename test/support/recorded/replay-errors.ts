// Sends what was refused (or let through although it looks wrong) again, and tells what is answered otherwise.

import { isRecord } from '../../../shared/machinery/index.ts';
import type { Answer, HttpsJson, Json } from '../https-json.ts';
import { alike, unique } from '../recorded-causes.ts';
import { comparable, differences } from './comparable.ts';
import type { RecordedExchange, RecordedRequest } from './recorded.ts';
import { sendable } from './sendable.ts';

export interface Callers {
  admin: HttpsJson;
  /** Somebody without a certificate. */
  nobody: HttpsJson;
}

export interface Replayed {
  /** Nothing: the answer is as recorded. */
  differences: string[];
  /** What is answered here. */
  code: number;
  message?: string;
}

export async function replayError(callers: Callers, exchange: RecordedExchange): Promise<Replayed> {
  const answer = await send(callers, exchange);
  const found = ours(answer, exchange);
  const { message } = found.status ?? {};
  return {
    differences: differences(found, theirs(exchange)),
    code: answer.code,
    ...(message !== undefined && { message }),
  };
}

export async function send({ admin, nobody }: Callers, { note, request }: RecordedExchange): Promise<Answer> {
  const { verb, path, headers, credentials, contentType } = request;
  const body = await bodyOf(admin, note, request);
  return (credentials ? nobody : admin).ask(verb, harmless(verb, path).replace('=OLD', '=1'), {
    ...(body !== undefined && body !== null && { body }),
    ...(contentType !== undefined && { contentType }),
    headers: { ...headers },
    ...(headers?.Accept && { accept: headers.Accept }),
  });
}

/** A watch that is let through would go on, and what is deleted would be missed by those that follow. */
function harmless(verb: string, path: string): string {
  if (verb === 'DELETE' && path.endsWith('/services')) return `${path}?dryRun=All`;
  return path.includes('watch=') && !path.includes('timeoutSeconds') ? `${path}&timeoutSeconds=1` : path;
}

/** An update is one of the object as it stands: its uids, generated names and revision are in it. */
async function bodyOf(admin: HttpsJson, note: string, { verb, path, body }: RecordedRequest): Promise<Json> {
  if (verb !== 'PUT' || !isRecord(body)) return sendable(body);
  const { code, body: live } = await admin.ask('GET', path.replace(/\?.*/, ''));
  if (code !== 200) return body;
  const changes = /^update of [\w/]+(?: \(not dry-run\))?: (\S+ (?:= |removed).*)$/.exec(note)?.[1];
  if (path.includes('/approval')) return { ...live, status: sendable(body.status) };
  if (changes === undefined) return withRevision(body, live, note);
  for (const change of changes.split(/, (?=[a-z]\w*(?:\.\w+)+ = )/)) set(live, change, body);
  return live;
}

function withRevision(body: Json, live: Json, note: string): Json {
  if (!body.metadata || /bad resourceVersion/.test(note)) return body;
  const resourceVersion = /(old|wrong) resourceVersion/.test(note) ? '1' : live.metadata.resourceVersion;
  return { ...body, metadata: { ...body.metadata, resourceVersion } };
}

/** `a.b.0 = VALUE` or `a.b removed`; what was sent says the value in full. */
function set(object: Json, change: string, sent: Json): void {
  const [, field = '', value] = /^(\S+?)(?: removed| = (.*))$/s.exec(change) ?? [];
  const steps = field.split('.');
  const last = steps.pop() ?? '';
  const inside = (whole: Json) => steps.reduce((place, step) => (place[step] ??= {}), whole);
  if (value === undefined) delete inside(object)[last];
  else
    inside(object)[last] =
      value === '"OTHER TIME"' ? '2001-01-01T00:00:00Z' : (inside(sent)[last] ?? JSON.parse(value));
}

function byOldDecoder({ message }: { message?: string }): boolean {
  return message?.includes(', error found in #') ?? false;
}

/** v1.22 brought another JSON decoder: what it says of a wrong type is held to in the tests of decoding. */
function decoded({ message, ...status }: Json): Json {
  return { ...status, message: message?.replace(/( cannot be handled as an? \w+: ).*$/s, '$1…') };
}

function theirs({ code, warning, status, text, responseContentType, object, event }: RecordedExchange): Json {
  return comparable({
    code,
    ...(warning && { warning }),
    ...(status && { status: byOldDecoder(status) ? decoded(statusOf(status)) : statusOf(status) }),
    ...(responseContentType && { text, responseContentType }),
    ...(object && { object }),
    ...(event && { event }),
  });
}

function statusOf({ message, reason, details }: Json): Json {
  const causes = details?.causes && unique(details.causes);
  return { message, reason, ...(details && { details: { ...details, ...(causes && { causes }) } }) };
}

function ours({ code, headers, body }: Answer, wanted: RecordedExchange): Json {
  const said = { code, ...(wanted.warning && { warning: headers.warning }) };
  if (wanted.responseContentType)
    return comparable({ ...said, text: body, responseContentType: headers['content-type'] });
  if (wanted.object) return comparable({ ...said, object: body });
  if (wanted.event) return comparable({ ...said, event: typeof body === 'string' ? firstLine(body) : body });
  if (!wanted.status) return comparable(said);
  const status = statusOf(body);
  if (byOldDecoder(wanted.status)) return comparable({ ...said, status: decoded(status) });
  return comparable({ ...said, status: inTheirWords(status, wanted.status) });
}

function firstLine(text: string): Json {
  return JSON.parse(text.split('\n')[0] || 'null');
}

/** Values that only Go prints alike count as equal where the sentence does. */
function inTheirWords(status: Json, wanted: Json): Json {
  const causes = status.details?.causes;
  const others = wanted.details?.causes && unique(wanted.details.causes);
  if (!Array.isArray(causes) || !others) return status;
  const same = alike(causes, others);
  let { message } = status;
  causes.forEach((cause: Json, at: number) => {
    message = message?.replace(cause.message, () => same[at]?.message ?? cause.message);
  });
  return { ...status, message, details: { ...status.details, causes: same } };
}
