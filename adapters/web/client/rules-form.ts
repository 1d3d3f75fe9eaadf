import type { Policy } from "../../../src/core/room/policy.js";
import { isEgressEntry } from "../../../src/core/values/egress.js";
import { isProviderAccessEntry } from "../../../src/core/values/provider-access.js";
import { type FormProblems, noProblems, problemsOf } from "./form-problems.js";
import type { CallProblem } from "./problem.js";
import { texts } from "./texts.js";

const words = texts.manage;

/** How soon people are reminded of a gate that waits. */
export type Reminder = keyof typeof words.remind;

const remindAfterS: Readonly<Record<Reminder, number | undefined>> = {
  never: undefined,
  quarter: 900,
  hour: 3_600,
  shift: 28_800,
};
const reminders = Object.keys(remindAfterS) as Reminder[];

/** Rules that are a number, empty where the default holds: the parts of the policy they are in, and what may be typed. */
const numbers = {
  usd: { whole: false, most: Number.POSITIVE_INFINITY },
  usdPerDay: { whole: false, most: Number.POSITIVE_INFINITY },
  usdPerMonth: { whole: false, most: Number.POSITIVE_INFINITY },
  tokens: { whole: true, most: Number.MAX_SAFE_INTEGER },
  warnPercent: { whole: false, most: 100 },
  expiryMinutes: { whole: false, most: 525_600 },
  remindTimes: { whole: true, most: 20 },
  maxHops: { whole: true, most: Number.MAX_SAFE_INTEGER },
  maxMessages: { whole: true, most: Number.MAX_SAFE_INTEGER },
  maxPairRun: { whole: true, most: Number.MAX_SAFE_INTEGER },
  maxEmptyExchanges: { whole: true, most: 10 },
} as const;
/** A rule that is typed as a number. */
export type NumberRule = keyof typeof numbers;
const numberRules = Object.keys(numbers) as NumberRule[];
/** A rule that is typed. */
export type TypedRule = NumberRule | "egress" | "providerAccess";
/** A field of the form. */
export type RuleField = TypedRule | "name";

/** What the form for a room's rules holds. A value: each function gives the next one and changes nothing. */
export interface RulesForm {
  readonly name: string;
  /** With every rule of the room; a rule that the form cannot show stays as it is. */
  readonly policy: Policy;
  /** The rules as the server gave them, to see what was changed here. */
  readonly loaded: Policy;
  readonly typed: Readonly<Record<TypedRule, string>>;
  readonly problems: FormProblems<RuleField>;
}

/** The form before the rules are known. */
export function openRulesForm(name: string): RulesForm {
  return { name, policy: {}, loaded: {}, typed: typedOf({}), problems: noProblems };
}

/** The rules came from the server. */
export function withRules(form: RulesForm, policy: Policy): RulesForm {
  return { ...form, policy, loaded: policy, typed: typedOf(policy) };
}

function typedOf({ budget, gateExpiry, gateReminder, loopGuard, egress, providerAccess }: Policy) {
  const guard = loopGuard === false ? undefined : loopGuard;
  const known: Record<NumberRule, number | undefined> = {
    usd: budget?.usd,
    usdPerDay: budget?.usdPerDay,
    usdPerMonth: budget?.usdPerMonth,
    tokens: budget?.tokens,
    warnPercent: budget?.warnAt === undefined ? undefined : budget.warnAt * 100,
    expiryMinutes: gateExpiry && gateExpiry.afterS / 60,
    remindTimes: gateReminder?.times,
    maxHops: guard?.maxHops,
    maxMessages: guard?.maxMessages,
    maxPairRun: guard?.maxPairRun,
    maxEmptyExchanges: guard?.maxEmptyExchanges === false ? 0 : guard?.maxEmptyExchanges,
  };
  const typed = Object.fromEntries(numberRules.map((rule) => [rule, shown(known[rule])])) as Record<NumberRule, string>;
  return { ...typed, egress: (egress ?? []).join("\n"), providerAccess: (providerAccess ?? []).join("\n") };
}

const shown = (value: number | undefined): string => (value === undefined ? "" : String(Math.round(value * 1e6) / 1e6));

/** One of the rules that are picked from a list was picked. */
export function withRule(form: RulesForm, rule: Pick<Policy, "gate" | "askIn">): RulesForm {
  return { ...form, policy: { ...form.policy, ...rule } };
}

/** The guard against loops was switched on or off. */
export function withLoopGuard(form: RulesForm, isOn: boolean): RulesForm {
  const { loopGuard: old, ...rest } = form.policy;
  return { ...form, policy: isOn ? { ...rest, ...(old && { loopGuard: old }) } : { ...rest, loopGuard: false } };
}

/** Something was typed; what was wrong there is not said any more. */
export function withTyped(form: RulesForm, field: RuleField, value: string): RulesForm {
  const { [field]: _gone, ...byField } = form.problems.byField;
  const problems = { byField };
  return field === "name"
    ? { ...form, name: value, problems }
    : { ...form, typed: { ...form.typed, [field]: value }, problems };
}

/** When people are reminded was picked; how often stays as it is. */
export function withReminder(form: RulesForm, choice: string): RulesForm {
  const { gateReminder: old, ...rest } = form.policy;
  const afterS = remindAfterS[choice as Reminder];
  return { ...form, policy: afterS === undefined ? rest : { ...rest, gateReminder: { ...old, afterS } } };
}

/** The reminder that the rules have; undefined where it is not one of the choices. */
export function reminderIn({ policy }: RulesForm): Reminder | undefined {
  return reminders.find((one) => remindAfterS[one] === policy.gateReminder?.afterS);
}

/** The form with what is wrong in it; without a problem it can be saved. */
export function checkedRules(form: RulesForm): RulesForm {
  const byField: Partial<Record<RuleField, string>> = {};
  for (const rule of numberRules) if (!isNumberRight(form, rule)) byField[rule] = words.badRule(rule);
  const host = entriesIn(form, "egress").find((entry) => !isEgressEntry(entry));
  if (host !== undefined) byField.egress = words.badHost(host);
  const access = entriesIn(form, "providerAccess").find((entry) => !isProviderAccessEntry(entry));
  if (access !== undefined) byField.providerAccess = words.badAccess(access);
  if (form.name.trim() === "") byField.name = words.needRoomName;
  return { ...form, problems: { byField } };
}

function isNumberRight({ typed }: RulesForm, rule: NumberRule): boolean {
  const text = typed[rule].trim();
  if (text === "") return true;
  const value = Number(text);
  const { whole, most } = numbers[rule];
  if (rule === "maxEmptyExchanges" && value === 0) return true;
  const least = rule === "maxEmptyExchanges" ? 2 : 0;
  return value > 0 && value >= least && value <= most && (!whole || Number.isInteger(value));
}

/** The server refused the rules. */
export function withRulesProblem(form: RulesForm, problem: CallProblem): RulesForm {
  return { ...form, problems: problemsOf(problem, fieldOfMember) };
}

function fieldOfMember(path: readonly (string | number)[]): RuleField | undefined {
  const [first, rule, part] = path;
  if (first === "name") return "name";
  if (rule === "budget") return part === "warnAt" ? "warnPercent" : numberRules.find((one) => one === (part ?? "usd"));
  if (rule === "gateExpiry") return "expiryMinutes";
  if (rule === "gateReminder") return "remindTimes";
  if (rule === "loopGuard") return numberRules.find((one) => one === (part ?? "maxHops"));
  return rule === "egress" || rule === "providerAccess" ? rule : undefined;
}

/** The rules to save. What was not changed here is taken from `newest`: the room's rules by now. */
export function rulesToSave(form: RulesForm, newest: Policy = form.loaded): { name: string; policy: Policy } {
  const here = policyIn(form);
  const rules = [...Object.keys(here), ...Object.keys(form.loaded)] as (keyof Policy)[];
  const changed = rules.filter((rule) => JSON.stringify(here[rule]) !== JSON.stringify(form.loaded[rule]));
  const policy = Object.fromEntries(Object.entries(newest).filter(([rule]) => !changed.includes(rule as keyof Policy)));
  const taken = changed.filter((rule) => here[rule] !== undefined);
  return {
    name: form.name.trim(),
    policy: { ...policy, ...Object.fromEntries(taken.map((rule) => [rule, here[rule]])) },
  };
}

function policyIn(form: RulesForm): Policy {
  const { policy, typed } = form;
  const { budget: _limits, egress: _hosts, providerAccess: _access, gateExpiry: _expiry, ...kept } = policy;
  const { loopGuard: _guard, gateReminder: reminder, ...rest } = kept;
  const number = (rule: NumberRule) => (typed[rule].trim() === "" ? undefined : Number(typed[rule]));
  const [warn, minutes, times, empties] = [
    number("warnPercent"),
    number("expiryMinutes"),
    number("remindTimes"),
    number("maxEmptyExchanges"),
  ];
  const budget = given({
    ...{ usd: number("usd"), usdPerDay: number("usdPerDay"), usdPerMonth: number("usdPerMonth") },
    ...{ tokens: number("tokens"), warnAt: warn === undefined ? undefined : warn / 100 },
  });
  const guard = given({
    ...{ maxHops: number("maxHops"), maxMessages: number("maxMessages"), maxPairRun: number("maxPairRun") },
    maxEmptyExchanges: empties === 0 ? (false as const) : empties,
  });
  return given({
    ...rest,
    gateReminder: reminder && given({ afterS: reminder.afterS, times }),
    loopGuard: policy.loopGuard === false ? false : someOf(guard),
    gateExpiry:
      minutes === undefined ? undefined : { afterS: Math.max(1, Math.round(minutes * 60)), then: "drop" as const },
    budget: someOf(budget),
    egress: someEntries(entriesIn(form, "egress")),
    providerAccess: someEntries(entriesIn(form, "providerAccess")),
  }) as Policy;
}

const someOf = <T extends object>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined);

const someEntries = (entries: string[]): string[] | undefined => (entries.length > 0 ? entries : undefined);

/** The members that are there. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const entriesIn = ({ typed }: RulesForm, rule: "egress" | "providerAccess") =>
  typed[rule].split(/[\s,]+/).filter((entry) => entry !== "");
