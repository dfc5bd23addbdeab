// A part's name, given by who starts it.

import type { Part } from '../shared/base/index.ts';

/** Gives a part its name without touching the part. */
export function named(name: string, part: Omit<Part, 'name'>): Part {
  return { name, start: () => part.start?.(), stop: () => part.stop?.() };
}
