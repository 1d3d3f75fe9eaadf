import type { Command } from "../command.js";
import type { Decision } from "./decision.js";

/**
 * The command as it is decided again after somebody else wrote first. What a turn takes was handed to the agent with the first
 * decision: it takes the same messages or does not start, for one that came in between would count as heard and never be.
 */
export function decidedAgain(command: Command, first: Decision): Command {
  if (command.type !== "turn.start" || first.kind !== "accepted") return command;
  const started = first.events.find((event) => event.type === "turn.started");
  return started?.type === "turn.started" ? { ...command, messages: started.messages } : command;
}
