import { describe, expect, test } from "vitest";
import type { RoomEvent } from "../../../src/core/room/event.js";
import { formatNeededBy } from "../../../src/core/room/format.js";
import { policySchema } from "../../../src/core/room/policy.js";

const configured = (policy: object): RoomEvent => ({ type: "room.configured", policy }) as RoomEvent;

describe("the format that a policy needs", () => {
  test.each([
    ["none", {}],
    [
      "every member of the first version",
      {
        gate: { to: ["mia"] },
        askIn: "approvers",
        loopGuard: { maxHops: 3, maxMessages: 4, maxPairRun: 5 },
        gateExpiry: { afterS: 60, then: "drop" },
        gateReminder: { afterS: 60, times: 2 },
        budget: { usd: 1, tokens: 2 },
        egress: ["example.com"],
      },
    ],
    ["no loop guard", { loopGuard: false }],
  ])("is 1 for %s", (_what, policy) => {
    expect(policySchema.safeParse(policy).success).toBe(true);
    expect(formatNeededBy([configured(policy)])).toBe(1);
  });

  test.each([
    ["a new member", { rules: [] }],
    ["a member named like one of every object", { constructor: 1 }],
    ["a new member of the loop guard", { loopGuard: { maxHops: 3, maxEchoes: 3 } }],
    ["a limit of empty exchanges", { loopGuard: { maxEmptyExchanges: 4 } }],
    ["a new member of a budget", { budget: { usd: 1, usdPerDay: 1 } }],
    ["a new member of a reminder", { gateReminder: { afterS: 60, to: ["mia"] } }],
  ])("is 2 for %s, which the first version refuses with the whole commit", (_what, policy) => {
    expect(formatNeededBy([configured(policy)])).toBe(2);
  });

  test("is 2 for an agent's budget with a new member", () => {
    const joined = (budget: object) => ({ type: "participant.configured", name: "coder", budget }) as RoomEvent;
    expect(formatNeededBy([joined({ usd: 1 })])).toBe(1);
    expect(formatNeededBy([joined({ usd: 1, usdPerDay: 1 })])).toBe(2);
  });
});
