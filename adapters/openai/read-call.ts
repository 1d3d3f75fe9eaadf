import { z } from "zod";
import type { RawUsage } from "../kit/gateway/prices.js";
import type { ReadBody } from "../kit/gateway/wire.js";
import { mostOutputTokens } from "./content-list.js";
import { isObject, type JsonObject } from "./json-object.js";
import { blockedInChat } from "./screen-chat.js";
import { blockedInResponses } from "./screen-responses.js";

/** Tokens are about four bytes of text. */
const bytesPerToken = 4;
/** The dearest image (10,000 patches and its surroundings); its bytes say little. */
const imageTokens = 12_000;
const maxInputTokens = 1_050_000;
/** Searches of a tool that names no limit. */
const defaultSearches = 10;

const limit = z.int().min(1).nullish();
const callSchema = z.looseObject({
  model: z.string().min(1).max(256),
  max_output_tokens: limit,
  max_completion_tokens: limit,
  max_tokens: limit,
  max_tool_calls: z.int().min(0).nullish(),
  stream: z.boolean().nullish(),
});

/**
 * Reads a call of Responses or Chat Completions. What goes to the provider is never stored there, and a stream says at its end what it cost, whatever
 * the agent asked for.
 */
export const readOpenAiCall: ReadBody = (body, { allowed, form }) => {
  try {
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    const call = callSchema.parse(content);
    const isStream = call.stream ?? false;
    const blocked = form === "chat" ? blockedInChat(content, allowed) : blockedInResponses(content, allowed);
    const sent = form === "chat" ? countedChat(content, isStream) : { ...content, store: false };
    const bytes = new TextEncoder().encode(JSON.stringify(sent));
    const maxTokens = call.max_output_tokens ?? call.max_completion_tokens ?? call.max_tokens ?? mostOutputTokens;
    const usage = estimatedUsage({ content, bytes, maxTokens, maxToolCalls: call.max_tool_calls ?? defaultSearches });
    return { model: call.model, maxTokens, isStream, blocked, usage, bytes };
  } catch {
    return undefined;
  }
};

/** A chat is not stored unless it asks for that, which is refused; its stream counts only where it is asked to. */
function countedChat(content: JsonObject, isStream: boolean): JsonObject {
  if (!isStream) return content;
  const options = isObject(content.stream_options) ? content.stream_options : {};
  return { ...content, stream_options: { ...options, include_usage: true } };
}

/**
 * The most tokens a call can use, as far as that can be estimated: its input at four bytes a token, as written to the cache, and all output it may
 * have. The input is an estimate, the output a limit.
 */
function estimatedUsage({
  content,
  bytes,
  maxTokens,
  maxToolCalls,
}: {
  content: JsonObject;
  bytes: Uint8Array;
  maxTokens: number;
  maxToolCalls: number;
}): RawUsage {
  const images = imagesIn(content.input ?? content.messages);
  const input = Math.ceil((bytes.length - images.bytes) / bytesPerToken) + images.count * imageTokens;
  const hasSearch = Array.isArray(content.tools) && content.tools.some(isSearch);
  return {
    input_tokens: 0,
    cache_creation_input_tokens: Math.min(input, maxInputTokens),
    output_tokens: maxTokens,
    server_tool_use: { web_search_requests: hasSearch ? maxToolCalls : 0 },
  };
}

const isSearch = (tool: unknown) => isObject(tool) && String(tool.type).startsWith("web_search");

type Images = { count: number; bytes: number };
const noImages: Images = { count: 0, bytes: 0 };

/** Images that a call contains itself: in its messages, and in the outputs of tools. */
function imagesIn(list: unknown): Images {
  if (!Array.isArray(list)) return noImages;
  return list.map(imagesOf).reduce((a, b) => ({ count: a.count + b.count, bytes: a.bytes + b.bytes }), noImages);
}

function imagesOf(part: unknown): Images {
  if (!isObject(part)) return noImages;
  const url = isObject(part.image_url) ? part.image_url.url : part.image_url;
  if (typeof url === "string") return { count: 1, bytes: url.startsWith("data:") ? url.length : 0 };
  return part.type === "function_call_output" || part.type === "custom_tool_call_output"
    ? imagesIn(part.output)
    : imagesIn(part.content);
}
