import { z } from "zod";
import type { AllowedContent } from "../../src/ports/model-gateway.js";
import type { RawUsage } from "../kit/gateway/prices.js";
import type { ReadCall } from "../kit/gateway/wire.js";
import { blockedInBody } from "./screen-body.js";

/** Claude's tokens are about four bytes of text. */
const bytesPerToken = 4;
/** The dearest image, and no more than a whole context window for a document: their bytes say little. */
const imageTokens = 5_000;
const maxInputTokens = 1_000_000;
/** Searches of a tool that names no limit. */
const defaultSearches = 10;

const callSchema = z.looseObject({
  model: z.string().min(1).max(256),
  max_tokens: z.int().min(1).optional(),
  stream: z.boolean().optional(),
});

/** Undefined: not a JSON object that names a model, numbers out of range, or nested too deeply to be written again. */
export function readCall(body: Uint8Array, allowed: AllowedContent): ReadCall | undefined {
  try {
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    const { model, max_tokens: maxTokens = 0, stream: isStream = false } = callSchema.parse(content);
    const blocked = blockedInBody(content, allowed);
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    return { model, maxTokens, isStream, blocked, usage: estimatedUsage({ content, bytes, maxTokens }), bytes };
  } catch {
    return undefined;
  }
}

/**
 * The most tokens a call can use, as far as that can be estimated: its input at four bytes a token, as written to the cache if it asks for
 * caching, and `max_tokens` of output. The input is an estimate, the output a limit.
 */
function estimatedUsage({
  content,
  bytes,
  maxTokens,
}: Pick<ReadCall, "bytes" | "maxTokens"> & { content: Readonly<Record<string, unknown>> }): RawUsage {
  const media = mediaIn(content.messages);
  const input = Math.ceil((bytes.length - media.bytes) / bytesPerToken) + media.tokens;
  const inputTokens = Math.min(input, maxInputTokens);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isCached = text.includes('"cache_control":{');
  const hourTokens = isCached && text.includes('"ttl":"1h"') ? inputTokens : 0;
  return {
    input_tokens: isCached ? 0 : inputTokens,
    cache_creation_input_tokens: isCached ? inputTokens : 0,
    cache_creation: { ephemeral_1h_input_tokens: hourTokens },
    output_tokens: maxTokens,
    server_tool_use: { web_search_requests: searchesOf(content.tools) },
  };
}

const searchToolSchema = z.looseObject({
  type: z.string().startsWith("web_search_"),
  max_uses: z.number().min(0).optional(),
});

function searchesOf(tools: unknown): number {
  if (!Array.isArray(tools)) return 0;
  const searching = tools.flatMap((tool) => searchToolSchema.safeParse(tool).data ?? []);
  return searching.reduce((sum, { max_uses: most = defaultSearches }) => sum + most, 0);
}

/** Base64 of images in messages and tool results, which are counted by the piece. */
function mediaIn(blocks: unknown): { bytes: number; tokens: number } {
  if (!Array.isArray(blocks)) return noMedia;
  return blocks.map(mediaOf).reduce(addMedia, noMedia);
}

const blockSchema = z.looseObject({
  type: z.unknown(),
  content: z.unknown(),
  source: z.looseObject({ data: z.string() }).optional().catch(undefined),
});

function mediaOf(value: unknown): { bytes: number; tokens: number } {
  const { data: block } = blockSchema.safeParse(value);
  if (block?.type === "image" && block.source) return { bytes: block.source.data.length, tokens: imageTokens };
  return block?.type === "tool_result" || block?.type === undefined ? mediaIn(block?.content) : noMedia;
}

const noMedia = { bytes: 0, tokens: 0 };

function addMedia(a: { bytes: number; tokens: number }, b: { bytes: number; tokens: number }) {
  return { bytes: a.bytes + b.bytes, tokens: a.tokens + b.tokens };
}
