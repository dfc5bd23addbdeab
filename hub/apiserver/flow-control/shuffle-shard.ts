// Shuffle sharding: each flow is dealt a hand of the queues, so that two flows seldom share all of theirs
// (k8s.io/apiserver/pkg/util/shufflesharding). The same flow has the same hand on every hub.

import { createHash } from 'node:crypto';

/** 64 bits by which a flow is known. */
export function flowHash(schema: string, distinguisher: string): bigint {
  return createHash('sha256').update(`${schema}\0${distinguisher}`).digest().readBigUInt64LE(0);
}

/** `handSize` different numbers below `deckSize`; every hand is as likely as any other. */
export function deal(hash: bigint, deckSize: number, handSize: number): number[] {
  const remainders: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt += 1) {
    const left = BigInt(deckSize - dealt);
    remainders.push(Number(rest % left));
    rest /= left;
  }
  return remainders.map((remainder, at) => {
    let card = remainder;
    // A remainder counts the cards that were left: those that were dealt before are stepped over, the last one first.
    for (const before of remainders.slice(0, at).reverse()) if (card >= before) card += 1;
    return card;
  });
}
