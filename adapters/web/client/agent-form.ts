import type { Budget } from "../../../src/core/room/policy.js";
import type { AgentBody, AgentDetails, ConfigureAgentBody } from "../../../src/protocol/agents.js";
import type { RoleView } from "../../../src/protocol/roles.js";
import { type FormProblems, noProblems, problemsOf } from "./form-problems.js";
import type { CallProblem } from "./problem.js";
import { texts } from "./texts.js";

const words = texts.manage;

const budgetFields = ["usd", "usdPerDay", "usdPerMonth", "tokens"] as const;
const agentFields = [
  "name",
  "role",
  "runtime",
  "model",
  "effort",
  "mode",
  "gate",
  ...budgetFields,
  "prompt",
  "initialPrompt",
] as const;
/** A field of the form for an agent. */
export type AgentField = (typeof agentFields)[number];

/** The settings of an agent as a form. A value: each function gives the next one. */
export interface AgentForm {
  readonly typed: Readonly<Record<AgentField, string>>;
  /** As it was before anything was typed. */
  readonly before: Readonly<Record<AgentField, string>>;
  /** Limits that the form does not show are sent again, for a budget replaces all of them. */
  readonly budget: Budget;
  readonly problems: FormProblems<AgentField>;
}

/** The roles and runtimes of this installation. */
export interface AgentChoices {
  roles: readonly RoleView[];
  runtimes: readonly string[];
}

/** The value of the gate field where the rule is one that the form cannot show. */
export const ruleByParts = "parts";

const empty = Object.fromEntries(agentFields.map((field) => [field, ""])) as Record<AgentField, string>;

/** The form of an agent, or of one that is to be added. */
export function openAgentForm(settings?: AgentDetails): AgentForm {
  const { gate, budget = {}, ...rest } = settings ?? { name: "", role: "", runtime: "" };
  const limits = Object.fromEntries(budgetFields.map((field) => [field, String(budget[field] ?? "")]));
  const { displayName: _shown, ...texts } = { displayName: "", ...rest };
  const typed = { ...empty, ...texts, ...limits, gate: gate === undefined ? "" : gateWord(gate) };
  return { typed, before: typed, budget, problems: noProblems };
}

const gateWord = (gate: NonNullable<AgentDetails["gate"]>): string => (typeof gate === "string" ? gate : ruleByParts);

/** Something was typed; what was wrong with that field is not said any more. */
export function withAgentField(form: AgentForm, field: AgentField, value: string): AgentForm {
  const { [field]: _gone, ...byField } = form.problems.byField;
  return { ...form, typed: { ...form.typed, [field]: value }, problems: { byField } };
}

/** The server refused it. */
export function withAgentProblem(form: AgentForm, problem: CallProblem): AgentForm {
  return { ...form, problems: problemsOf(problem, fieldOfMember) };
}

function fieldOfMember([member, limit]: readonly (string | number)[]): AgentField | undefined {
  const name = member === "budget" ? (limit ?? "usd") : member === "script" ? "prompt" : member;
  return agentFields.find((field) => field === name);
}

/** The form with what is wrong in it; without a problem it can be sent. */
export function checkedAgentForm(form: AgentForm): AgentForm {
  const byField: Partial<Record<AgentField, string>> = {};
  for (const field of budgetFields) {
    const text = form.typed[field].trim();
    if (text === "") continue;
    const isRight = Number(text) > 0 && (field !== "tokens" || Number.isInteger(Number(text)));
    if (!isRight) byField[field] = field === "tokens" ? words.badTokens : words.badBudget;
  }
  if (form.before.name === "" && form.typed.name.trim() === "") byField.name = words.needName;
  return { ...form, problems: { byField } };
}

/** Whether anything was typed that is not saved. */
export function isAgentFormChanged({ typed, before }: AgentForm): boolean {
  return agentFields.some((field) => typed[field] !== before[field]);
}

/** The changed settings of an agent that is in the room; undefined: none. An emptied limit ends, emptied instructions are none. */
export function agentChanges(form: AgentForm): ConfigureAgentBody | undefined {
  const { typed, before } = form;
  const isChanged = (field: AgentField) => typed[field].trim() !== before[field].trim();
  const named = (["role", "model", "effort", "mode"] as const).filter(
    (field) => isChanged(field) && typed[field].trim(),
  );
  const body: ConfigureAgentBody = {
    ...Object.fromEntries(named.map((field) => [field, typed[field].trim()])),
    ...(isChanged("gate") && gateOf(typed.gate)),
    ...(isChanged("prompt") && { prompt: typed.prompt }),
    ...(budgetFields.some(isChanged) && { budget: budgetOf(form) }),
  };
  return Object.keys(body).length === 0 ? undefined : body;
}

/** The agent to add. */
export function agentToAdd(form: AgentForm): AgentBody {
  const { typed } = form;
  const given = (["role", "runtime", "model", "effort", "mode"] as const).filter((field) => typed[field].trim() !== "");
  const budget = budgetOf(form);
  return {
    name: typed.name.trim(),
    ...Object.fromEntries(given.map((field) => [field, typed[field].trim()])),
    ...gateOf(typed.gate),
    ...(typed.prompt.trim() !== "" && { prompt: typed.prompt }),
    ...(typed.initialPrompt.trim() !== "" && { initialPrompt: typed.initialPrompt }),
    ...(Object.keys(budget).length > 0 && { budget }),
  };
}

function gateOf(word: string): { gate?: "never" | "first" | "always" } {
  return word === "never" || word === "first" || word === "always" ? { gate: word } : {};
}

function budgetOf({ typed, budget }: AgentForm): Budget {
  const limits: Budget = budget.warnAt === undefined ? {} : { warnAt: budget.warnAt };
  for (const field of budgetFields) if (typed[field].trim() !== "") limits[field] = Number(typed[field]);
  return limits;
}
