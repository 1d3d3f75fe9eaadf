/** An agent's memory from turn to turn. It lives in this process: after a restart or a crash the script starts from the top. */
export interface Session {
  id: string;
  /** How often each rule with `times` was used, by its index. */
  used: Map<number, number>;
  /**
   * The rule that answered each input, by the input's id; the latest 1,024. A message handed over again after its turn was cut off gets the
   * same answer with the same ids, whatever was used up since.
   */
  answeredBy: Map<string, number>;
  /** Tools a person allowed for the whole session. */
  remembered: Set<string>;
}

/** Inputs a session remembers. */
export const MAX_REMEMBERED_INPUTS = 1_024;

export function createSession(id: string): Session {
  return { id, used: new Map(), answeredBy: new Map(), remembered: new Set() };
}

/** Drops the oldest entry of a map or set that has grown past its limit. */
export function forgetOldest(ids: { size: number; keys(): Iterator<string>; delete(id: string): boolean }): void {
  if (ids.size <= MAX_REMEMBERED_INPUTS) return;
  const oldest = ids.keys().next();
  if (!oldest.done) ids.delete(oldest.value);
}
