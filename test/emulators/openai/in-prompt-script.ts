import { z } from "zod";
import { OpenAiError } from "./errors.js";
import type { Fault, ScriptInput, Step } from "./script.js";

const count = z.int().min(0).optional();
const element = z.strictObject({
  thinking: z.string().optional(),
  text: z.string().optional(),
  tool: z.string().optional(),
  input: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  delayMs: count,
  chunkMs: count,
  chunkChars: z.int().min(1).optional(),
  usage: z
    .strictObject({ input_tokens: count, output_tokens: count, cached_tokens: count, cache_write_tokens: count })
    .nullable()
    .optional(),
  status: z.int().optional(),
  message: z.string().optional(),
  retryAfterS: z.number().min(0).optional(),
  cut: z.enum(["start", "mid", "reset", "hang"]).optional(),
  failed: z.string().optional(),
  times: z.int().min(1).optional(),
});
type Element = z.infer<typeof element>;

const faultOf = ({ status, message, retryAfterS, cut, failed }: Element): Fault | undefined => {
  if (status !== undefined) {
    return { kind: "status", status, ...(message && { message }), ...(retryAfterS !== undefined && { retryAfterS }) };
  }
  if (cut === "hang") return { kind: "stall" };
  if (cut !== undefined) return { kind: "cut", at: cut };
  return failed === undefined ? undefined : { kind: "failed", code: failed };
};

/** How often a fault repeats that nothing follows and that has no `times` of its own. */
const FOREVER = 1_000;

const repeat = (fault: Fault, times: number): readonly Fault[] => Array.from({ length: times }, () => fault);

/** Elements that only fail belong to the answer after them, so they do not count as answers. */
const toSteps = (elements: readonly Element[]): readonly Step[] => {
  const steps: Step[] = [];
  let pending: readonly Fault[] = [];
  for (const item of elements) {
    const fault = faultOf(item);
    if (fault !== undefined) {
      const isLast = item === elements.at(-1);
      pending = [...pending, ...repeat(fault, item.times ?? (isLast ? FOREVER : 1))];
      continue;
    }
    const { thinking, text, tool, input = {}, delayMs, chunkMs, chunkChars, usage } = item;
    const tools = tool === undefined ? [] : [{ tool, input }];
    steps.push({ thinking, text, tools, delayMs, chunkMs, chunkChars, usage, faults: pending });
    pending = [];
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

/** The script a prompt carries: `@@[{"tool":"exec","input":"…"},{"text":"fin"}]`, one element for each answer of the turn. The last `@@[` counts. */
export const inPromptScript = ({ prompt, step }: ScriptInput): Step | undefined => {
  const start = prompt.lastIndexOf(MARK);
  if (start === -1) return undefined;
  const source = arrayAt(prompt, start + MARK.length - 1);
  if (source === undefined) throw new OpenAiError("emulator: the script after @@ in the prompt does not end");
  try {
    return toSteps(z.array(element).parse(JSON.parse(source)))[step];
  } catch (error) {
    throw new OpenAiError(`emulator: the script after @@ in the prompt is not valid: ${String(error)}`);
  }
};
