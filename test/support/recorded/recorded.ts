// What a real API server (v1.21) was asked and answered, as test/fixtures/recorded keeps it.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json } from '../https-json.ts';

const here = new URL('../../fixtures/recorded/', import.meta.url);

export interface RecordedRequest {
  verb: string;
  path: string;
  contentType?: string;
  body?: Json;
  headers?: Record<string, string>;
  /** Asked by somebody without a certificate. */
  credentials?: 'none';
}

export interface RecordedAnswer {
  code: number;
  warning?: string;
  status?: { reason?: string; message?: string; details?: Json };
  /** Of an answer that is no JSON; prose where only acceptance was recorded. */
  text?: string;
  responseContentType?: string;
  object?: Json;
  event?: Json;
  responseHeaders?: Record<string, string>;
}

export interface RecordedExchange extends RecordedAnswer {
  note: string;
  request: RecordedRequest;
}

export interface RecordedPatch {
  note: string;
  type: string;
  path: string;
  /** An object, `fixture NAME`, or nothing. */
  before: Json;
  patch: Json;
  code: number;
  /** An object, `unchanged`, or a Status. */
  after: Json;
}

export interface RecordedDefault {
  note: string;
  code: number;
  warning?: string;
  sent: Json;
  got: Json;
}

export interface RecordedTable {
  columnDefinitions: Json[];
  rows: { cells: Json[]; object?: Json }[];
}

const read = (name: string): Json => JSON.parse(readFileSync(new URL(name, here), 'utf8'));
const unpack = (name: string): Json => JSON.parse(gunzipSync(readFileSync(new URL(name, here))).toString());

/** Versions that are gone → those that v1.32 serves the same objects in; and the addresses of Services. */
const servedNow: readonly [RegExp, string][] = [
  [/\b10\.43\.(?=\d+\.\d)/g, '10.96.'],
  [/autoscaling\/v2beta2/g, 'autoscaling/v2'],
  [/batch\/v1beta1/g, 'batch/v1'],
  [/storage\.k8s\.io\/v1beta1/g, 'storage.k8s.io/v1'],
  [/flowcontrol\.apiserver\.k8s\.io\/v1beta1/g, 'flowcontrol.apiserver.k8s.io/v1'],
  [/Ingress\.extensions/g, 'Ingress.networking.k8s.io'],
  [/"group":"extensions","kind":"Ingress"/g, '"group":"networking.k8s.io","kind":"Ingress"'],
  [/NetworkPolicy\.extensions/g, 'NetworkPolicy.networking.k8s.io'],
  [/"group":"extensions","kind":"NetworkPolicy"/g, '"group":"networking.k8s.io","kind":"NetworkPolicy"'],
  [/policy\/v1beta1(?=","kind":"PodDisruptionBudget|\/poddisruptionbudgets)/g, 'policy/v1'],
];

function asServedNow(recorded: Json): Json {
  const text = servedNow.reduce((was, [gone, now]) => was.replace(gone, now), JSON.stringify(recorded));
  return JSON.parse(text);
}

export const recordedErrors = (): RecordedExchange[] => asServedNow(unpack('errors.json.gz'));
export const recordedDefaults = (): RecordedDefault[] => asServedNow(unpack('defaults.json.gz'));
export const recordedTables = (): Record<string, RecordedTable> => asServedNow(unpack('tables.json.gz'));
export const recordedSettled = (): Record<string, Json> => asServedNow(unpack('settled.json.gz'));
export const recordedWatch = (): Json[] => unpack('watch.json.gz');
export const recordedPatches = (): { fixtures: Record<string, Json>; cases: RecordedPatch[] } =>
  asServedNow(unpack('patches.json.gz'));
/** What stood when the errors were recorded, beside the objects of the defaults. */
export const standing = (): Json[] => read('standing.json');

export interface Explanation {
  why: string;
  /** Where ours differs; of refusals, what is answered instead. */
  at?: readonly string[];
  code?: number;
  message?: string;
}
/** File → note → why our answer differs. */
export const explained = (): Record<string, Record<string, Explanation>> => read('explained.json');
