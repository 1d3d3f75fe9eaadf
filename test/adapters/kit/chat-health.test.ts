import { expect, test } from "vitest";
import { type ChatHealthFacts, chatHealth } from "../../../adapters/kit/chat-health.js";

const again = "It is tried again, and what was written meanwhile is read then.";

test.each<[string, ChatHealthFacts, object]>([
  ["good", { problem: undefined }, { ok: true }],
  ["limited", { problem: undefined, limitation: "Less." }, { ok: true, detail: "Less." }],
  ["without a good token", { problem: "Wrong." }, { ok: false, detail: "Wrong." }],
  ["deaf", { problem: undefined, deaf: "Deaf." }, { ok: false, detail: `Deaf. ${again}` }],
  ["all of it", { problem: "P.", deaf: "D.", limitation: "L." }, { ok: false, detail: `P. D. ${again} L.` }],
])("a chat that is %s says so", (_what, facts, health) => {
  expect(chatHealth(facts)).toEqual(health);
});
