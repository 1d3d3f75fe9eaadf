import { compilePattern } from "../../src/core/text/pattern.js";
import { countWays } from "../../src/core/text/pattern-cost.js";
import { PortError } from "../../src/ports/port-error.js";

/** Maximum characters of a message that a pattern is tried on; the rest is ignored. */
export const MAX_TESTED_CHARS = 32 * 1_024;
/** Steps of the engine, about 10 ns each, that compiling one way through a pattern is counted as. */
const STEPS_PER_WAY = 100;

/** A pattern of a rule, without regard to case. */
export interface Matcher {
  readonly pattern: string;
  /** Maximum steps of the engine for `exec` on a text of this length; Infinity if there is no bound below exponential. */
  stepsFor(chars: number): number;
  /** The match and its groups, on this thread and without a limit of time: only for texts whose `stepsFor` is small. */
  exec(text: string): readonly (string | undefined)[] | undefined;
  /** It took too long once: it is not tried again. */
  isGivenUp: boolean;
}

/** Throws a `PortError` (`refused`) when `pattern` is not a regular expression or one with too many choices; `where` names it for people ("rule 3"). */
export function createMatcher(pattern: string, where: string): Matcher {
  const expression = compile(pattern, where);
  const growth = growthOf(pattern);
  const compileSteps = STEPS_PER_WAY * countWays(pattern);
  return {
    pattern,
    stepsFor: (chars) => (growth ? compileSteps + growth.choices * chars ** growth.power : Number.POSITIVE_INFINITY),
    exec: (text) => expression.exec(text) ?? undefined,
    isGivenUp: false,
  };
}

/** The beginning of a message that patterns are tried on. */
export function testedPart(text: string): string {
  return text.length <= MAX_TESTED_CHARS ? text : text.slice(0, MAX_TESTED_CHARS);
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
 * How the cost of a pattern grows with a text. Without a repeated group and without references back, n characters cost at most n to the number of
 * quantifiers, once for every place to start at, once for every choice of alternatives. Undefined: no such bound is known.
 */
function growthOf(pattern: string): { power: number; choices: number } | undefined {
  if (/\\[1-9k]/.test(pattern)) return undefined;
  const bare = pattern
    .replace(/\\./gs, "e")
    .replace(/\[[^\]]*\]/g, "c")
    .replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, "(");
  if (/\)[*+?{]/.test(bare)) return undefined;
  const choices = 2 ** count(bare, /\|/g);
  const startsAnywhere = bare.startsWith("^") && choices === 1 ? 0 : 1;
  return { power: count(bare, /[*+?{]/g) + startsAnywhere, choices };
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
