/** Inputs whose turns ended, by session: what is handed over again after that is not answered again. */
export interface FinishedInputs {
  of(sessionId: string): { has(id: string): boolean; add(id: string): void };
  forget(sessionId: string): void;
}

const maxSessions = 1_000;
const maxInputs = 1_024;

/**
 * In memory only. Whether a turn ended, the room's log knows: after a restart it hands over again only what had not, and that has to be answered, also
 * where Claude Code had finished and nobody heard it.
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
