import { expect, test } from "vitest";
import { eventLines } from "../../../src/cli/event-lines.js";
import { createRoster } from "../../../src/cli/roster.js";
import { unicodeSymbols } from "../../../src/cli/symbols.js";
import { withScriptRemark } from "../../../src/core/values/script-remark.js";
import { describePeople, describeRoom } from "../../../src/runtime/chat/inbound/describe.js";
import { reachabilityIn } from "../../../src/runtime/chat/outbound/lease.js";
import { rootCard } from "../../../src/runtime/chat/outbound/live-cards.js";
import { publicPicture } from "../../../src/runtime/rooms/picture.js";
import { given } from "../../support/given.js";
import { agent, created, person } from "../../support/room-builder.js";

const script = agent("coder");
const model = agent("writer", { runtime: "claude-code" });
const { room } = given([created(), person("mia", "owner"), script, model]);

test("the remark stands behind an agent with a script, and behind nobody else", () => {
  expect(withScriptRemark("coder", { runtime: "scripted" })).toBe("coder (follows a script, no model)");
  expect(["claude-code", "external", undefined].map((runtime) => withScriptRemark("a", { runtime }))).toEqual([
    "a",
    "a",
    "a",
  ]);
});

test("the first post of a thread says it of each agent with a script", () => {
  const told = rootCard(room, undefined, () => true).participants.map(({ name, status }) => [name, status]);
  expect(told).toEqual([
    ["mia", ""],
    ["coder", "idle · follows a script, no model"],
    ["writer", "idle"],
  ]);
});

test("a description of a room or its people in a chat says it", () => {
  const picture = publicPicture(room, reachabilityIn(undefined));
  expect(describeRoom(picture, undefined)).toContain("Agents: coder (follows a script, no model), writer\n");
  const lines = describePeople(picture).split("\n");
  expect(lines.filter((line) => line.includes("follows a script, no model"))).toEqual([
    expect.stringContaining("@coder"),
  ]);
});

test("the line of an agent's arrival in a terminal says it", () => {
  const describing = { symbols: unicodeSymbols, roster: createRoster([]), room: "demo" };
  const said = [script, model].map((event) => JSON.stringify(eventLines(event, describing)));
  expect(said.map((text) => text.includes("follows a script, no model"))).toEqual([true, false]);
});
