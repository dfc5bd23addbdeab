// Answers in plain text.

import type { RestAnswer } from './request.ts';

/** As Go's http.Error: what it is may not be guessed. */
export function errorText(code: number, body: string): RestAnswer & { type: 'bytes' } {
  return { ...text(code, body), headers: { 'X-Content-Type-Options': 'nosniff' } };
}

export function text(code: number, body: string): RestAnswer & { type: 'bytes' } {
  return { type: 'bytes', code, body: Buffer.from(body), contentType: 'text/plain; charset=utf-8' };
}
