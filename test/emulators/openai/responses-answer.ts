import { OpenAiError } from "./errors.js";
import { encryptedReasoning, offeredTools } from "./responses-rules.js";
import type { ResponsesRequest } from "./responses-schema.js";
import type { Step } from "./script.js";
import { responseUsage, tokensOf, type UsageNumbers } from "./usage.js";

type Item = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

/** One event of a stream, without its number. */
export type StreamEvent = Readonly<Record<string, unknown>> & { readonly type: string };

type NewId = (prefix: string) => string;

const callOf = (body: ResponsesRequest, call: { tool: string; input: unknown }, newId: NewId): Item => {
  const offered = offeredTools(body).find(({ name }) => name === call.tool);
  if (offered === undefined) throw new OpenAiError(`emulator: the request offers no tool ${call.tool}`);
  const { name, namespace, type } = offered;
  const named = { call_id: newId("call"), name, ...(namespace !== undefined && { namespace }), status: "completed" };
  return type === "custom"
    ? { id: newId("ctc"), type: "custom_tool_call", ...named, input: String(call.input) }
    : { id: newId("fc"), type: "function_call", ...named, arguments: JSON.stringify(call.input) };
};

/** The items of one answer, in the order models give them. */
export const outputItems = (body: ResponsesRequest, step: Step, newId: NewId): readonly Item[] => {
  const { thinking, text, tools = [] } = step;
  const reasons = thinking !== undefined && body.reasoning?.effort !== "none";
  const isFinal = tools.length === 0;
  const reasoning = {
    id: newId("rs"),
    type: "reasoning",
    summary: [{ type: "summary_text", text: thinking }],
    encrypted_content: encryptedReasoning(thinking ?? ""),
  };
  const message = {
    id: newId("msg"),
    type: "message",
    role: "assistant",
    status: "completed",
    phase: isFinal ? "final_answer" : "commentary",
    content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
  };
  return [
    ...(reasons ? [reasoning] : []),
    ...(text === undefined ? [] : [message]),
    ...tools.map((call) => callOf(body, call, newId)),
  ];
};

export const outputTokens = (step: Step): { output_tokens: number; reasoning_tokens: number } => {
  const reasoning = tokensOf(step.thinking ?? "");
  const calls = (step.tools ?? []).map(({ tool, input }) => tokensOf(tool) + tokensOf(JSON.stringify(input)));
  const said = tokensOf(step.text ?? "") + calls.reduce((sum, tokens) => sum + tokens, 0);
  return { output_tokens: Math.max(1, reasoning + said), reasoning_tokens: reasoning };
};

export interface ResponseObject {
  readonly [name: string]: unknown;
  readonly id: string;
  readonly output: readonly Item[];
}

/** A response as the vendor gives it, with the settings of the request repeated. */
export const responseObject = (options: {
  body: ResponsesRequest;
  output: readonly Item[];
  usage: UsageNumbers | undefined;
  createdAt: number;
  id: string;
}): ResponseObject => {
  const { body, output, usage, createdAt, id } = options;
  return {
    id,
    object: "response",
    created_at: createdAt,
    completed_at: createdAt,
    status: "completed",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: body.model,
    output,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: body.reasoning ?? { effort: null, summary: null },
    service_tier: body.service_tier === "priority" || body.service_tier === "flex" ? body.service_tier : "default",
    store: body.store ?? true,
    text: body.text ?? { format: { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    truncation: "disabled",
    usage: usage === undefined ? null : responseUsage(usage),
    metadata: body.metadata ?? {},
  };
};

const chunks = (text: string, size: number): readonly string[] => {
  const points = [...text];
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size).join(""),
  );
};

interface Place {
  readonly item_id: string;
  readonly output_index: number;
}

/** Deltas of one text, and the event that repeats the whole. */
const spoken = (text: string, size: number, of: { type: string; member: string; place: object }): StreamEvent[] => [
  ...chunks(text, size).map((delta) => ({ type: `${of.type}.delta`, ...of.place, delta })),
  { type: `${of.type}.done`, ...of.place, [of.member]: text },
];

const messageEvents = (item: Item, place: Place, size: number): StreamEvent[] => {
  const [part] = item.content as readonly { text: string }[];
  const at = { ...place, content_index: 0 };
  return [
    { type: "response.content_part.added", ...at, part: { ...part, text: "" } },
    ...spoken(part?.text ?? "", size, { type: "response.output_text", member: "text", place: { ...at, logprobs: [] } }),
    { type: "response.content_part.done", ...at, part },
  ];
};

const reasoningEvents = (item: Item, place: Place, size: number): StreamEvent[] => {
  const [part] = item.summary as readonly { text: string }[];
  const at = { ...place, summary_index: 0 };
  return [
    { type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } },
    ...spoken(part?.text ?? "", size, { type: "response.reasoning_summary_text", member: "text", place: at }),
    { type: "response.reasoning_summary_part.done", ...at, part },
  ];
};

const innerEvents = (item: Item, place: Place, size: number): StreamEvent[] => {
  if (item.type === "message") return messageEvents(item, place, size);
  if (item.type === "reasoning") return reasoningEvents(item, place, size);
  return item.type === "function_call"
    ? spoken(String(item.arguments), size, {
        type: "response.function_call_arguments",
        member: "arguments",
        place,
      })
    : spoken(String(item.input), size, { type: "response.custom_tool_call_input", member: "input", place });
};

/** The item as it is while nothing of it has been said. */
const begun = (item: Item): Item => {
  if (item.type === "message") return { ...item, status: "in_progress", content: [] };
  if (item.type === "reasoning") return { ...item, summary: [] };
  return { ...item, status: "in_progress", ...(item.type === "function_call" ? { arguments: "" } : { input: "" }) };
};

/** The stream of one response, in the order the vendor documents ("Streaming events"). */
export const responseEvents = (response: ResponseObject, chunkChars: number): readonly StreamEvent[] => {
  const open = { ...response, status: "in_progress", completed_at: null, output: [], usage: null };
  const items = response.output.flatMap((item, index): StreamEvent[] => [
    { type: "response.output_item.added", output_index: index, item: begun(item) },
    ...innerEvents(item, { item_id: item.id, output_index: index }, chunkChars),
    { type: "response.output_item.done", output_index: index, item },
  ]);
  return [
    { type: "response.created", response: open },
    { type: "response.in_progress", response: open },
    ...items,
    { type: "response.completed", response },
  ];
};

/** The last event of a response that failed on the way. */
export const failedEvent = (response: ResponseObject, code: string): StreamEvent => ({
  type: "response.failed",
  response: { ...response, status: "failed", output: [], usage: null, error: { code, message: "An error occurred." } },
});
