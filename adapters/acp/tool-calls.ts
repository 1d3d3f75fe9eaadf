import type { Output } from "../../src/ports/agents.js";
import { type ToolCallParts, textOfContent } from "./update.js";

/** The tool calls of a turn that run, and what is known of each. */
export interface ToolCalls {
  /** A call began or changed. */
  read(parts: ToolCallParts): Output[];
  /** The facts about a call, with those a request adds; it may not have been told before. */
  known(parts: ToolCallParts): KnownCall;
  /** Calls that never told how they ended: the turn is over. */
  endAll(): Output[];
}

/** The facts about a tool call. */
export interface KnownCall {
  name: string;
  summary: string;
  input: unknown;
  /** What it says of itself so far, such as the lines of files that it changes. */
  result: string;
}

type Running = KnownCall;

/** Tools that run at once, at most; those beyond are not shown. */
const maxRunning = 1_000;
const maxResultBytes = 16 * 1_024;
const maxSummaryChars = 160;
/** The parts of an input that say most, by the names that agents give them. */
const telling = ["command", "file_path", "filePath", "path", "pattern", "query", "url", "description", "prompt"];

export function createToolCalls(): ToolCalls {
  const running = new Map<string, Running>();
  const ended = new Set<string>();

  function merge(parts: ToolCallParts): Running {
    const before = running.get(parts.toolCallId);
    const input = parts.rawInput ?? before?.input;
    const name = parts.name ?? before?.name ?? parts.title ?? parts.kind ?? "tool";
    const summary = summaryOf(input) ?? parts.title ?? before?.summary ?? "";
    const result = resultOf(parts) ?? before?.result ?? "";
    return { name: oneLine(name), summary: oneLine(summary), input, result };
  }

  function read(parts: ToolCallParts): Output[] {
    const { toolCallId: id, status } = parts;
    if (ended.has(id) || (!running.has(id) && running.size >= maxRunning)) return [];
    const call = merge(parts);
    const isNew = !running.has(id);
    running.set(id, call);
    const shown = { kind: "tool", id, name: call.name, summary: call.summary } as const;
    const started: Output[] = isNew ? [{ ...shown, phase: "started", held: true }] : [];
    if (status !== "completed" && status !== "failed") return started;
    running.delete(id);
    if (ended.size < maxRunning) ended.add(id);
    const end: Output =
      status === "completed" ? { ...shown, phase: "ended" } : { ...shown, phase: "failed", held: true };
    return [...started, end, toolResult(id, { ok: status === "completed", text: call.result })];
  }

  return {
    read,
    known: merge,
    endAll() {
      const left = [...running].map(
        ([id, { name, summary }]): Output => ({ kind: "tool", id, phase: "failed", name, summary, held: true }),
      );
      running.clear();
      ended.clear();
      return left;
    },
  };
}

function toolResult(id: string, { ok, text }: { ok: boolean; text: string }): Output {
  return { kind: "toolResult", id, ok, bytes: Buffer.byteLength(text), text: beginningOf(text) };
}

/** The longest beginning of at most `maxResultBytes`, never half a character. */
function beginningOf(text: string): string {
  if (Buffer.byteLength(text) <= maxResultBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxResultBytes));
  return text.slice(0, read);
}

function summaryOf(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  for (const key of telling) {
    const value = (input as Record<string, unknown>)[key];
    if (typeof value === "string" && value.trim() !== "") return value;
    if (key === "command" && Array.isArray(value) && value.length > 0) return value.map(String).join(" ");
  }
  return undefined;
}

/** Contents as text: words, and a change of a file as the lines that go and come. Undefined: nothing came. */
function resultOf({ content, rawOutput }: ToolCallParts): string | undefined {
  const parts = (content ?? []).flatMap((item) => {
    if (item?.type === "content") return textOfContent(item.content) ?? [];
    if (item?.type === "diff" && item.path !== undefined) return diffText(item.path, item.oldText, item.newText ?? "");
    return [];
  });
  if (parts.length > 0) return parts.join("\n");
  if (typeof rawOutput === "string") return rawOutput;
  return rawOutput === undefined || rawOutput === null ? undefined : JSON.stringify(rawOutput);
}

function diffText(path: string, oldText: string | undefined, newText: string): string {
  const lines = (text: string, mark: string) => text.split("\n").map((line) => `${mark}${line}`);
  const gone = oldText === undefined ? [] : lines(oldText, "-");
  return [`--- ${oldText === undefined ? "/dev/null" : path}`, `+++ ${path}`, ...gone, ...lines(newText, "+")].join(
    "\n",
  );
}

/** A label for people: one line, bounded. */
function oneLine(text: string): string {
  const characters = Array.from(
    text
      .slice(0, 4 * maxSummaryChars)
      .replace(/[\s\p{Cc}]+/gu, " ")
      .trim(),
  );
  return characters.length <= maxSummaryChars
    ? characters.join("")
    : `${characters.slice(0, maxSummaryChars - 1).join("")}…`;
}
