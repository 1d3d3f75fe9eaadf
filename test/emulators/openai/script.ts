/** One misbehaviour of the API. `at`: start = headers and then the end, mid = half of the answer, reset = RST. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly message?: string; readonly retryAfterS?: number }
  | { readonly kind: "cut"; readonly at: "start" | "mid" | "reset" }
  /** Half of the answer, then silence on an open socket until the client hangs up. */
  | { readonly kind: "stall" }
  /** Half of the answer, then an event that says it failed. */
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "slow"; readonly delayMs?: number; readonly chunkMs?: number };

/** A text is the input of a custom tool, an object the arguments of a function. */
export interface ToolCall {
  readonly tool: string;
  readonly input: string | Readonly<Record<string, unknown>>;
}

/** Overrides of the counts an answer says; null: it says none. */
export type UsageOverride = Readonly<{
  input_tokens?: number | undefined;
  output_tokens?: number | undefined;
  cached_tokens?: number | undefined;
  cache_write_tokens?: number | undefined;
}> | null;

/** One answer of the model: reasoning, then text, then tool calls. */
export interface Step {
  readonly thinking?: string | undefined;
  readonly text?: string | undefined;
  readonly tools?: readonly ToolCall[] | undefined;
  /** Silence before the first byte. */
  readonly delayMs?: number | undefined;
  /** Pause before each delta; default 0. */
  readonly chunkMs?: number | undefined;
  /** Characters a delta; default 20. */
  readonly chunkChars?: number | undefined;
  readonly usage?: UsageOverride | undefined;
  /** One fault an attempt, in order; the answer follows when they are used up. */
  readonly faults?: readonly Fault[];
}

/** A request as a script sees it. */
export interface ScriptInput {
  readonly model: string;
  /** The person's latest text. */
  readonly prompt: string;
  /** Answers the model gave since that prompt: 0 at the start of a turn. */
  readonly step: number;
  /** Outputs of tools since that prompt, as text, in order. */
  readonly results: readonly string[];
  /** Names of the tools on offer, those in namespaces too. */
  readonly tools: readonly string[];
}

/** The model's answer to a request; undefined if this script has none. */
export type Script = (input: ScriptInput) => Step | undefined | Promise<Step | undefined>;
