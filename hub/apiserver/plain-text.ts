// Answers in plain text.

import type { RestAnswer } from './request.ts';

export function text(code: number, body: string): RestAnswer {
  return { type: 'bytes', code, body: Buffer.from(body), contentType: 'text/plain; charset=utf-8' };
}
