import type { Usage } from "../../../src/core/room/event.js";

/** Tokens of every kind. */
export function tokensOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Omit<Usage, "usd">): number {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
}
