import { createHash } from "node:crypto";
import { OpenAiError } from "./errors.js";
import type { InputItem, RequestTool, ResponsesRequest } from "./responses-schema.js";
import type { ScriptInput } from "./script.js";

/** Reasoning that comes back must carry this; anything else is refused as forged or altered. */
export const encryptedReasoning = (text: string): string =>
  `gAAAA${createHash("sha256").update("openai-emulator").update(text).digest("base64")}`;

export const itemsOf = ({ input }: ResponsesRequest): readonly InputItem[] =>
  typeof input === "string" ? [{ role: "user", content: input }] : (input ?? []);

/** A tool as calls name it. */
export interface OfferedTool {
  readonly name: string;
  readonly namespace?: string;
  readonly type: "function" | "custom";
}

const offeredIn = (tools: readonly RequestTool[], namespace?: string): readonly OfferedTool[] =>
  tools.flatMap((tool): readonly OfferedTool[] => {
    if (tool.type === "namespace") return offeredIn(tool.tools, tool.name);
    if (tool.type !== "function" && tool.type !== "custom") return [];
    return [{ name: tool.name, type: tool.type, ...(namespace !== undefined && { namespace }) }];
  });

/** Tools of the request and those that its input adds. */
export const offeredTools = (body: ResponsesRequest): readonly OfferedTool[] => [
  ...offeredIn(body.tools ?? []),
  ...itemsOf(body).flatMap((item) => (item.type === "additional_tools" ? offeredIn(item.tools) : [])),
];

const checkCalls = (items: readonly InputItem[]): void => {
  const calls = { function_call: new Set<string>(), custom_tool_call: new Set<string>() };
  const open = new Set<string>();
  for (const item of items) {
    if (item.type === "function_call" || item.type === "custom_tool_call") {
      calls[item.type].add(item.call_id);
      open.add(item.call_id);
    }
    if (item.type !== "function_call_output" && item.type !== "custom_tool_call_output") continue;
    const kind = item.type === "function_call_output" ? "function_call" : "custom_tool_call";
    if (!calls[kind].has(item.call_id)) {
      const what = kind === "function_call" ? "function call output" : "custom tool call output";
      throw new OpenAiError(`No tool call found for ${what} with call_id ${item.call_id}.`, { param: "input" });
    }
    open.delete(item.call_id);
  }
  const [unanswered] = open;
  if (unanswered !== undefined) {
    throw new OpenAiError(`No tool output found for function call ${unanswered}.`, { param: "input" });
  }
};

const checkReasoning = (items: readonly InputItem[]): void => {
  for (const item of items) {
    if (item.type !== "reasoning") continue;
    if (item.encrypted_content == null) {
      throw new OpenAiError(
        `Item with id '${item.id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
        { status: 404, param: "input" },
      );
    }
    const text = item.summary.map((part) => part.text).join("");
    if (item.encrypted_content === encryptedReasoning(text)) continue;
    throw new OpenAiError("The encrypted content for item could not be verified.", {
      code: "invalid_encrypted_content",
    });
  }
};

/** Models that always reason refuse to be told not to. */
const ALWAYS_REASONS = /^gpt-6\.(1-sol|2)/;

const checkSettings = (body: ResponsesRequest): void => {
  if (body.reasoning?.effort === "none" && ALWAYS_REASONS.test(body.model)) {
    const message = `Unsupported value: 'none' is not supported with the '${body.model}' model.`;
    throw new OpenAiError(message, { param: "reasoning.effort", code: "unsupported_value" });
  }
  for (const param of ["temperature", "top_p"] as const) {
    if (body[param] == null) continue;
    const message = `Unsupported parameter: '${param}' is not supported with this model.`;
    throw new OpenAiError(message, { param, code: "unsupported_parameter" });
  }
  const names = offeredTools(body).map(({ name, namespace }) => `${namespace ?? ""}/${name}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new OpenAiError(`Duplicate tool name: '${twice}'.`, { param: "tools" });
};

/** Nothing was ever stored here, so nothing can be found. */
const checkStored = (body: ResponsesRequest, items: readonly InputItem[]): void => {
  const { previous_response_id: previous, conversation } = body;
  if (previous != null) {
    throw new OpenAiError(`Previous response with id '${previous}' not found.`, {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
  if (conversation != null) throw new OpenAiError("Conversation not found.", { status: 404, param: "conversation" });
  const reference = items.find((item) => item.type === "item_reference");
  if (reference) throw new OpenAiError(`Item with id '${reference.id}' not found.`, { status: 404, param: "input" });
};

/** Rules beyond the schema. Throws the vendor's error. */
export const checkResponses = (body: ResponsesRequest): void => {
  const items = itemsOf(body);
  if (items.length === 0) throw new OpenAiError("Missing required parameter: 'input'.", { param: "input" });
  checkStored(body, items);
  checkSettings(body);
  checkCalls(items);
  checkReasoning(items);
};

const textIn = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("\n");
};

/** Codex puts what it says for itself into messages of the person too, in tags. */
const isContext = (text: string): boolean => /^\s*<[a-z_]+>/.test(text);

const isPrompt = (item: InputItem): boolean =>
  "role" in item && item.role === "user" && "content" in item && !isContext(textIn(item.content));

/** What a script may know of a request. */
export const responsesInput = (body: ResponsesRequest): ScriptInput => {
  const items = itemsOf(body);
  const start = items.findLastIndex(isPrompt);
  const asked = items[start];
  const since = items.slice(start + 1);
  const outputs = since.flatMap((item) => ("output" in item ? [textIn(item.output)] : []));
  return {
    model: body.model,
    prompt: asked !== undefined && "content" in asked ? textIn(asked.content) : "",
    step: stepOf(since),
    results: outputs,
    tools: offeredTools(body).map(({ name }) => name),
  };
};

/** An answer may be several items: they end where a tool's output, or the input itself, does. */
const stepOf = (items: readonly InputItem[]): number => {
  const isOwn = (item: InputItem | undefined) =>
    item !== undefined &&
    (item.type === "reasoning" ||
      item.type === "function_call" ||
      item.type === "custom_tool_call" ||
      ("role" in item && item.role === "assistant"));
  return items.filter((item, index) => isOwn(item) && !isOwn(items[index + 1])).length;
};
