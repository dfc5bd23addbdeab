// Starting the parts of a program in order, and stopping them in the reverse order.

export interface Part {
  /** For the log and for errors, e.g. `scheduler`. */
  readonly name: string;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

/** Starts one after the other. If one fails, those that were started are stopped, and its error is thrown. */
export async function startAll(parts: readonly Part[]): Promise<void> {
  const started: Part[] = [];
  for (const part of parts) {
    started.push(part);
    try {
      await part.start?.();
    } catch (error) {
      await stopAll(started).catch(() => {
        // The error of the start is the one to tell.
      });
      throw error;
    }
  }
}

/** Stops all, last first; a failure keeps none of the others running. Throws an AggregateError of what failed. */
export async function stopAll(parts: readonly Part[]): Promise<void> {
  const failures: Error[] = [];
  for (const part of [...parts].reverse()) {
    try {
      await part.stop?.();
    } catch (cause) {
      failures.push(new Error(`stopping ${part.name}`, { cause }));
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, failures.map((failure) => failure.message).join(', '));
}
