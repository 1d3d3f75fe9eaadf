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
import type { CallProblem } from "../../adapters/web/client/problem.js";
import {
  checkedRules,
  openRulesForm,
  type RuleField,
  type RulesForm,
  reminderIn,
  rulesToSave,
  withLoopGuard,
  withReminder,
  withRule,
  withRules,
  withRulesProblem,
  withTyped,
} from "../../adapters/web/client/rules-form.js";
import { texts } from "../../adapters/web/client/texts.js";
import type { Policy } from "../../src/core/room/policy.js";

const problem = (status: number, more: Partial<CallProblem> = {}): CallProblem => ({
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
  const rules: Policy = {
    gate: "first",
    budget: { usd: 5, tokens: 9, warnAt: 0.5 },
    egress: ["a.example", "b.example"],
    loopGuard: { maxHops: 9, maxEmptyExchanges: false },
    gateExpiry: { afterS: 90, then: "drop" },
    providerAccess: ["web_search"],
  };
  const open: RulesForm = withRules(openRulesForm("Room"), rules);
  const type = (form: RulesForm, typed: Partial<Record<RuleField, string>>) =>
    Object.entries(typed).reduce((next, [field, value]) => withTyped(next, field as RuleField, value), form);

  test("shows the rules and saves them unchanged", () => {
    expect(open.typed).toMatchObject({
      ...{ usd: "5", tokens: "9", warnPercent: "50", egress: "a.example\nb.example", maxHops: "9" },
      ...{ maxEmptyExchanges: "0", expiryMinutes: "1.5", providerAccess: "web_search", maxPairRun: "" },
    });
    expect(rulesToSave(open)).toEqual({ name: "Room", policy: rules });
  });

  test("saves what was picked and typed", () => {
    const typed = {
      usd: "",
      usdPerDay: "2.5",
      warnPercent: "",
      egress: " c.example,\n*.d.example ",
      expiryMinutes: "",
    };
    const changed = type(withRule(open, { askIn: "approvers" }), {
      ...typed,
      maxEmptyExchanges: "4",
      providerAccess: "",
    });
    expect(rulesToSave(changed).policy).toEqual({
      gate: "first",
      askIn: "approvers",
      budget: { tokens: 9, usdPerDay: 2.5 },
      egress: ["c.example", "*.d.example"],
      loopGuard: { maxHops: 9, maxEmptyExchanges: 4 },
    });
    expect(rulesToSave(withRules(open, {})).policy).toEqual({});
  });

  test("keeps what somebody else changed meanwhile, where it was not changed here", () => {
    const newest: Policy = { ...rules, gate: "always", egress: ["other.example"] };
    const { policy } = rulesToSave(type(open, { egress: "mine.example" }), newest);
    expect(policy).toEqual({ ...rules, gate: "always", egress: ["mine.example"] });
    expect(rulesToSave(type(open, { expiryMinutes: "" }), newest).policy.gateExpiry).toBeUndefined();
  });

  test("switches the guard against loops off and on", () => {
    const off = withLoopGuard(open, false);
    expect(rulesToSave(off).policy.loopGuard).toBe(false);
    expect(rulesToSave(withLoopGuard(off, true)).policy.loopGuard).toEqual(rules.loopGuard);
  });

  test("knows the reminders it offers, and leaves others as they are", () => {
    const hourly = withReminder(withRules(open, { gateReminder: { afterS: 77, times: 3 } }), "hour");
    expect([reminderIn(hourly), rulesToSave(hourly).policy.gateReminder]).toEqual([
      "hour",
      { afterS: 3_600, times: 3 },
    ]);
    expect(withReminder(hourly, "never").policy.gateReminder).toBeUndefined();
    expect(reminderIn(withRules(open, { gateReminder: { afterS: 77 } }))).toBeUndefined();
    expect(reminderIn(open)).toBe("never");
  });

  test.each([
    ["usd", "0", words.badRule("usd")],
    ["usdPerDay", "-1", words.badRule("usdPerDay")],
    ["usd", "five", words.badRule("usd")],
    ["tokens", "1.5", words.badRule("tokens")],
    ["warnPercent", "101", words.badRule("warnPercent")],
    ["maxEmptyExchanges", "1", words.badRule("maxEmptyExchanges")],
    ["maxEmptyExchanges", "11", words.badRule("maxEmptyExchanges")],
    ["expiryMinutes", "-2", words.badRule("expiryMinutes")],
    ["egress", "ok.example no_host", words.badHost("no_host")],
    ["providerAccess", "web_search magic", words.badAccess("magic")],
    ["name", "  ", words.needRoomName],
  ] as const)("says at %s what is wrong with %j, until something else is typed there", (field, value, problem) => {
    const checked = checkedRules(type(open, { [field]: value }));
    expect(checked.problems.byField).toEqual({ [field]: problem });
    expect(type(checked, { [field]: "1" }).problems.byField).toEqual({});
  });

  test("says a refusal of the server at its field, and what has none below", () => {
    const issues = [
      { path: ["policy", "budget", "usdPerDay"], message: "too much" },
      { path: ["policy", "loopGuard", "maxHops"], message: "too small" },
      { path: ["policy", "new"], message: "unknown" },
    ];
    const refused = withRulesProblem(open, { ...problem(422), issues });
    expect(refused.problems).toEqual({
      byField: { usdPerDay: "Too much.", maxHops: "Too small." },
      rest: "Policy.new: unknown.",
    });
    expect(withRulesProblem(open, { ...problem(403), detail: "not yours" }).problems).toEqual({
      byField: {},
      rest: "Not yours.",
    });
  });
});
