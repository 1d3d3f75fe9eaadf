import { createHash } from "node:crypto";
import type { MessagesRequest } from "./request-schema.js";
import type { Step } from "./script.js";
import { type InputUsage, tokensOf, type UsageNumbers } from "./usage.js";

export type ResponseBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "text"; readonly text: string; readonly citations: null }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown };

export interface ResponseMessage {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly ResponseBlock[];
  readonly stop_reason: string | null;
  readonly stop_sequence: null;
  readonly usage: UsageNumbers & {
    readonly cache_creation: { readonly ephemeral_5m_input_tokens: number; readonly ephemeral_1h_input_tokens: number };
    readonly service_tier: "standard";
  };
}

export type ServerEvent =
  | { readonly type: "message_start"; readonly message: ResponseMessage }
  | { readonly type: "ping" | "message_stop" }
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: ResponseBlock }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: Readonly<Record<string, string>> }
  | { readonly type: "content_block_stop"; readonly index: number }
  | {
      readonly type: "message_delta";
      readonly delta: { readonly stop_reason: string | null; readonly stop_sequence: null };
      readonly usage: UsageNumbers;
    };

/** Thinking that comes back must carry this; anything else is refused as forged or altered. */
export const thinkingSignature = (thinking: string): string =>
  createHash("sha256").update("anthropic-emulator").update(thinking).digest("base64");

const outputTokens = (blocks: readonly ResponseBlock[]): number =>
  blocks.reduce((sum, block) => {
    if (block.type === "text") return sum + tokensOf(block.text);
    if (block.type === "thinking") return sum + tokensOf(block.thinking);
    return sum + tokensOf(block.name) + tokensOf(JSON.stringify(block.input));
  }, 0);

const blocksFor = (step: Step, options: { thinks: boolean; newId: (prefix: string) => string }): ResponseBlock[] => {
  const { thinking, text, tools = [] } = step;
  const blocks: ResponseBlock[] = [];
  if (thinking !== undefined && options.thinks) {
    blocks.push({ type: "thinking", thinking, signature: thinkingSignature(thinking) });
  }
  if (text !== undefined) blocks.push({ type: "text", text, citations: null });
  const calls = tools.map((call) => ({
    type: "tool_use" as const,
    id: options.newId("toolu"),
    name: call.tool,
    input: call.input,
  }));
  return [...blocks, ...calls];
};

export const responseMessage = (options: {
  request: MessagesRequest;
  step: Step;
  input: InputUsage;
  newId: (prefix: string) => string;
}): ResponseMessage => {
  const { request, step, newId } = options;
  const thinks = request.thinking !== undefined && request.thinking.type !== "disabled";
  const content = blocksFor(step, { thinks, newId });
  const usage = { ...options.input, output_tokens: Math.max(1, outputTokens(content)), ...step.usage };
  return {
    id: newId("msg"),
    type: "message",
    role: "assistant",
    model: request.model,
    content,
    stop_reason: step.stopReason ?? (content.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn"),
    stop_sequence: null,
    usage: {
      ...usage,
      cache_creation: {
        ephemeral_5m_input_tokens: usage.cache_creation_input_tokens,
        ephemeral_1h_input_tokens: 0,
      },
      service_tier: "standard",
    },
  };
};

const emptied = (block: ResponseBlock): ResponseBlock => {
  if (block.type === "text") return { ...block, text: "" };
  if (block.type === "thinking") return { ...block, thinking: "", signature: "" };
  return { ...block, input: {} };
};

const chunks = (text: string, size: number): string[] => {
  const points = [...text];
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size).join(""),
  );
};

const deltas = (block: ResponseBlock, size: number): Readonly<Record<string, string>>[] => {
  if (block.type === "text") return chunks(block.text, size).map((text) => ({ type: "text_delta", text }));
  if (block.type === "thinking") {
    const thinking = chunks(block.thinking, size).map((part) => ({ type: "thinking_delta", thinking: part }));
    return [...thinking, { type: "signature_delta", signature: block.signature }];
  }
  const json = chunks(JSON.stringify(block.input), size);
  return ["", ...json].map((part) => ({ type: "input_json_delta", partial_json: part }));
};

/** The stream of one message, in the order the vendor documents. */
export const messageEvents = (message: ResponseMessage, chunkChars: number): ServerEvent[] => {
  const start = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  const blocks = message.content.flatMap((block, index): ServerEvent[] => [
    { type: "content_block_start", index, content_block: emptied(block) },
    ...(index === 0 ? [{ type: "ping" } as const] : []),
    ...deltas(block, chunkChars).map((delta) => ({ type: "content_block_delta" as const, index, delta })),
    { type: "content_block_stop", index },
  ]);
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  return [
    { type: "message_start", message: start },
    ...blocks,
    {
      type: "message_delta",
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens },
    },
    { type: "message_stop" },
  ];
};
