import type { GateAction } from "../core/room/gate.js";

/** The command for each action; `drop` also stops at a `continue` gate. */
const commands: Record<GateAction, string> = {
  approve: "approve",
  edit: "edit",
  drop: "drop",
  answer: "answer",
  allow: "allow",
  deny: "deny",
  continue: "continue",
  stop: "drop",
};

export function commandOfAction(action: GateAction): string {
  return commands[action];
}
