import type { z } from "zod";
import { invalidRequest } from "./errors.js";
import { blocksOf, type CountTokensRequest, type RequestBlock, type RequestMessage } from "./request-schema.js";
import { thinkingSignature } from "./response-message.js";

type Issue = z.core.$ZodIssue;

/** In a union the branch that got furthest is the one that was meant. */
const deepest = (issue: Issue): Issue => {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flatMap((branch) => branch.slice(0, 1)).map(deepest);
  const meant = inner.reduce<Issue | undefined>((best, next) => {
    return best === undefined || next.path.length > best.path.length ? next : best;
  }, undefined);
  return meant === undefined ? issue : { ...meant, path: [...issue.path, ...meant.path] };
};

/** First problem in the vendor's words, e.g. `messages.0.content.1.text: Field required`. */
const describe = (error: z.ZodError): string => {
  const [first] = error.issues;
  if (first === undefined) return "Invalid request";
  const issue = deepest(first);
  if (issue.code === "unrecognized_keys") {
    return `${[...issue.path, issue.keys[0]].join(".")}: Extra inputs are not permitted`;
  }
  const missing = issue.code === "invalid_type" && issue.message.includes("received undefined");
  return `${issue.path.join(".")}: ${missing ? "Field required" : issue.message}`;
};

export const parseBody = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidRequest(describe(parsed.error));
};

const hasBeta = (betas: readonly string[], ...prefixes: string[]): boolean =>
  betas.some((beta) => prefixes.some((prefix) => beta.startsWith(prefix)));

/** Models older than role "system" inside a conversation; there it stays behind its beta. */
const OLDER_MODEL = /^claude-(3|haiku-4|sonnet-4|opus-4-[0-7])/;

const BETA_OF_FIELD = {
  output_config: ["per-turn-control-", "mid-conversation-output-config-"],
  clear_at: ["mid-conversation-system-clear-at-"],
} as const;

const checkSystemEntry = (
  message: Extract<RequestMessage, { role: "system" }>,
  options: { path: string; model: string; betas: readonly string[] },
): void => {
  const { path, betas } = options;
  if (OLDER_MODEL.test(options.model) && !hasBeta(betas, "mid-conversation-system-")) {
    throw invalidRequest(`${path}.role: Input should be 'user' or 'assistant'`);
  }
  for (const [field, prefixes] of Object.entries(BETA_OF_FIELD)) {
    if (message[field as keyof typeof BETA_OF_FIELD] == null || hasBeta(betas, ...prefixes)) continue;
    throw invalidRequest(`${path}.${field}: Extra inputs are not permitted`);
  }
  const change = blocksOf(message.content).find((block) => block.type !== "text");
  if (change !== undefined && !hasBeta(betas, "mid-conversation-tool-changes-", "inline-tools-")) {
    throw invalidRequest(`${path}.content: Input tag '${change.type}' does not match any of the expected tags`);
  }
};

/** Fields that exist only under a beta are unknown without it. */
const checkBetas = (body: CountTokensRequest, betas: readonly string[]): void => {
  if (body.context_management != null && !hasBeta(betas, "context-management-")) {
    throw invalidRequest("context_management: Extra inputs are not permitted");
  }
  for (const [index, message] of body.messages.entries()) {
    if (message.role !== "system") continue;
    const path = `messages.${index}`;
    checkSystemEntry(message, { path, model: body.model, betas });
    if (body.messages[index - 1]?.role === "assistant") {
      throw invalidRequest(`${path}: system messages must follow a user message`);
    }
  }
};

const checkBlock = (block: RequestBlock, path: string): void => {
  if (block.type === "text" && block.text.trim() === "") {
    throw invalidRequest(`${path}: text content blocks must contain non-whitespace text`);
  }
  if (block.type === "thinking" && block.signature !== thinkingSignature(block.thinking)) {
    throw invalidRequest(`${path}: Invalid \`signature\` in \`thinking\` block`);
  }
};

const checkContents = (messages: readonly RequestMessage[]): void => {
  if (messages[0]?.role !== "user") throw invalidRequest('messages: first message must use the "user" role');
  if (messages.at(-1)?.role === "assistant") {
    throw invalidRequest(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message.content);
    const configures = message.role === "system" && message.output_config != null;
    if (blocks.length === 0 && !configures) {
      throw invalidRequest(`messages.${index}: all messages must have non-empty content`);
    }
    for (const [position, block] of blocks.entries()) checkBlock(block, `messages.${index}.content.${position}`);
  }
};

interface Turn {
  readonly role: RequestMessage["role"];
  readonly blocks: readonly RequestBlock[];
  readonly index: number;
}

/** Consecutive messages of one role are one turn to the model. */
const turnsOf = (messages: readonly RequestMessage[]): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const last = turns.at(-1);
    const blocks = blocksOf(message.content);
    if (last?.role === message.role) turns[turns.length - 1] = { ...last, blocks: [...last.blocks, ...blocks] };
    else turns.push({ role: message.role, blocks, index });
  }
  return turns;
};

const toolUseIds = (turn: Turn | undefined): readonly string[] =>
  (turn?.blocks ?? []).flatMap((block) => (block.type === "tool_use" ? [block.id] : []));

/** Results lead the turn right after the calls: every call answered, no result without its call. */
const checkToolPairs = (messages: readonly RequestMessage[]): void => {
  const turns = turnsOf(messages);
  const seen = new Set<string>();
  for (const [position, turn] of turns.entries()) {
    for (const id of toolUseIds(turn)) {
      if (seen.has(id)) throw invalidRequest(`messages.${turn.index}: \`tool_use\` ids must be unique`);
      seen.add(id);
    }
    const calls = toolUseIds(turns[position - 1]);
    const firstOther = turn.blocks.findIndex((block) => block.type !== "tool_result");
    const leading = firstOther === -1 ? turn.blocks : turn.blocks.slice(0, firstOther);
    const answered = new Set(leading.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : [])));
    const unanswered = calls.filter((id) => !answered.has(id));
    if (unanswered.length > 0) {
      throw invalidRequest(
        `messages.${turns[position - 1]?.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    const stray = turn.blocks.find((block) => block.type === "tool_result" && !calls.includes(block.tool_use_id));
    if (stray?.type === "tool_result") {
      throw invalidRequest(
        `messages.${turn.index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
  }
};

const checkTools = (body: CountTokensRequest): void => {
  const names = (body.tools ?? []).map((tool) => tool.name);
  if (new Set(names).size !== names.length) throw invalidRequest("tools: Tool names must be unique.");
  if (body.tool_choice?.type === "tool" && !names.includes(body.tool_choice.name ?? "")) {
    throw invalidRequest(`tool_choice.name: Tool '${body.tool_choice.name}' not found in provided tools`);
  }
};

const countBreakpoints = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countBreakpoints(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + (key === "cache_control" && item != null ? 1 : countBreakpoints(item)),
    0,
  );
};

/** Rules beyond the schema: betas, pairing of tool calls, order of roles, cache breakpoints. Throws ApiError. */
export const checkRequest = (body: CountTokensRequest & { max_tokens?: number }, betas: readonly string[]): void => {
  checkBetas(body, betas);
  checkContents(body.messages);
  checkToolPairs(body.messages);
  checkTools(body);
  const breakpoints = countBreakpoints({ system: body.system, tools: body.tools, messages: body.messages });
  if (breakpoints > 4) {
    throw invalidRequest(`A maximum of 4 blocks with cache_control may be provided. Found ${breakpoints}.`);
  }
  if (body.thinking?.type !== "enabled" || body.max_tokens === undefined) return;
  if (body.thinking.budget_tokens >= body.max_tokens) {
    throw invalidRequest("`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
};
