import type { RoomEvent } from "../core/room/event.js";
import { styled } from "./screen.js";
import type { Span } from "./wrap.js";

/** Tells agents from people, so that they look different. */
export interface NameStyles {
  note(event: RoomEvent): void;
  /** The name as it is shown. */
  show(name: string): Span;
}

export function createRoster(participants: readonly { name: string; kind: "agent" | "human" }[]): NameStyles {
  const agents = new Set(participants.filter(({ kind }) => kind === "agent").map(({ name }) => name));
  return {
    note(event) {
      if (event.type === "participant.joined" && event.kind === "agent") agents.add(event.name);
    },
    show: (name) => styled(agents.has(name) ? "name" : "person", name),
  };
}
