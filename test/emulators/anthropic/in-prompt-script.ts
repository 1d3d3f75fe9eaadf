import { z } from "zod";
import { type ApiErrorStatus, type ApiErrorType, invalidRequest, STATUS_BY_ERROR_TYPE } from "./errors.js";
import type { Fault, Step } from "./script.js";
import type { ScriptInput } from "./script-input.js";

const errorTypes = Object.keys(STATUS_BY_ERROR_TYPE) as ApiErrorType[];
const statuses = Object.values(STATUS_BY_ERROR_TYPE) as ApiErrorStatus[];
const record = z.record(z.string(), z.unknown());

const element = z.strictObject({
  thinking: z.string().optional(),
  text: z.string().optional(),
  tool: z.string().optional(),
  input: record.optional(),
  tools: z.array(z.strictObject({ tool: z.string(), input: record })).optional(),
  delayMs: z.int().min(0).optional(),
  chunkMs: z.int().min(0).optional(),
  chunkChars: z.int().min(1).optional(),
  stopReason: z.enum(["end_turn", "tool_use", "max_tokens", "refusal", "pause_turn"]).optional(),
  usage: z
    .strictObject({
      input_tokens: z.int().min(0),
      output_tokens: z.int().min(0),
      cache_creation_input_tokens: z.int().min(0),
      cache_read_input_tokens: z.int().min(0),
    })
    .partial()
    .optional(),
  headers: z.record(z.string(), z.string()).optional(),
  status: z.literal(statuses).optional(),
  message: z.string().optional(),
  retryAfterS: z.number().min(0).optional(),
  shouldRetry: z.boolean().optional(),
  cut: z.enum(["start", "mid", "reset", "hang"]).optional(),
  sseError: z.enum(errorTypes).optional(),
  times: z.int().min(1).optional(),
});
type Element = z.infer<typeof element>;

/** How often a fault repeats that nothing follows and that has no `times` of its own. */
const FOREVER = 1_000;

const withoutUndefined = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const faultOf = (item: Element): Fault | undefined => {
  if (item.status !== undefined) {
    const { message, retryAfterS, shouldRetry } = item;
    return { kind: "status", status: item.status, ...withoutUndefined({ message, retryAfterS, shouldRetry }) };
  }
  if (item.cut === "hang") return { kind: "stall" };
  if (item.cut !== undefined) return { kind: "cut", at: item.cut };
  return item.sseError === undefined ? undefined : { kind: "sse-error", error: item.sseError };
};

const speaks = (item: Element): boolean =>
  item.text !== undefined || item.thinking !== undefined || item.tool !== undefined || item.tools !== undefined;

const stepOf = (item: Element, faults: readonly Fault[]): Step => {
  const single = item.tool === undefined ? [] : [{ tool: item.tool, input: item.input ?? {} }];
  const tools = [...single, ...(item.tools ?? [])];
  const { thinking, text, delayMs, chunkMs, chunkChars, stopReason, headers } = item;
  return {
    ...withoutUndefined({ thinking, text, delayMs, chunkMs, chunkChars, stopReason, headers }),
    ...(item.usage === undefined ? {} : { usage: withoutUndefined(item.usage) }),
    tools,
    faults,
  };
};

const repeat = (fault: Fault, times: number): readonly Fault[] => Array.from({ length: times }, () => fault);

/** Elements that only fail belong to the answer after them, so they do not count as answers. */
const toSteps = (elements: readonly Element[]): readonly Step[] => {
  const steps: Step[] = [];
  let pending: readonly Fault[] = [];
  for (const item of elements) {
    const fault = faultOf(item);
    if (speaks(item)) {
      steps.push(stepOf(item, fault === undefined ? pending : [...pending, ...repeat(fault, item.times ?? 1)]));
      pending = [];
    } else if (fault !== undefined) {
      const isLast = item === elements.at(-1);
      pending = [...pending, ...repeat(fault, item.times ?? (isLast ? FOREVER : 1))];
    }
  }
  return pending.length === 0 ? steps : [...steps, { text: "the fault is over", faults: pending }];
};

/** The JSON array that starts at `start`, with strings and escapes respected. */
const arrayAt = (text: string, start: number): string | undefined => {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (inString && char === "\\") index += 1;
    else if (char === '"') inString = !inString;
    else if (!inString && (char === "[" || char === "{")) depth += 1;
    else if (!inString && (char === "]" || char === "}")) depth -= 1;
    if (depth === 0) return text.slice(start, index + 1);
  }
  return undefined;
};

const MARK = "@@[";

const parse = (source: string): readonly Step[] => {
  try {
    return toSteps(z.array(element).parse(JSON.parse(source)));
  } catch (error) {
    throw invalidRequest(`the script after @@ in the prompt is not valid: ${String(error)}`);
  }
};

/**
 * The script a prompt carries: `@@[{"tool":"Bash","input":{…}},{"text":"fin"}]`, one element for each answer of the turn.
 * An element with `status`, `cut` or `sseError` and nothing to say makes the next answer fail first, `times` times.
 * Stateless across restarts: which answer is due follows from the answers since the prompt. The last `@@[` counts.
 */
export const inPromptScript = (input: ScriptInput): Step | undefined => {
  const start = input.prompt.lastIndexOf(MARK);
  if (start === -1) return undefined;
  const source = arrayAt(input.prompt, start + MARK.length - 1);
  if (source === undefined) throw invalidRequest("the script after @@ in the prompt does not end");
  return parse(source)[input.step];
};
