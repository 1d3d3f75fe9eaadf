import { z } from "zod";
import { createOpenLine } from "../kit/open-line.js";
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

/** Longer lines are passed on but not read: their bytes count as output. */
const maxLineBytes = 1_024 * 1_024;
/** A longer answer in one piece is passed on but not read: the most output a model gives is far below it. */
const maxJsonBytes = 4 * 1_024 * 1_024;
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

/** Lines without one of these words say nothing of the cost, and are not parsed. */
const telling = /"(?:message_start|message_delta|content_block_delta)"/;
const dataField = "data:";
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Gives each line that begins with `data:`, without that; each byte is looked at once. `onTooLong` gets the bytes of lines that are too long, as they come. */
function createDataLines(onData: (text: string) => void, onTooLong: (bytes: number) => void) {
  const open = createOpenLine();
  let isTooLong = false;

  function endLine(): void {
    if (!isTooLong && open.length > 0) {
      const text = open.take().toString("utf8");
      if (text.startsWith(dataField)) onData(text.slice(dataField.length));
    }
    isTooLong = false;
  }

  function append(piece: Uint8Array): void {
    if (isTooLong || open.length + piece.length > maxLineBytes) {
      onTooLong(open.length + piece.length);
      open.clear();
      isTooLong = true;
    } else open.append(piece);
  }

  return (chunk: Uint8Array): void => {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (chunk[at] !== lineFeed && chunk[at] !== carriageReturn) continue;
      if (at > from) append(chunk.subarray(from, at));
      endLine();
      from = at + 1;
    }
    if (from < chunk.length) append(chunk.subarray(from));
  };
}

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
    const event = eventSchema.safeParse(parse(data)).data;
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

  const read = createDataLines(take, (bytes) => {
    outputBytes += bytes;
  });

  return {
    read,
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
      else chunks.length = 0;
    },
    result() {
      if (bytes > maxJsonBytes) return undefined;
      const { data } = messageSchema.safeParse(parse(Buffer.concat(chunks).toString("utf8")));
      return data && { model: data.model, usage: data.usage };
    },
  };
}
