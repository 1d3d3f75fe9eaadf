import { z } from "zod";
import type { Usage } from "../../../src/core/room/event.js";

const price = z.number().min(0);
const rates = z.object({
  input: price,
  output: price,
  cacheRead: price,
  /** Written to the cache for five minutes, or for an hour. */
  cacheWrite5m: price,
  cacheWrite1h: price,
});
type Rates = z.infer<typeof rates>;

/** Shape of the price table and of a JSON file that replaces the built-in one. Rates are US dollars a million tokens. */
export const priceTableSchema = z.object({
  /** By model id; the longest that is the id or its beginning up to a `-` counts. */
  models: z
    .record(z.string().min(1), rates.extend({ longPrompt: rates.extend({ aboveTokens: z.int().min(1) }).optional() }))
    .refine((models) => Object.keys(models).length > 0, { error: "at least one model" }),
  /** Of one search the provider ran. */
  webSearchUsd: price.default(0),
  /** For answers in fast mode, and for those bound to one country. */
  fastMultiplier: z.number().min(1).default(1),
  usOnlyMultiplier: z.number().min(1).default(1),
});
export type PriceTable = z.infer<typeof priceTableSchema>;

/** Tokens of one call, as the Messages API counts them; other providers' counts are brought into this form. A missing count is 0. */
export interface RawUsage {
  /** Without what was read from or written to a cache. */
  input_tokens?: number | null | undefined;
  output_tokens?: number | null | undefined;
  cache_read_input_tokens?: number | null | undefined;
  cache_creation_input_tokens?: number | null | undefined;
  /** The part of `cache_creation_input_tokens` that is kept for long. */
  cache_creation?: { ephemeral_1h_input_tokens?: number | null | undefined } | null | undefined;
  server_tool_use?: { web_search_requests?: number | null | undefined } | null | undefined;
  /** `fast`: the dearer lane. */
  speed?: string | null | undefined;
  inference_geo?: string | null | undefined;
}

/** No context window comes near it: a figure above it is not a count, and the answer that has it is billed by the estimate of its call. */
const mostTokens = 100_000_000;

/** A count of tokens or of searches in a provider's answer. */
export const countSchema = z.number().min(0).max(mostTokens).nullish();

/** What the tokens of a model cost. */
export interface Prices {
  /** False: the model is not in the table and counts as the dearest one. */
  knows(model: string): boolean;
  usageOf(model: string, raw: RawUsage): Usage;
}

export function createPrices(table: PriceTable): Prices {
  const names = Object.keys(table.models).sort((a, b) => b.length - a.length);
  const find = (model: string) => names.find((name) => model === name || model.startsWith(`${name}-`));
  const dearest = Object.values(table.models).reduce((most, rate) => (rate.output > most.output ? rate : most));

  function ratesOf(model: string, promptTokens: number): Rates {
    const known = table.models[find(model) ?? ""] ?? dearest;
    const { longPrompt } = known;
    return longPrompt && promptTokens > longPrompt.aboveTokens ? longPrompt : known;
  }

  return {
    knows: (model) => find(model) !== undefined,
    usageOf(model, raw) {
      const inputTokens = raw.input_tokens ?? 0;
      const outputTokens = raw.output_tokens ?? 0;
      const cacheReadTokens = raw.cache_read_input_tokens ?? 0;
      const cacheWriteTokens = raw.cache_creation_input_tokens ?? 0;
      const hourTokens = Math.min(raw.cache_creation?.ephemeral_1h_input_tokens ?? 0, cacheWriteTokens);
      const rate = ratesOf(model, inputTokens + cacheReadTokens + cacheWriteTokens);
      const millionths =
        inputTokens * rate.input +
        outputTokens * rate.output +
        cacheReadTokens * rate.cacheRead +
        (cacheWriteTokens - hourTokens) * rate.cacheWrite5m +
        hourTokens * rate.cacheWrite1h;
      const fast = raw.speed === "fast" ? table.fastMultiplier : 1;
      const usOnly = raw.inference_geo === "us" ? table.usOnlyMultiplier : 1;
      const searchUsd = (raw.server_tool_use?.web_search_requests ?? 0) * table.webSearchUsd;
      const usd = (millionths / 1e6) * fast * usOnly + searchUsd;
      return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, usd };
    },
  };
}
