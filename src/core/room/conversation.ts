import { LIMITS } from "./limits.js";

/** A refusal of the provider, and how often in a row it came. `reason`: at most `LIMITS.maxRefusalChars`. */
export interface ProviderRefusal {
  reason: string;
  count: number;
}

/** Whether the provider refused the agent's conversation so often in a row for the same reason that no call in it will be answered. */
export function isBroken({ refused }: { refused?: ProviderRefusal }): boolean {
  return (refused?.count ?? 0) >= LIMITS.refusalsOfBroken;
}

/** The refusals in a row after one more for `reason`. */
export function refusedAgain(before: ProviderRefusal | undefined, reason: string): ProviderRefusal {
  const short = reason.slice(0, LIMITS.maxRefusalChars);
  return { reason: short, count: before?.reason === short ? before.count + 1 : 1 };
}

/** The problem of an agent whose conversation is broken and its remedy, for people. */
export function brokenNote({ name, refused }: { name: string; refused?: ProviderRefusal }): string {
  const why = refused ? ` (${refused.reason})` : "";
  return `The conversation of ${name} is broken: the model's provider refuses it again and again for the same reason${why}. Messages to ${name} fail until it gets a new conversation, which keeps its work folder: \`parley agent fresh <room> ${name}\`, \`/room fresh ${name}\`, or “New conversation” under Manage.`;
}
