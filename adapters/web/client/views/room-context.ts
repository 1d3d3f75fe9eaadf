import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PersonRole } from "../../../../src/core/room/event.js";
import { type Right, roleMay } from "../../../../src/core/room/rights.js";
import type { ComposerAsk } from "../composer-ask.js";
import type { HeldDecisions } from "../held-decisions.js";
import { hueOf } from "../identity.js";
import type { RoomSession } from "../room-session.js";
import type { RoomState } from "../room-state.js";

/** Shared context of all parts of the room page. */
export interface RoomContextValue {
  session: RoomSession;
  state: RoomState;
  role: PersonRole;
  /** Decisions that wait in this page before they are sent. */
  heldDecisions: HeldDecisions;
  hues: ReadonlyMap<string, number>;
  /** What a part of the page wants in the message box; the box takes it. */
  composerAsk: Signal<ComposerAsk | undefined>;
  /** One sentence at the bottom of the page for a moment; also read out. */
  say: (sentence: string) => void;
}

export const RoomContext = createContext<RoomContextValue | undefined>(undefined);

export function useRoom(): RoomContextValue & {
  may: (right: Right) => boolean;
  hue: (name: string) => number;
  kindOf: (name: string) => "agent" | "human";
} {
  const value = useContext(RoomContext);
  if (!value) throw new Error("useRoom is called outside a room page");
  return {
    ...value,
    may: (right) => roleMay(value.role, right),
    hue: (name) => value.hues.get(name) ?? hueOf(name),
    kindOf: (name) => value.state.participants.find((known) => known.name === name)?.kind ?? "human",
  };
}
