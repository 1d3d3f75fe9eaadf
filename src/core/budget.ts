import type { Usage } from "./event.js";
import type { Policy } from "./policy.js";

/** The limit of the room's budget that this usage reaches, in words for people; undefined while there is something left. */
export function reachedLimit({ budget }: Policy, usage: Usage): string | undefined {
  if (budget?.usd !== undefined && usage.usd >= budget.usd) return `${budget.usd} US dollars`;
  const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return budget?.tokens !== undefined && tokens >= budget.tokens ? `${budget.tokens} tokens` : undefined;
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    usd: a.usd + b.usd,
  };
}
