import { createHash } from "node:crypto";
import type { UsageOverride } from "./script.js";

/** Counts of one answer, as the Responses API words them. */
export interface UsageNumbers {
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
}

/** Four characters a token: not the vendor's tokenizer, but it grows with the text and repeats exactly. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

/** Prompt caching as documented: the longest prefix that was sent before, from 1,024 tokens on; what follows it is written. */
export const createPrefixCache = (minTokens = 1_024) => {
  const known = new Set<string>();
  return (
    pieces: readonly string[],
    account: string,
  ): Pick<UsageNumbers, "input_tokens" | "cached_tokens" | "cache_write_tokens"> => {
    const hash = createHash("sha256").update(account);
    let total = 0;
    let cached = 0;
    for (const piece of pieces) {
      hash.update(piece).update("\n");
      total += tokensOf(piece);
      const key = hash.copy().digest("base64");
      if (known.has(key) && total >= minTokens) cached = total;
      known.add(key);
    }
    return { input_tokens: total, cached_tokens: cached, cache_write_tokens: total >= minTokens ? total - cached : 0 };
  };
};

export const overridden = (usage: UsageNumbers, override: UsageOverride | undefined): UsageNumbers | undefined =>
  override === null ? undefined : ({ ...usage, ...override } as UsageNumbers);

/** `usage` of a response. */
export const responseUsage = (usage: UsageNumbers): object => ({
  input_tokens: usage.input_tokens,
  input_tokens_details: { cached_tokens: usage.cached_tokens, cache_write_tokens: usage.cache_write_tokens },
  output_tokens: usage.output_tokens,
  output_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
  total_tokens: usage.input_tokens + usage.output_tokens,
});

/** `usage` of a chat completion. */
export const chatUsage = (usage: UsageNumbers): object => ({
  prompt_tokens: usage.input_tokens,
  prompt_tokens_details: { cached_tokens: usage.cached_tokens, cache_write_tokens: usage.cache_write_tokens },
  completion_tokens: usage.output_tokens,
  completion_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
  total_tokens: usage.input_tokens + usage.output_tokens,
});
