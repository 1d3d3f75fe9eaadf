import type { Policy } from "../../../src/core/room/policy.js";
import { isEgressEntry } from "../../../src/core/values/egress.js";
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

/** What the form for a room's rules holds. A value: each function gives the next one and changes nothing. */
export interface RulesForm {
  readonly name: string;
  /** With every rule of the room; those the form does not show stay as they are. */
  readonly policy: Policy;
  /** US dollars as typed; empty: no limit. */
  readonly budget: string;
  /** Hosts as typed, apart by white space or commas. */
  readonly egress: string;
  /** The problem, in words. */
  readonly problem?: string;
}

/** The form before the rules are known. */
export function openRulesForm(name: string): RulesForm {
  return { name, policy: {}, budget: "", egress: "" };
}

/** The rules came from the server. */
export function withRules(form: RulesForm, policy: Policy): RulesForm {
  return { ...form, policy, budget: String(policy.budget?.usd ?? ""), egress: (policy.egress ?? []).join("\n") };
}

/** One of the rules that are picked from a list was picked. */
export function withRule(form: RulesForm, rule: Pick<Policy, "gate" | "askIn">): RulesForm {
  return { ...form, policy: { ...form.policy, ...rule } };
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

/** Looks for what is wrong with the form; without a `problem` it can be saved. */
export function checkedRules({ problem: _, ...form }: RulesForm): RulesForm {
  const usd = usdIn(form);
  if (usd !== undefined && !(usd > 0)) return { ...form, problem: words.badBudget };
  const wrong = hostsIn(form).find((entry) => !isEgressEntry(entry));
  return wrong === undefined ? form : { ...form, problem: words.badHost(wrong) };
}

/** The rules to save. */
export function rulesToSave(form: RulesForm): { name: string; policy: Policy } {
  const { budget: old, egress: _hosts, ...rest } = form.policy;
  const { usd: _usd, ...otherLimits } = old ?? {};
  const [usd, hosts] = [usdIn(form), hostsIn(form)];
  const limits = { ...otherLimits, ...(usd !== undefined && { usd }) };
  const policy = {
    ...rest,
    ...(Object.keys(limits).length > 0 && { budget: limits }),
    ...(hosts.length > 0 && { egress: hosts }),
  };
  return { name: form.name, policy };
}

const usdIn = ({ budget }: RulesForm) => (budget.trim() === "" ? undefined : Number(budget));

const hostsIn = ({ egress }: RulesForm) => egress.split(/[\s,]+/).filter((entry) => entry !== "");
