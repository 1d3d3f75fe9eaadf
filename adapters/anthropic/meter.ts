import { z } from "zod";
import { billedOutput } from "../kit/gateway/cut-off-output.js";
import { createDataLines } from "../kit/gateway/data-lines.js";
import { createJsonAnswerMeter, parseOrUndefined } from "../kit/gateway/json-answer.js";
import { countSchema, type RawUsage } from "../kit/gateway/prices.js";
import type { Meter } from "../kit/gateway/wire.js";

/** `usage` of the Messages API, as far as it costs. */
const rawUsageSchema = z.object({
  input_tokens: countSchema,
  output_tokens: countSchema,
  cache_read_input_tokens: countSchema,
  cache_creation_input_tokens: countSchema,
  cache_creation: z.object({ ephemeral_1h_input_tokens: countSchema }).nullish(),
  server_tool_use: z.object({ web_search_requests: countSchema }).nullish(),
  speed: z.string().nullish(),
  inference_geo: z.string().nullish(),
});

const maxLineBytes = 1_024 * 1_024;

const messageSchema = z.object({ model: z.string(), usage: rawUsageSchema });
const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message_start"), message: messageSchema }),
  z.object({ type: z.literal("message_delta"), usage: rawUsageSchema }),
  z.object({ type: z.literal("content_block_delta"), delta: z.record(z.string(), z.unknown()) }),
]);

/** Counts in `later` replace earlier ones; missing counts stay. */
function merge(earlier: RawUsage, later: RawUsage): RawUsage {
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  return { ...earlier, ...Object.fromEntries(said) };
}

/** Lines without one of these words say nothing of the cost, and are not parsed. */
const telling = /"(?:message_start|message_delta|content_block_delta)"/;

/**
 * Server-sent events of the Messages API: `message_start` carries the input, the last `message_delta` the whole. Where the stream ends before
 * that, output is estimated from the text that passed, four bytes a token, with a margin; at most `maxTokens`.
 */
export function createStreamMeter(maxTokens = Number.POSITIVE_INFINITY): Meter {
  let model: string | undefined;
  let usage: RawUsage = {};
  let isFinal = false;
  let outputBytes = 0;

  function take(data: string): void {
    if (!telling.test(data)) return;
    const event = eventSchema.safeParse(parseOrUndefined(data)).data;
    if (event?.type === "message_start") {
      model = event.message.model;
      usage = merge(usage, event.message.usage);
    }
    if (event?.type === "message_delta") {
      usage = merge(usage, event.usage);
      isFinal = true;
    }
    if (event?.type === "content_block_delta") outputBytes += textBytes(event.delta);
  }

  const onTooLong = (bytes: number) => {
    outputBytes += bytes;
  };
  const read = createDataLines({ onData: take, onTooLong, maxLineBytes });

  return {
    read,
    result() {
      if (model === undefined) return undefined;
      if (isFinal) return { model, usage };
      const passed = { bytes: outputBytes, countedTokens: usage.output_tokens ?? 0 };
      return { model, usage: { ...usage, output_tokens: billedOutput(passed, maxTokens) } };
    },
  };
}

function textBytes({ text, thinking, partial_json: json, signature }: Record<string, unknown>): number {
  const said = [text, thinking, json, signature].filter((part) => typeof part === "string");
  return said.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

/** An answer in one piece. One that was cut off says nothing. */
export function createJsonMeter(): Meter {
  return createJsonAnswerMeter((answer) => {
    const { data } = messageSchema.safeParse(answer);
    return data && { model: data.model, usage: data.usage };
  });
}
