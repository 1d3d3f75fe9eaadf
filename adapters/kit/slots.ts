/** A few calls of one agent at a time, so that a budget is overrun by a few calls at most; others wait in order. */
export interface Slots {
  /** Resolves to a function that releases the slot; rejects when `signal` fires first. */
  take(name: string, signal: AbortSignal): Promise<() => void>;
}

interface Line {
  taken: number;
  waiting: (() => void)[];
}

export function createSlots(limit: number): Slots {
  const lines = new Map<string, Line>();

  function give(name: string, line: Line): () => void {
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      line.taken--;
      line.waiting.shift()?.();
      if (line.taken === 0 && line.waiting.length === 0) lines.delete(name);
    };
  }

  return {
    take(name, signal) {
      const line = lines.get(name) ?? { taken: 0, waiting: [] };
      lines.set(name, line);
      return new Promise((resolve, reject) => {
        const begin = () => {
          signal.removeEventListener("abort", leave);
          line.taken++;
          resolve(give(name, line));
        };
        const leave = () => {
          line.waiting = line.waiting.filter((other) => other !== begin);
          reject(signal.reason);
        };
        if (line.taken < limit) return begin();
        line.waiting.push(begin);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
