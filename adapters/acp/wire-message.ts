import type { PromptEnd } from "./acp-turn.js";

/** A message of JSON-RPC 2.0 as far as it is routed. */
export interface WireMessage {
  id?: unknown;
  method?: unknown;
  params?: unknown;
  result?: unknown;
  error?: unknown;
}

/** The parts of the id of a prompt. */
interface PromptId {
  id: string;
  /** Of the router that wrote it. */
  life: string;
  inputs: readonly string[];
  /** Of the request behind it, whose answer says that it was read. */
  isProbe: boolean;
}

const promptPattern = /^(parley-read-)?(parley-prompt-(.+)-\d+:([0-9a-f.]*))$/;
const maxErrorChars = 500;

/** Whether a parsed line is a message at all: a request and a response have an id that is a text or a number. */
export function isMessage(value: unknown): value is WireMessage {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { id, method } = value as WireMessage;
  if (id !== undefined && typeof id !== "string" && typeof id !== "number") return false;
  return typeof method === "string" || (method === undefined && id !== undefined);
}

export function isResponse({ method }: WireMessage): boolean {
  return method === undefined;
}

/** Undefined: it is no id of a prompt. */
export function promptIdOf(id: string): PromptId | undefined {
  const [, probe, prompt, life, inputs] = promptPattern.exec(id) ?? [];
  if (prompt === undefined || life === undefined) return undefined;
  const names = (inputs ?? "").split(".").filter((name) => name !== "");
  return { id: prompt, life, inputs: names, isProbe: probe !== undefined };
}

/** How a prompt ended, by the answer to it. */
export function answerEnd({ result, error }: WireMessage): PromptEnd {
  if (error === undefined) {
    const stopReason = (result as { stopReason?: unknown } | null | undefined)?.stopReason;
    return { stopReason: typeof stopReason === "string" ? stopReason : "end_turn" };
  }
  return { error: errorText(error) };
}

/** The words of an error of JSON-RPC, one line: its message, and what its data says beside it. */
export function errorText(error: unknown): string {
  const { message, data } = (typeof error === "object" && error !== null ? error : {}) as {
    message?: unknown;
    data?: unknown;
  };
  const detail = detailOf(data);
  const words = [typeof message === "string" ? message : "", detail].filter((part) => part !== "").join(": ");
  const line = words.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line === "" ? "it gave no reason" : line.slice(0, maxErrorChars);
}

function detailOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (typeof data !== "object" || data === null) return "";
  const { details, message, error } = data as { details?: unknown; message?: unknown; error?: unknown };
  return [details, message, error].find((part): part is string => typeof part === "string") ?? "";
}
