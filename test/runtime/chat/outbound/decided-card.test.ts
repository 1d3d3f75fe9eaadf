import { expect, test } from "vitest";
import type { Room } from "../../../../src/core/room/room.js";
import { decidedCard } from "../../../../src/runtime/chat/outbound/settle-cards.js";

const card = {
  gateId: "g1",
  version: 19,
  index: 0,
  target: { kind: "thread" as const, channel: "C", thread: "1" },
  ids: ["2"],
};
const roomAt = (version: number, ...open: string[]): Pick<Room, "version" | "gates"> => ({
  version,
  gates: new Map(open.map((gateId) => [gateId, {}])) as unknown as Room["gates"],
});

test("keeps the buttons of a card whose gate the room in memory has not reached yet", () => {
  expect(decidedCard(roomAt(18), [card])).toBeUndefined();
  expect(decidedCard(roomAt(19, "g1"), [card])).toBeUndefined();
  expect(decidedCard(roomAt(20), [card])).toBe(card);
});
