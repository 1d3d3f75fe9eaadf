import { z } from "zod";
import { metadata } from "./parse-body.js";

const record = z.record(z.string(), z.unknown());
const breakpoint = { prompt_cache_breakpoint: record.nullish() };
const status = z.enum(["in_progress", "completed", "incomplete"]).nullish();
const id = z.string().nullish();

const inputParts = [
  z.strictObject({ type: z.literal("input_text"), text: z.string(), ...breakpoint }),
  z.strictObject({
    type: z.literal("input_image"),
    image_url: z.string().nullish(),
    file_id: z.string().nullish(),
    detail: z.enum(["low", "high", "auto", "original"]).optional(),
    ...breakpoint,
  }),
  z.strictObject({
    type: z.literal("input_file"),
    file_data: z.string().optional(),
    file_id: z.string().nullish(),
    file_url: z.string().optional(),
    filename: z.string().optional(),
    detail: z.string().optional(),
    ...breakpoint,
  }),
] as const;

const outputParts = [
  z.strictObject({
    type: z.literal("output_text"),
    text: z.string(),
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).optional(),
  }),
  z.strictObject({ type: z.literal("refusal"), refusal: z.string() }),
] as const;

const message = z.strictObject({
  type: z.literal("message").optional(),
  id,
  role: z.enum(["user", "assistant", "system", "developer"]),
  content: z.union([z.string(), z.array(z.discriminatedUnion("type", [...inputParts, ...outputParts]))]),
  status,
  phase: z.enum(["commentary", "final_answer"]).nullish(),
});

const toolOutput = z.union([z.string(), z.array(z.discriminatedUnion("type", inputParts))]);
const call = { id, call_id: z.string(), caller: record.nullish(), status };

const format = z.union([
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("grammar"), syntax: z.enum(["lark", "regex"]), definition: z.string() }),
]);
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/);
const callers = { allowed_callers: z.array(z.enum(["direct", "programmatic"])).nullish() };
const functionTool = z.strictObject({
  type: z.literal("function"),
  name: toolName,
  description: z.string().nullish(),
  parameters: record.nullish(),
  strict: z.boolean().nullish(),
  defer_loading: z.boolean().optional(),
  output_schema: record.nullish(),
  ...callers,
});
const customTool = z.strictObject({
  type: z.literal("custom"),
  name: toolName,
  description: z.string().optional(),
  format: format.optional(),
  defer_loading: z.boolean().optional(),
  ...callers,
});

/** Tools that the vendor runs are taken as they are: no model here calls them. */
const hosted = [
  ...["web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11", "file_search"],
  ...["code_interpreter", "computer", "computer_use_preview", "mcp", "image_generation", "shell"],
  "programmatic_tool_calling",
] as const;

const tool = z.discriminatedUnion("type", [
  functionTool,
  customTool,
  z.strictObject({ type: z.literal("local_shell") }),
  z.strictObject({ type: z.literal("apply_patch"), ...callers }),
  z.strictObject({
    type: z.literal("namespace"),
    name: toolName,
    description: z.string(),
    tools: z.array(z.discriminatedUnion("type", [functionTool, customTool])).min(1),
  }),
  z.strictObject({
    type: z.literal("tool_search"),
    description: z.string().nullish(),
    execution: z.enum(["server", "client"]).optional(),
    parameters: z.unknown(),
  }),
  z.looseObject({ type: z.enum(hosted) }),
]);

const item = z.union([
  message,
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("reasoning"),
      id,
      summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
      content: z.array(z.strictObject({ type: z.literal("reasoning_text"), text: z.string() })).nullish(),
      encrypted_content: z.string().nullish(),
      status,
    }),
    z.strictObject({
      type: z.literal("function_call"),
      ...call,
      name: toolName,
      namespace: z.string().optional(),
      arguments: z.string(),
    }),
    z.strictObject({ type: z.literal("function_call_output"), ...call, output: toolOutput }),
    z.strictObject({
      type: z.literal("custom_tool_call"),
      ...call,
      name: toolName,
      namespace: z.string().optional(),
      input: z.string(),
    }),
    z.strictObject({
      type: z.literal("custom_tool_call_output"),
      ...call,
      name: z.string().optional(),
      output: toolOutput,
    }),
    z.strictObject({ type: z.literal("additional_tools"), id, role: z.literal("developer"), tools: z.array(tool) }),
    z.strictObject({ type: z.literal("compaction"), id, encrypted_content: z.string() }),
    z.strictObject({ type: z.literal("compaction_trigger") }),
    z.strictObject({ type: z.literal("item_reference"), id: z.string() }),
  ]),
]);

/** Body of `POST /v1/responses`, after the vendor's reference ("Create a model response"). */
export const responsesRequest = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(item)]).optional(),
  instructions: z.string().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z.union([z.enum(["none", "auto", "required"]), z.looseObject({ type: z.string() })]).optional(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().nullish(),
  max_output_tokens: z.int().min(16).max(128_000).nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).nullish(),
      summary: z.enum(["auto", "concise", "detailed"]).nullish(),
      generate_summary: z.enum(["auto", "concise", "detailed"]).nullish(),
      context: z.enum(["auto", "current_turn", "all_turns"]).nullish(),
      mode: z.enum(["standard", "pro"]).optional(),
    })
    .nullish(),
  text: z
    .strictObject({ verbosity: z.enum(["low", "medium", "high"]).nullish(), format: record.optional() })
    .optional(),
  include: z
    .array(
      z.enum([
        ...(["reasoning.encrypted_content", "message.output_text.logprobs", "message.input_image.image_url"] as const),
        ...(["web_search_call.results", "web_search_call.action.sources", "code_interpreter_call.outputs"] as const),
        ...(["file_search_call.results", "computer_call_output.output.image_url"] as const),
      ]),
    )
    .nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  service_tier: z.enum(["auto", "default", "flex", "scale", "priority"]).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: record.nullish(),
  prompt_cache_retention: z.enum(["in_memory", "24h"]).nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.union([z.string(), record]).nullish(),
  prompt: record.nullish(),
  background: z.boolean().nullish(),
  context_management: z.array(record).nullish(),
  moderation: record.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  metadata,
  client_metadata: record.nullish(),
  safety_identifier: z.string().nullish(),
  user: z.string().optional(),
});
export type ResponsesRequest = z.infer<typeof responsesRequest>;
export type InputItem = z.infer<typeof item>;
export type RequestTool = z.infer<typeof tool>;
