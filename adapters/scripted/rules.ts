import { RESERVED_NAMES } from "../../src/core/grammar/name.js";
import type { ScriptRule } from "../../src/core/values/script.js";
import type { AgentInput, AgentSpec } from "../../src/ports/agents.js";
import { createMatcher, type Matcher, testedPart } from "./matcher.js";
import type { PatternWorker } from "./pattern-worker.js";

/** A rule of a script, ready to be tried. */
export interface Rule {
  /** Its place in the script, from 0. */
  index: number;
  script: ScriptRule;
  /** Lower-cased; `humans` means every person. */
  from: string | undefined;
  matcher: Matcher | undefined;
  /** It says its reply at once and nothing else. */
  isPlain: boolean;
}

export interface Choice {
  rule: Rule;
  /** Of `match`; the whole fit first. Empty without one. */
  groups: readonly (string | undefined)[];
}

export interface Choosing {
  rules: readonly Rule[];
  message: AgentInput["message"];
  participants: AgentSpec["participants"];
  /** How often each rule with `times` was used, by its index. */
  used: ReadonlyMap<number, number>;
  /** The index of the rule that answered this input before, if any did: it answers again. */
  known: number | undefined;
  /** A pattern took too long on this message and is not tried again. */
  onTooSlow: (rule: Rule) => void;
  /** The patterns together took too long on this message; the rest of them was not tried. */
  onSpent: () => void;
  /** Shared by all choices in one callback of the event loop; each use is deducted. */
  allowance: InlineAllowance;
  worker: PatternWorker;
}

const PEOPLE: ReadonlySet<string> = new Set(["humans", "@humans"]);
const NO_GROUPS: readonly string[] = [];

/** Throws a `PortError` (`refused`) that names the first rule with a broken pattern. */
export function compileRules(script: readonly ScriptRule[]): Rule[] {
  return script.map((rule, index) => ({
    index,
    script: rule,
    from: rule.from?.toLowerCase(),
    matcher: rule.match === undefined ? undefined : createMatcher(rule.match, ruleName(index)),
    isPlain: !(rule.delayMs || rule.work || rule.ask || rule.stream || rule.fail || rule.thinking || rule.plan),
  }));
}

/** The rule's number in messages to people, counted from 1. */
export function ruleName(index: number): string {
  return `rule ${index + 1} of the script`;
}

/** Budget of one callback of the event loop for patterns on the main thread, in steps of about 10 ns. */
export interface InlineAllowance {
  steps: number;
}

/** About 10 ms. */
export const freshInlineAllowance = (): InlineAllowance => ({ steps: 1_000_000 });
/** Limit for one pattern on one message; the worker tries patterns that may take more. */
const MAX_INLINE_STEPS = 200_000;

/**
 * The first rule that fits the message and is not used up. Patterns that are cheap on this message are tried at once; from the first one that is not,
 * they are tried by the worker, which has one budget of time for all of them. A promise is given only then.
 */
export function chooseRule(choosing: Choosing): Choice | undefined | Promise<Choice | undefined> {
  const { message, allowance } = choosing;
  const text = "kind" in message ? "" : testedPart(message.body);
  const candidates = choosing.rules.filter((rule) => mayFit(rule, choosing));
  for (const [index, rule] of candidates.entries()) {
    if (rule.matcher === undefined) return { rule, groups: NO_GROUPS };
    const steps = rule.matcher.stepsFor(text.length);
    if (steps > MAX_INLINE_STEPS || steps > allowance.steps)
      return chooseInWorker(candidates.slice(index), { text, choosing });
    allowance.steps -= steps;
    const groups = rule.matcher.exec(text);
    if (groups) return { rule, groups };
  }
  return undefined;
}

/** Up to the first rule without a pattern, which fits in any case. */
async function chooseInWorker(
  candidates: readonly Rule[],
  { text, choosing }: { text: string; choosing: Choosing },
): Promise<Choice | undefined> {
  const { worker, onTooSlow, onSpent } = choosing;
  const end = candidates.findIndex(({ matcher }) => matcher === undefined);
  const [tried, last] = end === -1 ? [candidates, undefined] : [candidates.slice(0, end), candidates[end]];
  const match = await worker.firstMatch(
    tried.flatMap(({ matcher }) => matcher?.pattern ?? []),
    text,
  );
  for (const index of match.tooSlow) {
    const rule = tried[index];
    if (!rule?.matcher) continue;
    rule.matcher.isGivenUp = true;
    onTooSlow(rule);
  }
  if (match.kind === "spent") onSpent();
  const rule = match.kind === "found" ? tried[match.index] : last;
  if (!rule || match.kind === "spent") return undefined;
  return { rule, groups: match.kind === "found" ? match.groups : NO_GROUPS };
}

/** All of a rule but its pattern fits, and its pattern was not given up. */
function mayFit(rule: Rule, choosing: Choosing): boolean {
  if (!isFree(rule, choosing) || rule.matcher?.isGivenUp) return false;
  const { message, participants } = choosing;
  const { on } = rule.script;
  if ("kind" in message) return on === "start";
  if (on === "start") return false;
  return rule.from === undefined || isFrom(rule.from, message.from.toLowerCase(), participants);
}

function isFree({ index, script }: Rule, { used, known }: Choosing): boolean {
  if (known !== undefined) return index === known;
  return script.times === undefined || (used.get(index) ?? 0) < script.times;
}

/** A name that was unknown when the session opened is a person: people come and go, and Parley's own names are reserved. */
function isFrom(wanted: string, sender: string, participants: AgentSpec["participants"]): boolean {
  if (!PEOPLE.has(wanted)) return wanted === sender;
  if (RESERVED_NAMES.has(sender) && sender !== "admin") return false;
  return !participants.some(({ name, kind }) => kind === "agent" && name === sender);
}
