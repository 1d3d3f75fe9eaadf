import { describe, expect, test } from "vitest";
import {
  addPending,
  addressOf,
  dropPending,
  pendingAgain,
  pendingFailed,
  pendingSent,
} from "../../adapters/web/client/pending.js";
import { applyPresence, myRole } from "../../adapters/web/client/room-state.js";
import type { RoomView } from "../../src/protocol/rooms.js";
import { following, frame, message, open, posted, started, status, view } from "./support/room-fixture.js";

describe("an own message on its way", () => {
  const sending = (typed = "@coder hello") => addPending(open(), { key: "k", typed, at: 1 });

  test("has the same recipients as at the server", () => {
    expect(addressOf("@coder and @reviewer: hello", open())).toEqual({ to: ["coder", "reviewer"], body: "hello" });
    expect(addressOf("hello @coder", open())).toEqual({ to: "room", body: "hello @coder" });
    expect(addressOf("@all hello", open()).to).toBe("room");
  });

  test("appears once, for either order of answer and event", () => {
    const event = frame(11, posted("m", { to: ["coder"], body: "hello" }));
    const answered = pendingSent(sending(), "k", "m");
    expect(answered.pending).toMatchObject([{ state: "sent", messageId: "m" }]);
    expect(following(answered, event).pending).toEqual([]);
    const shown = following(sending(), event);
    expect(shown.pending).toEqual([]);
    expect(pendingSent(shown, "k", "m").pending).toEqual([]);
    expect(shown.entries.map(({ id }) => id)).toEqual(["m"]);
  });

  test("disappears when the log has shown it in other words before the server answered", () => {
    const typed = { key: "k", typed: "hello\u200b", at: 1 };
    const shown = addPending(open([message("m", 9, { body: "hello" })]), typed);
    expect(shown.pending).toHaveLength(1);
    expect(pendingSent(shown, "k", "m").pending).toEqual([]);
  });

  test("does not disappear for another person's message of the same text", () => {
    expect(following(sending(), frame(11, posted("m", { from: "zoe", body: "hello" }))).pending).toHaveLength(1);
  });

  test("shows why it failed, and can be sent again or discarded", () => {
    const failed = pendingFailed(sending(), "k", { status: 422, code: "invalid", detail: "no" });
    expect(failed.pending[0]).toMatchObject({ state: "failed", typed: "@coder hello", problem: { detail: "no" } });
    expect(pendingAgain(failed, "k").pending[0]).not.toHaveProperty("problem");
    expect(dropPending(failed, "k").pending).toEqual([]);
  });
});

describe("presence", () => {
  const seen = (version: number, changes: Record<string, Partial<RoomView["participants"][number]>>): RoomView => ({
    ...view,
    version,
    participants: view.participants.map((known) => ({ ...known, ...changes[known.name] })),
  });

  test("shows presence; an agent's work comes from the log unless the picture is of the same version", () => {
    const state = following(open(), frame(11, started("coder", [])));
    const older = applyPresence(state, seen(10, { coder: { status: "idle" }, mia: { status: "offline" } }));
    expect(status(older, "coder")).toBe("working");
    expect(status(older, "mia")).toBe("offline");
    const same = applyPresence(state, seen(11, { coder: { status: "waiting" } }));
    expect(status(same, "coder")).toBe("waiting");
    expect(status(applyPresence(state, seen(12, { coder: { status: "offline" } })), "coder")).toBe("offline");
  });

  test("is the same object when nothing changed", () => {
    const state = open();
    expect(applyPresence(state, view)).toBe(state);
  });

  test("the person's role comes from the room; unknown means viewer", () => {
    expect(myRole(open())).toBe("approver");
    expect(myRole({ ...open(), me: "nobody" })).toBe("viewer");
  });
});
