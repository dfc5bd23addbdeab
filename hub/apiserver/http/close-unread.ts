// What was not read of a request's body would be taken for the next request: the connection ends with the answer.

import type { ServerResponse } from 'node:http';

export function closeUnread(response: ServerResponse): void {
  if (!response.req.complete) response.setHeader('connection', 'close');
}
