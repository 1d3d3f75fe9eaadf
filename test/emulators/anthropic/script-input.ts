import type { IncomingHttpHeaders } from "node:http";
import { blocksOf, type CountTokensRequest, type RequestBlock, type RequestMessage } from "./request-schema.js";

export interface ToolResult {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly isError: boolean;
}

/** A request as a script sees it. */
export interface ScriptInput {
  readonly model: string;
  /** The whole system prompt. */
  readonly system: string;
  /** The person's latest text, without the client's `<system-reminder>` blocks; also a message sent into a running turn. */
  readonly prompt: string;
  /** Answers the model gave since that prompt: 0 at the start of a turn. */
  readonly step: number;
  /** Tool results since that prompt, in order. */
  readonly results: readonly ToolResult[];
  /** Names of the tools on offer. */
  readonly tools: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: CountTokensRequest;
}

const joinText = (blocks: readonly RequestBlock[]): string =>
  blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");

/** Claude Code hands over a message sent mid-turn as a system entry with this lead. */
const STEERED = /the user sent a new message while you were working/i;

const promptText = (message: RequestMessage): string | undefined => {
  const blocks = blocksOf(message.content);
  if (message.role === "system") return STEERED.test(joinText(blocks)) ? joinText(blocks) : undefined;
  if (message.role !== "user") return undefined;
  const spoken = blocks.filter(
    (block) => block.type === "text" && !block.text.trimStart().startsWith("<system-reminder>"),
  );
  return spoken.length === 0 ? undefined : joinText(spoken);
};

const resultText = (block: Extract<RequestBlock, { type: "tool_result" }>): string =>
  typeof block.content === "string"
    ? block.content
    : (block.content ?? []).flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

const toolResults = (messages: readonly RequestMessage[]): readonly ToolResult[] => {
  const blocks = messages.flatMap((message) => blocksOf(message.content));
  const calls = new Map(blocks.flatMap((block) => (block.type === "tool_use" ? [[block.id, block] as const] : [])));
  return blocks.flatMap((block) => {
    if (block.type !== "tool_result") return [];
    const call = calls.get(block.tool_use_id);
    const origin = { tool: call?.name ?? "", input: call?.input ?? {} };
    return [{ ...origin, text: resultText(block), isError: block.is_error ?? false }];
  });
};

/** The turn without messages sent into it, for scripts that continue their work. */
export const withoutSteering = (input: ScriptInput): ScriptInput => {
  const isSteering = (message: RequestMessage) => message.role === "system" && promptText(message) !== undefined;
  const messages = input.body.messages.filter((message) => !isSteering(message));
  return scriptInput({ ...input.body, messages }, input.headers);
};

export const scriptInput = (body: CountTokensRequest, headers: IncomingHttpHeaders): ScriptInput => {
  const start = body.messages.findLastIndex((message) => promptText(message) !== undefined);
  const asked = body.messages[start];
  const since = body.messages.slice(start + 1);
  return {
    model: body.model,
    system: joinText(blocksOf(body.system)),
    prompt: asked === undefined ? "" : (promptText(asked) ?? ""),
    step: since.filter((message) => message.role === "assistant").length,
    results: toolResults(since),
    tools: (body.tools ?? []).map((tool) => tool.name),
    headers,
    body,
  };
};
