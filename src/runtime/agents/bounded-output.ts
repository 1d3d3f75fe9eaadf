import type { Output } from "../../ports/agents.js";

/** Longest complete text an agent's output may have, bytes of UTF-8: eight times the longest message. */
export const maxTextBytes = 256 * 1_024;
/** Longest piece that is only shown, bytes. */
const maxDeltaBytes = 64 * 1_024;
/** Longest notice or error, bytes. */
const maxNoticeBytes = 4 * 1_024;
/** Most bytes of a tool's result that are looked at. */
const maxResultBytes = 1_024 * 1_024;
/** Longest name, id or summary, bytes. */
const maxLabelBytes = 1_024;
const maxPlanEntries = 200;

/**
 * The output with every text in it bounded, because anything in an agent's sandbox may write into its output. A text that is cut says so at its end; names
 * and ids are cut without a word. The input of a request to people stays as it is, since it is what would run: the room refuses one that is too large.
 */
export function boundOutput(output: Output): Output {
  switch (output.kind) {
    case "block":
      return {
        ...output,
        ...labels(output, ["outputId", "messageId", "parent"]),
        text: cutWithWords(output.text, maxTextBytes),
      };
    case "delta":
      return { ...output, text: cutText(output.text, maxDeltaBytes) };
    case "thinking":
      return { ...output, ...labels(output, ["parent"]), text: cutWithWords(output.text, maxTextBytes) };
    case "tool":
      return { ...output, ...labels(output, ["id", "name", "summary", "parent"]), ...boundInput(output) };
    case "toolResult":
      return { ...output, ...labels(output, ["id", "blob", "parent"]), ...boundResult(output) };
    case "plan":
      return { ...output, entries: output.entries.slice(0, maxPlanEntries).map(boundEntry) };
    case "compaction":
      return { ...output, summary: cutWithWords(output.summary, maxTextBytes) };
    case "ask":
      return { ...output, ...labels(output, ["requestId"]), title: cutWithWords(output.title, maxNoticeBytes) };
    case "askWithdrawn":
      return { ...output, ...labels(output, ["requestId"]) };
    case "usage":
      return { ...output, ...labels(output, ["model"]) };
    case "notice":
      return { ...output, text: cutWithWords(output.text, maxNoticeBytes) };
    case "link":
      return output.outage === undefined ? output : { ...output, outage: cutText(output.outage, maxLabelBytes) };
    case "turnEnded":
      return {
        ...output,
        ...labels(output, ["refused", "outage"]),
        ...(output.error !== undefined && { error: cutWithWords(output.error, maxNoticeBytes) }),
      };
  }
}

/** The text, or its beginning and a sentence that says how much there was; at most `maxBytes` and that sentence, as UTF-8. */
export function cutWithWords(text: string, maxBytes: number): string {
  const kept = cutText(text, maxBytes);
  if (kept.length === text.length) return text;
  return `${kept}\n\n[Parley cut this text here: it had ${Buffer.byteLength(text)} bytes, and at most ${maxBytes} are kept.]`;
}

function boundInput({ input }: { input?: string }): { input?: string } {
  return input === undefined ? {} : { input: cutText(input, maxDeltaBytes) };
}

function boundResult({ text, rest }: { text: string; rest?: string }): { text: string; rest?: string } {
  const kept = cutText(text, maxTextBytes);
  return { text: kept, ...(rest !== undefined && { rest: cutText(rest, maxResultBytes) }) };
}

type PlanEntry = Extract<Output, { kind: "plan" }>["entries"][number];

function boundEntry({ text, state }: PlanEntry): PlanEntry {
  return { text: cutText(text, maxLabelBytes), state };
}

/** Those of the named members that `output` has, each cut. */
function labels<T extends object, K extends keyof T>(output: T, names: readonly K[]): Partial<Pick<T, K>> {
  const bounded: Partial<Pick<T, K>> = {};
  for (const name of names) {
    const value = output[name];
    if (typeof value === "string" && value.length * 3 > maxLabelBytes)
      bounded[name] = cutText(value, maxLabelBytes) as T[K] & string;
  }
  return bounded;
}

/** The longest beginning of at most `maxBytes` as UTF-8, never half a character. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
