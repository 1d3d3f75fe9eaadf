/** Inputs whose turns ended, by session: they are not answered again if they are sent again. */
export interface FinishedInputs {
  of(sessionId: string): { has(id: string): boolean; add(id: string): void };
  forget(sessionId: string): void;
}

const maxSessions = 1_000;
const maxInputs = 1_024;

/**
 * In memory only. The room's log knows whether a turn ended: after a restart it sends only unfinished inputs again, and those must be answered, even
 * if the agent had finished them and the answer was lost.
 */
export function createFinishedInputs(): FinishedInputs {
  const sessions = new Map<string, Set<string>>();
  return {
    of(sessionId) {
      const ids = () => sessions.get(sessionId);
      return {
        has: (id) => ids()?.has(id) ?? false,
        add(id) {
          const known = ids() ?? new Set<string>();
          sessions.delete(sessionId);
          sessions.set(sessionId, known.add(id));
          dropOldest(known, maxInputs);
          dropOldest(sessions, maxSessions);
        },
      };
    },
    forget: (sessionId) => void sessions.delete(sessionId),
  };
}

function dropOldest(ids: { size: number; keys(): Iterator<string>; delete(id: string): boolean }, most: number): void {
  if (ids.size <= most) return;
  const oldest = ids.keys().next();
  if (!oldest.done) ids.delete(oldest.value);
}
