// Random numbers that can be had again: a test that fails says its seed, and KELP_SEED repeats it.

/** `next` answers numbers from 0 up to 1 (mulberry32). */
export function random(seed = Number(process.env.KELP_SEED) || Math.floor(Math.random() * 2 ** 32)): {
  seed: number;
  next: () => number;
} {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next };
}
