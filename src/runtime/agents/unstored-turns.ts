/** Of one agent only a few follow each other before the log is read again. */
const maxTurns = 20;

/** Turns that were stopped because the log could not be written: the latest 20, by id. */
export function createUnstoredTurns(): { add(turnId: string): void; has(turnId: string): boolean } {
  const turns = new Set<string>();
  return {
    add(turnId) {
      turns.add(turnId);
      const [oldest = turnId] = turns;
      if (turns.size > maxTurns) turns.delete(oldest);
    },
    has: (turnId) => turns.has(turnId),
  };
}
