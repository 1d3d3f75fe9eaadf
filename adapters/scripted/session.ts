/** What an agent knows from turn to turn. It lives in this process's memory: after a restart a script begins anew. */
export interface Session {
  /** How often each rule with `times` was used, by its index. */
  used: Map<number, number>;
  /** Ids of the inputs taken, the latest 1,024. */
  seen: Set<string>;
  /** Tools a person allowed for the whole session. */
  remembered: Set<string>;
  /** Only while a turn runs. */
  memo: TurnMemo | undefined;
}

/** What a turn changed in its session. A turn that never ended leaves no trace, so its messages can be handed over again. */
export interface TurnMemo {
  /** Notes an input as taken. */
  take(id: string): void;
  undo(): void;
}

const MAX_SEEN = 1_024;

export function createSession(): Session {
  return { used: new Map(), seen: new Set(), remembered: new Set(), memo: undefined };
}

export function beginMemo(session: Session): TurnMemo {
  const usedBefore = session.used.size === 0 ? undefined : new Map(session.used);
  const taken: string[] = [];
  return {
    take(id) {
      taken.push(id);
      session.seen.add(id);
      if (session.seen.size > MAX_SEEN) forgetOldest(session.seen);
    },
    undo() {
      session.used = usedBefore ?? new Map();
      for (const id of taken) session.seen.delete(id);
      session.memo = undefined;
    },
  };
}

function forgetOldest(ids: Set<string>): void {
  for (const id of ids) {
    ids.delete(id);
    return;
  }
}
