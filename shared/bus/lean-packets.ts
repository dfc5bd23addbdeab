// mqtt-packet makes a Buffer for each of 65,536 numbers with the first packet that it writes: 6 MB of heap, a tenth of an
// agent, for two bytes a message.

import { createRequire } from 'node:module';

/** To be called before the first packet. */
export function makeNumbersWhenNeeded(): void {
  const { writeToStream }: typeof import('mqtt-packet') = createRequire(import.meta.url)('mqtt-packet');
  writeToStream.cacheNumbers = false;
}
