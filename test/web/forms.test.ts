import { describe, expect, test } from "vitest";
import {
  checkedLink,
  type JoinFormState,
  joinRequest,
  openJoinForm,
  refusedJoin,
  submitted,
  withCode,
  withDisplayName,
} from "../../adapters/web/client/join-form.js";
import type { Problem } from "../../adapters/web/client/problem.js";
import {
  checkedRules,
  openRulesForm,
  type RulesForm,
  reminderIn,
  rulesToSave,
  withReminder,
  withRule,
  withRules,
} from "../../adapters/web/client/rules-form.js";
import { texts } from "../../adapters/web/client/texts.js";

const problem = (status: number, more: Partial<Problem> = {}): Problem => ({
  status,
  code: "x",
  detail: "no",
  ...more,
});

describe("the form for joining", () => {
  const form: JoinFormState = { code: "a-code", displayName: "Mia", step: "editing" };
  const words = texts.join.problem;

  test.each<[string, JoinFormState, Partial<JoinFormState>]>([
    ["opens for a name where there is no code", openJoinForm("", "Mia"), { step: "editing", displayName: "Mia" }],
    ["tries a code first that may belong to somebody", openJoinForm("https://x/#personal", ""), { step: "checking" }],
    [
      "keeps a suggestion while the code changes",
      withCode({ ...form, suggested: "mia-2" }, "b"),
      { suggested: "mia-2" },
    ],
    ["asks for a code", submitted(withCode(form, " ")), { step: "editing", problem: words.needCode }],
    ["asks for a name", submitted(withDisplayName(form, " ")), { step: "editing", problem: words.needName }],
    ["waits for the answer", submitted({ ...form, problem: "old" }), { step: "joining" }],
    [
      "offers the free name that the server suggests",
      refusedJoin({ ...form, step: "joining" }, problem(409, { suggestion: "mia-2" }), "mia"),
      { step: "editing", suggested: "mia-2", problem: words.taken("mia", "mia-2") },
    ],
    ["says that a code is unknown", refusedJoin(form, problem(404), "mia"), { problem: words.unknown }],
    [
      "says how long to wait",
      refusedJoin(form, problem(429, { retryAfterS: 7 }), "mia"),
      { problem: words.tooMany(7) },
    ],
    ["says what is wrong with the code of a link", checkedLink(form, problem(404), "mia"), { problem: words.unknown }],
  ])("%s", (_, state, expected) => {
    expect(state).toMatchObject(expected);
  });

  test("forgets a suggestion when another name is typed, and a problem when it is sent again", () => {
    expect(withDisplayName({ ...form, suggested: "mia-2" }, "Ann")).toEqual({ ...form, displayName: "Ann" });
    expect(submitted({ ...form, problem: "old" })).toEqual({ ...form, step: "joining" });
    expect(checkedLink({ ...form, step: "checking" }, problem(422), "")).toEqual(form);
  });

  test("sends the code of a link, the name as it is read, and a suggestion that was taken", () => {
    const state = { ...form, code: "http://x/#a b", displayName: " Mia ", suggested: "mia-2" };
    expect(joinRequest(state)).toEqual({ code: "ab", displayName: "Mia", name: "mia-2" });
    expect(joinRequest(form)).toEqual({ code: "a-code", displayName: "Mia" });
  });
});

describe("the form for a room's rules", () => {
  const words = texts.manage;
  const rules = { gate: "first", budget: { usd: 5, tokens: 9 }, egress: ["a.example", "b.example"] } as const;
  const open: RulesForm = withRules(openRulesForm("Room"), { ...rules, egress: [...rules.egress] });

  test("shows the rules and saves them unchanged", () => {
    expect(open).toMatchObject({ name: "Room", budget: "5", egress: "a.example\nb.example" });
    expect(rulesToSave(open)).toEqual({ name: "Room", policy: rules });
  });

  test("saves what was picked and typed, and keeps limits it does not show", () => {
    const changed = { ...withRule(open, { askIn: "approvers" }), budget: "", egress: " c.example,\n*.d.example " };
    expect(rulesToSave(changed).policy).toEqual({
      gate: "first",
      askIn: "approvers",
      budget: { tokens: 9 },
      egress: ["c.example", "*.d.example"],
    });
    expect(rulesToSave(withRules(open, {})).policy).toEqual({});
  });

  test("knows the reminders it offers, and leaves others as they are", () => {
    const hourly = withReminder(withRules(open, { gateReminder: { afterS: 77, times: 3 } }), "hour");
    expect([reminderIn(hourly), hourly.policy.gateReminder]).toEqual(["hour", { afterS: 3_600, times: 3 }]);
    expect(withReminder(hourly, "never").policy.gateReminder).toBeUndefined();
    expect(reminderIn(withRules(open, { gateReminder: { afterS: 77 } }))).toBeUndefined();
    expect(reminderIn(open)).toBe("never");
  });

  test.each([
    ["0", "", words.badBudget],
    ["-1", "", words.badBudget],
    ["five", "", words.badBudget],
    ["1", "no host", words.badHost("no")],
    ["", "", undefined],
    ["0.5", "a.example:8443", undefined],
  ])("looks at a budget of %j and hosts of %j", (budget, egress, expected) => {
    expect(checkedRules({ ...open, problem: "old", budget, egress }).problem).toBe(expected);
  });
});
