import type { Command } from "../command.js";
import type { Decision } from "./decision.js";

/**
 * The command as it is decided again after somebody else wrote first; undefined: what was decided stands, for it needs no place in the log.
 * A turn's start was answered with the first decision. What it took was handed to the agent: it takes the same messages or does not start, for
 * one that came in between would count as heard and never be. It is the same attempt or does not start: where the turn before it was lost
 * meanwhile, the agent's session takes that one's messages for done. Where it did not start nobody runs it: it does not start now.
 */
export function decidedAgain(command: Command, first: Decision): Command | undefined {
  if (command.type !== "turn.start") return command;
  if (first.kind !== "accepted") return undefined;
  const started = first.events.find((event) => event.type === "turn.started");
  // Expired items stay expired.
  if (started?.type !== "turn.started") return { type: "room.tick" };
  const { messages, attempt } = started;
  return { ...command, messages, attempt };
}
