import { z } from "zod";
import { type RawUsage, rawUsageSchema } from "./prices.js";

/** Reads what an answer cost while its bytes pass. */
export interface Meter {
  read(chunk: Uint8Array): void;
  /** So far; undefined while the answer said nothing of it. */
  result(): Metered | undefined;
}

/**
 * Output without a count was more than its text shows: the provider continues until it notices the disconnect, and its thinking may be hidden. So a
 * stream that was cut off is billed for half as much again plus a fixed number of tokens, at most `max_tokens`.
 */
const marginFactor = 1.5;
const marginTokens = 256;

export interface Metered {
  model: string;
  usage: RawUsage;
}

/** Longer lines and answers are passed on but not read. */
const maxLineChars = 4 * 1_024 * 1_024;
const maxJsonBytes = 32 * 1_024 * 1_024;
/** For output that was cut off before its count came. */
const bytesPerToken = 4;

const messageSchema = z.object({ model: z.string(), usage: rawUsageSchema });
const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message_start"), message: messageSchema }),
  z.object({ type: z.literal("message_delta"), usage: rawUsageSchema }),
  z.object({ type: z.literal("content_block_delta"), delta: z.record(z.string(), z.unknown()) }),
]);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Counts in `later` replace earlier ones; missing counts stay. */
function merge(earlier: RawUsage, later: RawUsage): RawUsage {
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  return { ...earlier, ...Object.fromEntries(said) };
}

/**
 * Server-sent events of the Messages API: `message_start` carries the input, the last `message_delta` the whole. Where the stream ends before
 * that, output is estimated from the text that passed, four bytes a token, with a margin; at most `maxTokens`.
 */
export function createStreamMeter(maxTokens = Number.POSITIVE_INFINITY): Meter {
  const decoder = new TextDecoder();
  let rest = "";
  let model: string | undefined;
  let usage: RawUsage = {};
  let isFinal = false;
  let outputBytes = 0;

  function take(line: string): void {
    if (!line.startsWith("data:")) return;
    const event = eventSchema.safeParse(parse(line.slice("data:".length))).data;
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

  return {
    read(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\r|\n/);
      rest = lines.pop() ?? "";
      if (rest.length > maxLineChars) rest = "";
      for (const line of lines) take(line);
    },
    result() {
      if (model === undefined) return undefined;
      if (isFinal) return { model, usage };
      const passed = Math.max(usage.output_tokens ?? 0, Math.ceil(outputBytes / bytesPerToken));
      const billed = Math.min(Math.ceil(passed * marginFactor) + marginTokens, maxTokens);
      return { model, usage: { ...usage, output_tokens: billed } };
    },
  };
}

function textBytes({ text, thinking, partial_json: json, signature }: Record<string, unknown>): number {
  const said = [text, thinking, json, signature].filter((part) => typeof part === "string");
  return said.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

/** An answer in one piece. One that was cut off says nothing. */
export function createJsonMeter(): Meter {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    read(chunk) {
      bytes += chunk.length;
      if (bytes <= maxJsonBytes) chunks.push(chunk);
    },
    result() {
      const { data } = messageSchema.safeParse(parse(Buffer.concat(chunks).toString("utf8")));
      return data && { model: data.model, usage: data.usage };
    },
  };
}
