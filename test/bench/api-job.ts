// What the API's bench asks of its second process, and what that answers.

import type { Access } from './raw-https.ts';

export interface Spread {
  p50: number;
  p99: number;
}

export type Load =
  /** Creates, reads or replaces objects `from` (inclusive) to `to`, by so many connections. */
  | { type: 'each'; verb: 'create' | 'get' | 'put'; what: Subject; from: number; to: number; writers: number }
  | { type: 'list'; namespace: string; times: number }
  | {
      type: 'watch';
      door: 'https' | 'mqtt';
      watchers: number;
      perSecond: number;
      seconds: number;
    };

export type Subject = 'configmaps' | 'pods';

export interface Job {
  access: Access;
  mqttPort: number;
  load: Load;
}

export interface Result {
  /** Requests or deliveries. */
  count: number;
  milliseconds: number;
  /** Milliseconds each. */
  latency: Spread;
}

export type Said = { type: 'begins' } | { type: 'ended'; result: Result };

export const benchNamespace = 'bench';
/** Empty at first: who watches it has nothing to catch up with. */
export function watchedNamespace(door: 'https' | 'mqtt'): string {
  return `watched-${door}`;
}
