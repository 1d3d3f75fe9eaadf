/** Work on one key goes one after the other; keys do not wait for each other. */
export interface SerialWork {
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when all work asked for until now has ended, however it ended. */
  settled(): Promise<void>;
}

/** Holds a key only while work on it continues. */
export function createSerialWork(): SerialWork {
  const lastOf = new Map<string, Promise<unknown>>();
  return {
    inTurn(key, work) {
      const run = (lastOf.get(key) ?? Promise.resolve()).then(work, work);
      const settled = run
        .catch(() => undefined)
        .finally(() => {
          if (lastOf.get(key) === settled) lastOf.delete(key);
        });
      lastOf.set(key, settled);
      return run;
    },
    async settled() {
      await Promise.allSettled(lastOf.values());
    },
  };
}
