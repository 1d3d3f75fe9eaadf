import type { RoomEvent } from "../core/room/event.js";
import { styled } from "./screen.js";
import type { Span } from "./wrap.js";

/** Tells agents from people, so that they look different, and knows how each is shown. */
export interface NameStyles {
  note(event: RoomEvent): void;
  /** The name as it is shown: with a display name of its own, `Zoë Müller @zoe-muller`. */
  show(name: string): Span;
}

/** A participant, as far as a name is shown. */
export interface NamedParticipant {
  name: string;
  kind: "agent" | "human";
  displayName?: string;
}

/** The handle stands behind a display name, which anybody may choose: it never passes for somebody else's. */
export function nameWithHandle(name: string, displayName: string | undefined): string {
  return displayName === undefined || displayName === "" || displayName === name ? name : `${displayName} @${name}`;
}

/** Of those in the room now; it learns of others by their events. */
export function createRoster(participants: readonly NamedParticipant[]): NameStyles {
  const known = new Map(participants.map((one) => [one.name, one]));
  return {
    note(event) {
      if (event.type === "participant.joined") known.set(event.name, event);
    },
    show(name) {
      const { kind, displayName } = known.get(name) ?? {};
      return styled(kind === "agent" ? "name" : "person", nameWithHandle(name, displayName));
    },
  };
}
