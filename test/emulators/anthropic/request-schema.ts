import { z } from "zod";

const cacheControl = z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() });
const cacheable = { cache_control: cacheControl.nullish() };

const textBlock = z.strictObject({
  type: z.literal("text"),
  text: z.string(),
  citations: z.array(z.unknown()).nullish(),
  ...cacheable,
});
const source = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("base64"), media_type: z.string(), data: z.string().min(1) }),
  z.strictObject({ type: z.literal("url"), url: z.url() }),
  z.strictObject({ type: z.literal("file"), file_id: z.string().min(1) }),
  z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: z.string() }),
]);
const imageBlock = z.strictObject({ type: z.literal("image"), source, ...cacheable });
const documentBlock = z.strictObject({
  type: z.literal("document"),
  source,
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.unknown().optional(),
  ...cacheable,
});
const toolReference = z.strictObject({ type: z.literal("tool_reference"), tool_name: z.string(), ...cacheable });
const toolUseBlock = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  name: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  caller: z.unknown().optional(),
  ...cacheable,
});
const toolResultBlock = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock, toolReference]))])
    .optional(),
  is_error: z.boolean().optional(),
  ...cacheable,
});
const thinkingBlock = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });
const redactedThinkingBlock = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });
const toolChangeBlock = z.looseObject({ type: z.enum(["tool_addition", "tool_removal"]) });

const userBlock = z.discriminatedUnion("type", [textBlock, imageBlock, documentBlock, toolResultBlock]);
const assistantBlock = z.discriminatedUnion("type", [textBlock, thinkingBlock, redactedThinkingBlock, toolUseBlock]);
const systemBlock = z.discriminatedUnion("type", [textBlock, toolChangeBlock]);

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("user"), content: z.union([z.string(), z.array(userBlock)]) }),
  z.strictObject({ role: z.literal("assistant"), content: z.union([z.string(), z.array(assistantBlock)]) }),
  z.strictObject({
    role: z.literal("system"),
    content: z.union([z.string(), z.array(systemBlock)]).optional(),
    output_config: z.strictObject({ effort: z.string().nullish() }).nullish(),
    clear_at: z.enum(["next_user_message", "never"]).nullish(),
  }),
]);

const tool = z.strictObject({
  type: z.literal("custom").nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal("object") }),
  strict: z.boolean().optional(),
  defer_loading: z.boolean().optional(),
  eager_input_streaming: z.boolean().nullish(),
  allowed_callers: z.array(z.string()).optional(),
  input_examples: z.array(z.record(z.string(), z.unknown())).optional(),
  ...cacheable,
});

const display = z.enum(["summarized", "omitted", "updates"]).nullish();
const thinking = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("disabled") }),
  z.strictObject({ type: z.literal("adaptive"), display, block_binding: z.unknown().optional() }),
  z.strictObject({
    type: z.literal("enabled"),
    budget_tokens: z.int().min(1024, "Input should be greater than or equal to 1024"),
    display,
    block_binding: z.unknown().optional(),
  }),
]);

const prompt = {
  model: z.string().min(1).max(256),
  messages: z.array(message).min(1, "at least one message is required").max(100_000),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  tools: z.array(tool).optional(),
  tool_choice: z
    .strictObject({
      type: z.enum(["auto", "any", "tool", "none"]),
      name: z.string().optional(),
      disable_parallel_tool_use: z.boolean().optional(),
    })
    .optional(),
  thinking: thinking.optional(),
  context_management: z.looseObject({}).nullish(),
  output_config: z
    .strictObject({
      effort: z.string().nullish(),
      format: z.looseObject({}).nullish(),
      task_budget: z.unknown().optional(),
    })
    .optional(),
  speed: z.enum(["standard", "fast"]).nullish(),
  ...cacheable,
};

/** Body of `POST /v1/messages`; unknown fields are refused, as the vendor does. */
export const messagesRequest = z.strictObject({
  ...prompt,
  max_tokens: z.int().min(1, "Input should be greater than or equal to 1"),
  stream: z.boolean().optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  stop_sequences: z.array(z.string()).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  top_p: z.number().min(0).max(1).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
  inference_geo: z.string().nullish(),
  diagnostics: z.looseObject({}).nullish(),
});

/** Body of `POST /v1/messages/count_tokens`. */
export const countTokensRequest = z.strictObject(prompt);

export type MessagesRequest = z.infer<typeof messagesRequest>;
export type CountTokensRequest = z.infer<typeof countTokensRequest>;
export type RequestMessage = z.infer<typeof message>;
export type RequestBlock = z.infer<typeof userBlock> | z.infer<typeof assistantBlock> | z.infer<typeof systemBlock>;

/** Content as blocks; a plain string is shorthand for one text block. */
export const blocksOf = (content: string | readonly RequestBlock[] | undefined): readonly RequestBlock[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
