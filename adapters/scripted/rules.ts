import { RESERVED_NAMES } from "../../src/core/grammar/name.js";
import type { ScriptRule } from "../../src/core/values/script.js";
import type { AgentInput, AgentSpec } from "../../src/ports/agents.js";
import { createMatcher, type Matcher } from "./matcher.js";

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
    isPlain: !(rule.delayMs || rule.work || rule.ask || rule.stream || rule.fail),
  }));
}

/** How people are told of a rule: counted from 1. */
export function ruleName(index: number): string {
  return `rule ${index + 1} of the script`;
}

/** The first rule that fits the message and is not used up. */
export function chooseRule(choosing: Choosing): Choice | undefined {
  for (const rule of choosing.rules) {
    const groups = groupsOf(rule, choosing);
    if (groups !== undefined) return { rule, groups };
  }
  return undefined;
}

function groupsOf(rule: Rule, choosing: Choosing): Choice["groups"] | undefined {
  if (!isFree(rule, choosing)) return undefined;
  const { message, participants, onTooSlow } = choosing;
  const { on } = rule.script;
  if ("kind" in message) return on === "start" ? NO_GROUPS : undefined;
  if (on === "start") return undefined;
  if (rule.from !== undefined && !isFrom(rule.from, message.from.toLowerCase(), participants)) return undefined;
  if (rule.matcher === undefined) return NO_GROUPS;
  const result = rule.matcher(message.body);
  if (result !== "too-slow") return result?.groups;
  onTooSlow(rule);
  return undefined;
}

function isFree({ index, script }: Rule, { used, known }: Choosing): boolean {
  if (known !== undefined) return index === known;
  return script.times === undefined || (used.get(index) ?? 0) < script.times;
}

/** A name nobody knew when the session opened is a person: people come and go, and Parley's own names are reserved. */
function isFrom(wanted: string, sender: string, participants: AgentSpec["participants"]): boolean {
  if (!PEOPLE.has(wanted)) return wanted === sender;
  if (RESERVED_NAMES.has(sender) && sender !== "admin") return false;
  return !participants.some(({ name, kind }) => kind === "agent" && name === sender);
}
