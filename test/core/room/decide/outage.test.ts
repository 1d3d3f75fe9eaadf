import { expect, test } from "vitest";
import type { BeginOutage } from "../../../../src/core/room/open-outage.js";
import { fromSnapshot, toSnapshot } from "../../../../src/core/room/snapshot.js";
import { perform, tell } from "../../../support/long-story.js";

const nothing = { commits: 1, agents: 3 };
const story = () => tell(() => [], nothing);
const begin = (node: string, more: Partial<BeginOutage> = {}): BeginOutage => ({
  ...{ type: "outage.begin", node, onlyNode: false, text: "Docker does not answer.", about: "coder" },
  ...{ sinceMs: Date.UTC(2026, 0, 5), why: "Docker does not answer", cutOff: [], ...more },
});
const noticesOf = ({ log }: ReturnType<typeof story>) =>
  log.flatMap(({ events }) => events.flatMap((event) => (event?.type === "notice.posted" ? [event.text] : [])));

test("an outage is announced once for each node, and its end once", () => {
  const room = story();
  for (const node of ["a", "a", "b"]) perform(room, begin(node));
  expect(noticesOf(room)).toHaveLength(2);
  for (const node of ["a", "a", "c"]) perform(room, { type: "outage.end", node, onlyNode: false, cutOff: [] });
  expect(noticesOf(room)).toHaveLength(3);
  expect(Object.keys(room.room.outages ?? {})).toEqual(["b"]);
  expect(fromSnapshot("r1", JSON.parse(JSON.stringify(toSnapshot(room.room).state))).outages).toEqual(
    room.room.outages,
  );
});

test("the only process answers for outages that other nodes announced", () => {
  const room = story();
  perform(room, begin("a", { cutOff: ["coder"] }));
  perform(room, begin("renamed", { onlyNode: true }));
  perform(room, { type: "outage.end", node: "renamed", onlyNode: true, cutOff: ["tester"] });
  expect(noticesOf(room).at(-1)).toMatch(/delivered again: coder, tester\.$/);
  expect(noticesOf(room)).toHaveLength(2);
  expect(room.room.outages).toBeUndefined();
});

test("a room remembers a few outages, with a few names each", () => {
  const room = story();
  const cutOff = Array.from({ length: 500 }, (_, n) => `agent-${n}`);
  for (let node = 0; node < 100; node++) perform(room, begin(`node-${node}`, { cutOff, why: "x".repeat(5_000) }));
  expect(Object.keys(room.room.outages ?? {})).toHaveLength(8);
  expect(JSON.stringify(room.room.outages).length).toBeLessThan(8 * 1_024);
});
