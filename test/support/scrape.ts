// Reads /metrics of a hub as Prometheus does.

import type { HttpsJson } from './https-json.ts';

/** Name with its labels, as it stands there → value. */
export async function scrape(api: HttpsJson): Promise<ReadonlyMap<string, number>> {
  const text: string = await api.must('GET', '/metrics', { accept: 'text/plain;version=0.0.4' });
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
