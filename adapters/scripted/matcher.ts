import { createContext, Script } from "node:vm";
import { compilePattern } from "../../src/core/text/pattern.js";
import { PortError } from "../../src/ports/port-error.js";

/** Characters of a message that a pattern is tried on; what comes after is not looked at. */
export const MAX_TESTED_CHARS = 32 * 1_024;
/** How long one pattern may take on one message. */
export const MAX_MATCH_MS = 100;
/** Steps of the engine that take a few milliseconds. */
const MAX_QUICK_STEPS = 1_000_000;

/** The match and its groups, `undefined` where the pattern does not fit, `too-slow` when it was given up. */
export type MatchResult = { groups: readonly (string | undefined)[] } | undefined | "too-slow";
export type Matcher = (text: string) => MatchResult;

/**
 * A case-insensitive pattern over the first 32 KiB of a text. Where it could take more than a few milliseconds on a text of that length, it runs
 * with a time limit of 100 ms (about 0.1 ms of overhead); one that ever passes it is given up: `too-slow` that once, `undefined` from then on.
 * Throws a `PortError` (`refused`) when `pattern` is no regular expression or one with too many choices; `where` names it for people ("rule 3").
 */
export function createMatcher(pattern: string, where: string): Matcher {
  const expression = compile(pattern, where);
  const maxQuickChars = quickLength(pattern);
  let isGivenUp = false;
  return (text) => {
    if (isGivenUp) return undefined;
    const tested = text.length <= MAX_TESTED_CHARS ? text : text.slice(0, MAX_TESTED_CHARS);
    const found = tested.length <= maxQuickChars ? expression.exec(tested) : execWithin(expression, tested);
    isGivenUp = found === "too-slow";
    if (found === "too-slow") return found;
    return found === null ? undefined : { groups: found };
  };
}

/** Scripts are looked through when an agent is made; this is for one that came into the log some other way. */
function compile(pattern: string, where: string): RegExp {
  const compiled = compilePattern(pattern);
  if (compiled.kind === "ok") return compiled.expression;
  throw new PortError(`The pattern of ${where} ${compiled.reason}. Correct it and add the agent again.`, {
    code: "refused",
    retryable: false,
  });
}

/**
 * Up to how many characters a pattern needs no time limit. Without a repeated group and without references back, n characters cost at most
 * n to the number of quantifiers, once for every place to start at, once for every choice of alternatives.
 */
function quickLength(pattern: string): number {
  if (/\\[1-9k]/.test(pattern)) return 0;
  const bare = pattern
    .replace(/\\./gs, "e")
    .replace(/\[[^\]]*\]/g, "c")
    .replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, "(");
  if (/\)[*+?{]/.test(bare)) return 0;
  const choices = 2 ** count(bare, /\|/g);
  const startsAnywhere = bare.startsWith("^") && choices === 1 ? 0 : 1;
  const power = count(bare, /[*+?{]/g) + startsAnywhere;
  return power === 0 ? MAX_TESTED_CHARS : (MAX_QUICK_STEPS / choices) ** (1 / power);
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}

const sandbox: { run: () => void } = createContext({ run: () => {} }) as { run: () => void };
const callRun = new Script("run()");

/** `node:vm` is the one way to stop a regular expression that runs. */
function execWithin(expression: RegExp, text: string): RegExpExecArray | null | "too-slow" {
  let found: RegExpExecArray | null = null;
  sandbox.run = () => {
    found = expression.exec(text);
  };
  try {
    callRun.runInContext(sandbox, { timeout: MAX_MATCH_MS });
    return found;
  } catch (error) {
    if (isTimeout(error)) return "too-slow";
    throw error;
  }
}

/** The error is made in the other context: it is no `instanceof Error` here. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
