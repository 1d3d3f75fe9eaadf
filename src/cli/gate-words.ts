import type { GateAction } from "../core/room/gate.js";

/** The command for each action; `drop` also stops what a `continue` gate holds back. */
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
