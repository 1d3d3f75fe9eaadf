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
