import type { ChatRequest } from "./chat-schema.js";
import { OpenAiError } from "./errors.js";
import type { ScriptInput, Step } from "./script.js";
import { chatUsage, type UsageNumbers } from "./usage.js";

const invalid = (message: string, param: string, code: string | null = null): OpenAiError =>
  new OpenAiError(message, { param, code });

/** Models that reason count their thoughts too, so the older limit is not theirs. */
const REASONS = /^(gpt-5|gpt-6|o\d)/;

const checkTools = ({ messages }: ChatRequest): void => {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      if (!open.includes(message.tool_call_id)) {
        throw invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${index}].role`,
        );
      }
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (open.length > 0) break;
    open = message.role === "assistant" ? (message.tool_calls ?? []).map(({ id }) => id) : [];
  }
  if (open.length === 0) return;
  throw invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(", ")}`,
    "messages",
  );
};

/** Rules beyond the schema. Throws the vendor's error. */
export const checkChat = (body: ChatRequest): void => {
  checkTools(body);
  if (body.stream_options != null && body.stream !== true) {
    throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (body.max_tokens != null && REASONS.test(body.model)) {
    throw invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  }
};

const textIn = (content: ChatRequest["messages"][number]["content"]): string => {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("\n");
};

/** What a script may know of a request. */
export const chatInput = (body: ChatRequest): ScriptInput => {
  const start = body.messages.findLastIndex(({ role }) => role === "user");
  const since = body.messages.slice(start + 1);
  return {
    model: body.model,
    prompt: textIn(body.messages[start]?.content),
    step: since.filter(({ role }) => role === "assistant").length,
    results: since.filter(({ role }) => role === "tool").map(({ content }) => textIn(content)),
    tools: (body.tools ?? []).map((tool) => (tool.type === "function" ? tool.function.name : String(tool.custom.name))),
  };
};

export interface ChatMessage {
  readonly content: string | null;
  readonly tool_calls?: readonly { id: string; type: "function"; function: { name: string; arguments: string } }[];
}

export const chatMessage = (step: Step, newId: (prefix: string) => string): ChatMessage => {
  const calls = (step.tools ?? []).map(({ tool, input }) => ({
    id: newId("call"),
    type: "function" as const,
    function: { name: tool, arguments: typeof input === "string" ? input : JSON.stringify(input) },
  }));
  return { content: step.text ?? null, ...(calls.length > 0 && { tool_calls: calls }) };
};

const finishOf = (message: ChatMessage): string => (message.tool_calls ? "tool_calls" : "stop");

export interface ChatAnswer {
  readonly head: { readonly id: string; readonly created: number; readonly model: string };
  readonly message: ChatMessage;
  readonly usage: UsageNumbers | undefined;
}

/** A chat completion in one piece. */
export const chatCompletion = ({ head, message, usage }: ChatAnswer): object => ({
  ...head,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: { role: "assistant", refusal: null, ...message },
      logprobs: null,
      finish_reason: finishOf(message),
    },
  ],
  ...(usage && { usage: chatUsage(usage) }),
  service_tier: "default",
});

/** Chunks of a streamed completion; the count comes last and only where it is asked for. */
export const chatChunks = (
  { head, message, usage }: ChatAnswer,
  options: { chunkChars: number; includeUsage: boolean },
): readonly object[] => {
  const count = options.includeUsage ? { usage: null } : {};
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...count,
  });
  const points = [...(message.content ?? "")];
  const texts = Array.from({ length: Math.ceil(points.length / options.chunkChars) }, (_, index) =>
    points.slice(index * options.chunkChars, (index + 1) * options.chunkChars).join(""),
  );
  const calls = (message.tool_calls ?? []).flatMap((call, index) => [
    chunk({ tool_calls: [{ index, ...call, function: { ...call.function, arguments: "" } }] }),
    chunk({ tool_calls: [{ index, function: { arguments: call.function.arguments } }] }),
  ]);
  const counted = { ...head, object: "chat.completion.chunk", choices: [], usage: usage ? chatUsage(usage) : null };
  return [
    chunk({ role: "assistant", content: "", refusal: null }),
    ...texts.map((text) => chunk({ content: text })),
    ...calls,
    chunk({}, finishOf(message)),
    ...(options.includeUsage ? [counted] : []),
  ];
};
