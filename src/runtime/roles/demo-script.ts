import { parseJsonText } from "../../core/text/json-text.js";
import { type ScriptRule, scriptSchema } from "../../core/values/script.js";

/** Parses a role's `demo.json`. A problem names its line, counted from 1. */
export function parseDemo(text: string): { script: ScriptRule[] } | { line: number; reason: string } {
  const json = parseJsonText(text);
  if ("reason" in json) return { line: json.line, reason: `not JSON: ${json.reason}` };
  const parsed = scriptSchema.safeParse(json.value);
  if (parsed.success) return { script: parsed.data };
  const { path = [], message = "not a script" } = parsed.error.issues[0] ?? {};
  const [rule] = path;
  const line = typeof rule === "number" ? lineOfElement(text, rule) : 1;
  return { line, reason: `${path.map(String).join(".") || "the script"}: ${message}` };
}

/** Line on which an element of the outermost JSON array starts. */
function lineOfElement(text: string, wanted: number): number {
  let depth = 0;
  let element = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]|[^\s"[\]{},]+/g)) {
    const starts = depth === 1 && token !== "," && token !== "]";
    if (starts && element === wanted) return text.slice(0, index).split("\n").length;
    if (token === "[" || token === "{") depth += 1;
    if (token === "]" || token === "}") depth -= 1;
    if (token === "," && depth === 1) element += 1;
  }
  return 1;
}
