// Many calls that probably all succeed or all fail: one first, then twice as many each time, and none after a failure.

/** Calls `times` times in batches of 1, 2, 4 … side by side. Rejects with a batch's first failure, after the batch. */
export async function slowStart(times: number, call: () => Promise<void>): Promise<void> {
  let left = times;
  for (let batch = Math.min(left, 1); batch > 0; batch = Math.min(2 * batch, left)) {
    await allDone(Array.from({ length: batch }, call));
    left -= batch;
  }
}

/** Waits for all of them, then rejects with the first failure. */
export async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
