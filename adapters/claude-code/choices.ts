import type { EffortLevel, PermissionMode } from "@anthropic-ai/claude-agent-sdk";

/** What Claude Code takes for the effort of its model. */
export const efforts = ["low", "medium", "high", "xhigh", "max"] as const satisfies readonly EffortLevel[];

/** The permission modes agents may work in. Those that ask nobody are left out: the room's gates would not hold. */
export const modes = ["default", "acceptEdits", "plan"] as const satisfies readonly PermissionMode[];

export function isEffort(word: string | undefined): word is (typeof efforts)[number] {
  return efforts.some((known) => known === word);
}

export function isMode(word: string | undefined): word is (typeof modes)[number] {
  return modes.some((known) => known === word);
}
