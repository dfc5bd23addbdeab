// Messages whose JSON is not an object: times, quantities, free-form JSON.

import { formatMicroTime, formatTime, type JsonObject } from '../../../../shared/machinery/index.ts';

const milliseconds = ({ seconds, nanos }: JsonObject) =>
  Number(seconds ?? 0) * 1000 + Number(nanos ?? 0) / 1e6;
const isZeroTime = ({ seconds, nanos }: JsonObject) => seconds === undefined && nanos === undefined;

function json(raw: unknown): unknown {
  const text = Buffer.from(String(raw ?? ''), 'base64').toString('utf8');
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError('a part that must be JSON is not', { cause: error });
  }
}

/** By the message's own name. Undefined: the field is absent. */
export const wellKnown: Record<string, (message: JsonObject) => unknown> = {
  Time: (message) => (isZeroTime(message) ? undefined : formatTime(milliseconds(message))),
  MicroTime: (message) => (isZeroTime(message) ? undefined : formatMicroTime(milliseconds(message))),
  Duration: ({ duration }) => `${Number(duration ?? 0) / 1e9}s`,
  Quantity: ({ string }) => string ?? '0',
  IntOrString: ({ type, intVal, strVal }) => (type === 1 ? (strVal ?? '') : (intVal ?? 0)),
  RawExtension: ({ raw }) => json(raw),
  FieldsV1: ({ Raw, raw }) => json(Raw ?? raw),
  Verbs: ({ items }) => items ?? [],
  ExtraValue: ({ items }) => items ?? [],
};
