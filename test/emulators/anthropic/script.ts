import type { ApiErrorStatus, ApiErrorType } from "./errors.js";
import type { ScriptInput } from "./script-input.js";
import type { UsageNumbers } from "./usage.js";

/** One misbehaviour of the API. `at`: start = headers and then the end, mid = half of the answer, reset = RST. */
export type Fault =
  | {
      readonly kind: "status";
      readonly status: ApiErrorStatus;
      readonly message?: string;
      readonly retryAfterS?: number;
      readonly shouldRetry?: boolean;
    }
  | { readonly kind: "cut"; readonly at: "start" | "mid" | "reset" }
  /** Half of the answer, then silence on an open socket until the client hangs up. */
  | { readonly kind: "stall" }
  /** 200 and half of the answer, then an SSE `error` event. */
  | { readonly kind: "sse-error"; readonly error: ApiErrorType }
  | { readonly kind: "slow"; readonly delayMs?: number; readonly chunkMs?: number };

export interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One answer of the model: thinking, then text, then tool calls. Thinking shows only where the request turned it on. */
export interface Step {
  readonly thinking?: string;
  readonly text?: string;
  readonly tools?: readonly ToolCall[];
  /** Silence before the first byte. */
  readonly delayMs?: number;
  /** Pause before each delta; default 0. */
  readonly chunkMs?: number;
  /** Characters a delta; default 20. */
  readonly chunkChars?: number;
  /** Default: `tool_use` with tools, otherwise `end_turn`. */
  readonly stopReason?: "end_turn" | "tool_use" | "max_tokens" | "refusal" | "pause_turn";
  /** Overrides single numbers of the computed usage. */
  readonly usage?: Partial<UsageNumbers>;
  readonly headers?: Readonly<Record<string, string>>;
  /** One fault an attempt, in order; the answer follows when they are used up. */
  readonly faults?: readonly Fault[];
}

/** The model's answer to a request; undefined if this script has none. May wait before it answers. */
export type Script = (input: ScriptInput) => Step | undefined | Promise<Step | undefined>;

export interface Rule {
  /** Tried on the system prompt. */
  readonly system?: RegExp;
  /** Tried on the last prompt (see ScriptInput.prompt). */
  readonly prompt?: RegExp;
  /** The answers of the turn, one for each request of it. */
  readonly steps: readonly Step[] | ((input: ScriptInput) => readonly Step[]);
}

const matches = (pattern: RegExp | undefined, text: string): boolean =>
  pattern === undefined || text.search(pattern) >= 0;

/** The first rule that matches answers; past its last step there is no answer. */
export const rules =
  (list: readonly Rule[]): Script =>
  (input) => {
    const rule = list.find((entry) => matches(entry.system, input.system) && matches(entry.prompt, input.prompt));
    const steps = typeof rule?.steps === "function" ? rule.steps(input) : rule?.steps;
    return steps?.[input.step];
  };

const ROLE = /\b(?:you are|your (?:name|role) is|(?:name|role):)\s+(?:the\s+|an?\s+)?["'`*@]*([a-z][a-z0-9-]*)/gi;

/**
 * Chooses a script by the role the system prompt names (`You are the reviewer`, `Your name is **coder**`, `role: coder`).
 * The last such name with a script counts, since a role is appended after the vendor's own prompt.
 */
export const byRole =
  (scripts: Readonly<Record<string, Script>>): Script =>
  (input) => {
    const names = [...input.system.matchAll(ROLE)].map((match) => match[1]?.toLowerCase() ?? "");
    const role = names.findLast((name) => scripts[name] !== undefined);
    return role === undefined ? undefined : scripts[role]?.(input);
  };

export const text = (value: string): Step => ({ text: value });
export const tool = (name: string, input: Readonly<Record<string, unknown>>): Step => ({
  tools: [{ tool: name, input }],
});
