import type { Output } from "../../src/ports/agents.js";

type ToolResult = Extract<Output, { kind: "toolResult" }>;

/** Most bytes of a result's `text`. */
const maxTextBytes = 16 * 1_024;
/** Most bytes of a result that are handed on; what follows is counted. */
const maxBytes = 1_024 * 1_024;
/** Most bytes of a tool's input that are handed on. */
const maxInputBytes = 64 * 1_024;

/** A tool's result within the bounds of the port: its beginning, the rest to store, and how large all of it is. */
export function toolResultOf(
  result: Pick<ToolResult, "id" | "ok" | "held" | "parent"> & { content: string },
): ToolResult {
  const { content, ...rest } = result;
  const bytes = Buffer.byteLength(content);
  const text = beginningOf(content, maxTextBytes);
  const kept = text.length === content.length ? text : beginningOf(content, maxBytes);
  const following = kept.slice(text.length);
  return { kind: "toolResult", ...rest, bytes, text, ...(following !== "" && { rest: following }) };
}

/** The members of a tool's output that hold its input: a text as it is, anything else as JSON. None where there is no input. */
export function inputMembers(input: unknown): { input?: string; inputBytes?: number } {
  if (input === undefined) return {};
  const text = typeof input === "string" ? input : JSON.stringify(input);
  if (text === "{}") return {};
  const kept = beginningOf(text, maxInputBytes);
  return { input: kept, ...(kept.length < text.length && { inputBytes: Buffer.byteLength(text) }) };
}

/** The longest beginning of at most `limit` bytes as UTF-8, never half a character. */
function beginningOf(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(limit));
  return text.slice(0, read);
}
