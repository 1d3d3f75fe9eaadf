import { expect, test } from "vitest";
import { describeRoom } from "../../../../src/runtime/chat/inbound/describe.js";
import { reachabilityIn } from "../../../../src/runtime/chat/outbound/lease.js";
import { rootCard } from "../../../../src/runtime/chat/outbound/live-cards.js";
import { publicPicture } from "../../../../src/runtime/rooms/picture.js";
import { given } from "../../../support/given.js";
import { continueGate, roomOf } from "../../../support/room-builder.js";
import { resolve } from "../../../support/room-commands.js";

test("the root card and the room description report halted agents until a person decides", () => {
  const halted = given(roomOf(["coder"])).and(continueGate("coder"));
  const told = ({ room }: typeof halted) => [
    rootCard(room, "http://x/r/1", () => true).state,
    describeRoom(publicPicture(room, reachabilityIn(undefined)), ""),
  ];
  expect(told(halted)).toEqual(["halted", expect.stringMatching(/^Reports: halted\n/)]);
  const decided = halted.when(resolve("mia", "continue-1", "continue")).scene;
  expect(told(decided)).toEqual(["active", expect.stringMatching(/^Reports: active\n/)]);
  expect(told(halted.and({ type: "room.paused" }))[0]).toBe("paused");
});

test("the root card has a button to the page, not a link, and only where the page has an address", () => {
  const { room } = given(roomOf(["coder"]));
  const labelled = (url: string | undefined) =>
    rootCard(room, url, () => true).buttons.filter(({ label }) => label === "Open in browser");
  expect(labelled("https://rooms.example.org/r/1")).toEqual([
    { kind: "press", id: "r:r1:open", label: "Open in browser", style: "plain" },
  ]);
  expect(labelled(undefined)).toEqual([]);
});
