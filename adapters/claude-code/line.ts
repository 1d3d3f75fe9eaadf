import { z } from "zod";

/** Lines of Claude Code's stream-json output, by the members that are read. Others (and lines of other kinds) are passed over. */
const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().nullish(),
  content: z.unknown().optional(),
});

const assistant = z.object({
  type: z.literal("assistant"),
  uuid: z.string(),
  /** The call of the subagent that speaks. */
  parent_tool_use_id: z.string().nullish(),
  /** Cut by an interrupt: the text may end in the middle of a word. */
  aborted: z.boolean().optional(),
  message: z.object({ model: z.string(), content: z.array(block) }),
});

const user = z.object({
  type: z.literal("user"),
  uuid: z.string().nullish(),
  /** Our own message, at the moment it enters the turn. */
  isReplay: z.boolean().optional(),
  /** The call of the subagent that it is for. */
  parent_tool_use_id: z.string().nullish(),
  /** The tool's own answer, of a shape of its own for each tool. */
  tool_use_result: z.unknown().optional(),
  message: z.object({ content: z.union([z.string(), z.array(block)]) }),
});

const streamEvent = z.object({
  type: z.literal("stream_event"),
  parent_tool_use_id: z.string().nullish(),
  event: z.looseObject({
    type: z.string(),
    delta: z.looseObject({ type: z.string().optional(), text: z.string().optional() }).optional(),
    content_block: z.looseObject({ type: z.string() }).optional(),
  }),
});

const modelUsage = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadInputTokens: z.number(),
  cacheCreationInputTokens: z.number(),
  costUSD: z.number(),
});

/** By model id; sums since the process began, and with some versions since the session began. */
export const modelUsages = z.record(z.string(), modelUsage);
export type ModelUsages = z.infer<typeof modelUsages>;

const result = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  api_error_status: z.number().nullish(),
  terminal_reason: z.string().nullish(),
  modelUsage: modelUsages.optional(),
});

const system = z.looseObject({
  type: z.literal("system"),
  subtype: z.string(),
  state: z.string().optional(),
  attempt: z.number().optional(),
  max_retries: z.number().optional(),
  retry_delay_ms: z.number().optional(),
  error_status: z.number().nullish(),
  error: z.string().nullish(),
  compact_metadata: z.object({ pre_tokens: z.number(), post_tokens: z.number().optional() }).optional(),
  compact_result: z.string().optional(),
  compact_error: z.string().optional(),
  original_model: z.string().optional(),
  fallback_model: z.string().optional(),
  error_code: z.string().optional(),
});

const lifecycle = z.object({ type: z.literal("command_lifecycle"), command_uuid: z.string(), state: z.string() });

const rateLimit = z.object({
  type: z.literal("rate_limit_event"),
  rate_limit_info: z.looseObject({
    status: z.string(),
    resetsAt: z.number().optional(),
    rateLimitType: z.string().optional(),
    utilization: z.number().optional(),
  }),
});

const line = z.discriminatedUnion("type", [assistant, user, streamEvent, result, system, lifecycle, rateLimit]);

export type Line = z.infer<typeof line>;
export type LineOf<T extends Line["type"]> = Extract<Line, { type: T }>;
export type Block = z.infer<typeof block>;

/** Undefined for lines that are not used here, including those of a newer version. */
export function readLine(raw: unknown): Line | undefined {
  return line.safeParse(raw).data;
}
