import { signal } from "@preact/signals";
import { describe, expect, test } from "vitest";
import type { RoomApi } from "../../adapters/web/client/api.js";
import { createOutbox } from "../../adapters/web/client/outbox.js";
import type { KeptMessage, RoomState } from "../../adapters/web/client/room-state.js";
import { LIMITS } from "../../src/core/room/limits.js";
import { open } from "./support/room-fixture.js";

const noAnswer = { ok: false, problem: { status: 0, code: "no_answer", detail: "" } } as const;

/** The outbox of a page. `kept`: what an earlier page of the browser left. The server may answer calls before the stream is live again. */
function openOutbox({ kept = [] }: { kept?: KeptMessage[] } = {}) {
  const state = signal<RoomState | undefined>(open());
  const connection = { answers: true, isLive: true };
  const posted: string[] = [];
  const stored = new Map(kept.map((message) => [message.key, message]));
  const post: RoomApi["post"] = async (typed) => {
    if (!connection.answers) return noAnswer;
    posted.push(typed);
    return { ok: true, value: { messageId: `m-${typed}`, version: 11, to: "room" } } as Awaited<
      ReturnType<RoomApi["post"]>
    >;
  };
  const outbox = createOutbox({
    state,
    update: (change) => {
      if (state.value) state.value = change(state.value);
    },
    api: { post },
    kept: {
      messages: () => [...stored.values()],
      keep: (message) => void stored.set(message.key, message),
      drop: (key) => void stored.delete(key),
    },
    isLive: () => connection.isLive,
  });
  const pending = () => state.value?.pending.map(({ typed, state: at, problem }) => [typed, at, problem?.code]) ?? [];
  return { outbox, connection, posted, pending };
}

const steers = { steers: false };
/** Everything that needs no time has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a message stays behind an earlier one that waits for the connection, though the server would take it", async () => {
  const { outbox, connection, posted, pending } = openOutbox();
  Object.assign(connection, { answers: false, isLive: false });
  outbox.send("first", steers);
  await settled();
  connection.answers = true;
  outbox.send("second", steers);
  await settled();
  expect(posted).toEqual([]);
  expect(pending().map(([typed, at]) => [typed, at])).toEqual([
    ["first", "sending"],
    ["second", "sending"],
  ]);
  connection.isLive = true;
  outbox.connected();
  outbox.send("third", steers);
  await expect.poll(() => posted).toEqual(["first", "second", "third"]);
});

describe("messages that an earlier page could not confirm", () => {
  const ageMs = (ms: number): number => Date.now() - ms;

  test("are sent again by themselves while the server surely knows their key, and else wait for the person", async () => {
    const recent = { key: "recent", typed: "recent", at: ageMs(60_000) };
    const old = { key: "old", typed: "old", at: ageMs(LIMITS.idempotencyKeyAgeMs) };
    const { outbox, posted, pending } = openOutbox({ kept: [old, recent] });
    outbox.restore();
    await expect.poll(() => posted).toEqual(["recent"]);
    expect(pending()).toContainEqual(["old", "failed", "written_long_ago"]);
    outbox.sendAgain("old");
    await expect.poll(() => posted).toEqual(["recent", "old"]);
  });
});
