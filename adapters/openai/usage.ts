import { z } from "zod";
import { countSchema, type RawUsage } from "../kit/gateway/prices.js";

const details = z.object({ cached_tokens: countSchema, cache_write_tokens: countSchema }).nullish();

/** `usage` of a response or of a chat completion, as far as it costs. Cached tokens are a part of the input, and reasoning a part of the output. */
export const openAiUsageSchema = z
  .object({
    input_tokens: countSchema,
    output_tokens: countSchema,
    input_tokens_details: details,
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    prompt_tokens_details: details,
  })
  .transform((usage, context): RawUsage => {
    const output = usage.output_tokens ?? usage.completion_tokens;
    const input = usage.input_tokens ?? usage.prompt_tokens;
    if (typeof output !== "number" || typeof input !== "number") {
      context.issues.push({ code: "custom", message: "no counts", input: usage });
      return z.NEVER;
    }
    const of = usage.input_tokens_details ?? usage.prompt_tokens_details;
    const read = Math.min(of?.cached_tokens ?? 0, input);
    const written = Math.min(of?.cache_write_tokens ?? 0, input - read);
    return {
      input_tokens: input - read - written,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written,
      output_tokens: output,
    };
  });

/** Lanes that cost more than the standard one; their multiplier is the price table's. */
const fastTiers: readonly string[] = ["priority", "fast", "ultrafast"];

/** The lane in which the provider answered, for the price. */
export function speedOf(serviceTier: string | null | undefined): Pick<RawUsage, "speed"> {
  return fastTiers.includes(serviceTier ?? "") ? { speed: "fast" } : {};
}

const outputSchema = z.array(z.looseObject({ type: z.string() })).catch([]);

/** Searches that the provider ran for an answer. */
export function searchesIn(output: unknown): RawUsage["server_tool_use"] {
  const searches = outputSchema.parse(output).filter(({ type }) => type === "web_search_call");
  return { web_search_requests: searches.length };
}
