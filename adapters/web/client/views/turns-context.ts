import { createContext } from "preact";
import { useContext, useEffect, useMemo, useRef } from "preact/hooks";
import { createKnownTurns, type KnownTurns } from "../known-turns.js";
import type { RoomSession } from "../room-session.js";
import { useRoom } from "./room-context.js";

/** The turns the page knows; undefined: this person may not read them. It stays the same, so that messages do not render again for it. */
export const TurnsContext = createContext<KnownTurns | undefined>(undefined);

export const useTurns = (): KnownTurns | undefined => useContext(TurnsContext);

/** The turns of a room, for a person who may read them. */
export function useKnownTurns({ api }: RoomSession, mayRead: boolean): KnownTurns | undefined {
  return useMemo(() => (mayRead ? createKnownTurns(api, Date.now) : undefined), [api, mayRead]);
}

/** The end of a turn is stored a moment after the page hears of it. */
const renewAfterMs = 400;

/** Reads the turns of an agent again when it has ended one. */
export function RenewTurns(): null {
  const turns = useTurns();
  const { state } = useRoom();
  const before = useRef<ReadonlySet<string>>(new Set());
  const busy = state.participants.filter(({ kind, sinceMs }) => kind === "agent" && sinceMs !== undefined);
  const names = busy.map(({ name }) => name).join(" ");
  useEffect(() => {
    const now = new Set(names.split(" "));
    const ended = [...before.current].filter((name) => name !== "" && !now.has(name));
    before.current = now;
    if (ended.length === 0) return;
    setTimeout(() => {
      for (const name of ended) turns?.renew(name);
    }, renewAfterMs);
  }, [names, turns]);
  return null;
}
