import { describe, expect, test } from "vitest";
import {
  type AgentField,
  type AgentForm,
  agentChanges,
  agentToAdd,
  checkedAgentForm,
  isAgentFormChanged,
  openAgentForm,
  withAgentField,
  withAgentProblem,
} from "../../adapters/web/client/agent-form.js";
import { texts } from "../../adapters/web/client/texts.js";
import type { AgentDetails } from "../../src/protocol/agents.js";

const words = texts.manage;
const settings: AgentDetails = {
  ...{ name: "coder", displayName: "Coder", role: "coder", runtime: "scripted", model: "m-1", prompt: "Be brief." },
  ...{ gate: "first", budget: { usd: 5, tokens: 9, warnAt: 0.5 } },
};
const type = (form: AgentForm, typed: Partial<Record<AgentField, string>>) =>
  Object.entries(typed).reduce((next, [field, value]) => withAgentField(next, field as AgentField, value), form);

describe("the form for an agent", () => {
  const open = openAgentForm(settings);

  test("shows what the agent works by, and sends nothing while nothing is changed", () => {
    expect(open.typed).toMatchObject({ role: "coder", model: "m-1", gate: "first", usd: "5", tokens: "9", effort: "" });
    expect([agentChanges(open), isAgentFormChanged(open)]).toEqual([undefined, false]);
  });

  test("sends what was changed alone, and with one limit all limits of the agent", () => {
    const changed = type(open, { gate: "always", usd: "7" });
    expect(agentChanges(changed)).toEqual({ gate: "always", budget: { usd: 7, tokens: 9, warnAt: 0.5 } });
    expect(agentChanges(type(open, { effort: " high ", usdPerDay: "1" }))).toEqual({
      effort: "high",
      budget: { usd: 5, usdPerDay: 1, tokens: 9, warnAt: 0.5 },
    });
  });

  test("lifts limits and empties instructions, but leaves what cannot be empty", () => {
    const emptied = type(open, { usd: "", tokens: "", prompt: "", model: "" });
    expect(agentChanges(emptied)).toEqual({ budget: { warnAt: 0.5 }, prompt: "" });
  });

  test("leaves a gate by recipients as it is", () => {
    const byParts = openAgentForm({ ...settings, gate: { to: ["mia"] } });
    expect(agentChanges(type(byParts, { model: "m-2" }))).toEqual({ model: "m-2" });
  });

  test("adds an agent with what was given", () => {
    const added = type(openAgentForm(), { name: " zed ", role: "coder", usd: "2", initialPrompt: "Begin." });
    expect(agentToAdd(added)).toEqual({ name: "zed", role: "coder", initialPrompt: "Begin.", budget: { usd: 2 } });
    expect(agentToAdd(type(openAgentForm(), { name: "zed", gate: "never" }))).toEqual({ name: "zed", gate: "never" });
  });

  test.each([
    [settings, { usd: "a lot" }, { usd: words.badBudget }],
    [settings, { usdPerMonth: "0" }, { usdPerMonth: words.badBudget }],
    [settings, { tokens: "1.5" }, { tokens: words.badTokens }],
    [undefined, {}, { name: words.needName }],
    [settings, { usd: "0.5" }, {}],
  ])("says at the field what is wrong with %#", (given, typed, problems) => {
    expect(checkedAgentForm(type(openAgentForm(given), typed)).problems.byField).toEqual(problems);
  });

  test("says a refusal of the server at its field, until something else is typed there", () => {
    const issues = [{ path: ["model"], message: "there is no such model" }];
    const typed = type(open, { model: "m-9", prompt: "Long." });
    const refused = withAgentProblem(typed, { status: 422, code: "invalid", detail: "model: …", issues });
    expect(refused.problems.byField).toEqual({ model: "There is no such model." });
    expect(refused.typed).toEqual(typed.typed);
    expect(type(refused, { model: "m-2" }).problems.byField).toEqual({});
  });
});
