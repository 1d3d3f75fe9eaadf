import { countWays } from "./pattern-cost.js";

/** Ways through a pattern (see `countWays`), at most: V8 compiles that many in some 20 ms. */
const maxWays = 20_000;

/** The pattern of a script's rule, without regard to case, or what is wrong with it. */
export type CompiledPattern = { kind: "ok"; expression: RegExp } | { kind: "refused"; reason: string };

/** Compiles a pattern; refuses one that could take too long on some text. */
export function compilePattern(pattern: string): CompiledPattern {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, "i");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "refused", reason: `is not a regular expression (${reason})` };
  }
  if (countWays(pattern) <= maxWays) return { kind: "ok", expression };
  return {
    kind: "refused",
    reason: "has too many choices (`?`, `|`, `{}`); split it into several rules",
  };
}
