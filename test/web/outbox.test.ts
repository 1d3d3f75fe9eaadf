import { signal } from "@preact/signals";
import { describe, expect, test } from "vitest";
import { createOutbox } from "../../adapters/web/client/outbox.js";
import type { CallProblem, Result } from "../../adapters/web/client/problem.js";
import type { KeptMessage, RoomState } from "../../adapters/web/client/room-state.js";
import { open } from "./support/room-fixture.js";

const hourMs = 3_600_000;

/** An outbox, its room and its server; each post is answered by hand. */
function createBench({ kept = [] as KeptMessage[], nowMs = 100 * hourMs } = {}) {
  const room = signal<RoomState | undefined>(open());
  const posts: {
    body: string;
    attachments?: string[] | undefined;
    answer: (result: Result<{ messageId: string; version: number }>) => void;
  }[] = [];
  const bench = { isLive: true };
  const outbox = createOutbox({
    state: room,
    update(change) {
      if (room.value) room.value = change(room.value);
    },
    api: {
      post: (body, { attachments }) =>
        new Promise((answer) => {
          posts.push({ body, attachments, answer });
        }),
    },
    kept: {
      messages: () => kept,
      keep: () => {},
      drop: () => {},
    },
    isLive: () => bench.isLive,
    nowMs: () => nowMs,
    pause: async () => {},
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    outbox,
    bench,
    pending: () => room.value?.pending.map(({ typed, state }) => `${typed}: ${state}`),
    attached: () => posts.map(({ attachments }) => attachments),
    bodies: () => posts.map(({ body }) => body),
    async answer(result: "stored" | CallProblem) {
      const stored = { ok: true, value: { messageId: `m${posts.length}`, version: 20 } } as const;
      posts.at(-1)?.answer(result === "stored" ? stored : { ok: false, problem: result });
      await settle();
    },
    settle,
  };
}

const noAnswer: CallProblem = { status: 0, code: "no_answer", detail: "" };

describe("messages that wait to be sent", () => {
  test("are sent one after another", async () => {
    const { outbox, bodies, answer, settle } = createBench();
    for (const body of ["one", "two"]) outbox.send(body, { steers: false });
    await settle();
    expect(bodies()).toEqual(["one"]);
    await answer("stored");
    expect(bodies()).toEqual(["one", "two"]);
  });

  test("carry their files, also after a reload", async () => {
    const file = { id: "u1.a.b", name: "a.png", bytes: 3, sha256: "a".repeat(64), type: "image/png" };
    const kept = [{ key: "k", typed: "kept", at: 100 * hourMs, files: [file] }];
    const { outbox, attached, answer, settle } = createBench({ kept });
    outbox.restore();
    await settle();
    await answer("stored");
    outbox.send("", { steers: false, files: [file] });
    await settle();
    await answer("stored");
    outbox.send("plain", { steers: false });
    await settle();
    expect(attached()).toEqual([["u1.a.b"], ["u1.a.b"], undefined]);
  });

  test("none overtakes one that waits for the connection", async () => {
    const { outbox, bench, bodies, answer, settle } = createBench();
    outbox.send("one", { steers: false });
    await settle();
    bench.isLive = false;
    await answer(noAnswer);
    outbox.send("two", { steers: false });
    outbox.send("three", { steers: false });
    await settle();
    expect(bodies()).toEqual(["one"]);
    bench.isLive = true;
    outbox.connected();
    for (let at = 0; at < 3; at += 1) {
      await settle();
      await answer("stored");
    }
    expect(bodies()).toEqual(["one", "one", "two", "three"]);
  });

  test("a message that is tried again holds back those behind it", async () => {
    const { outbox, bodies, answer, settle } = createBench();
    outbox.send("one", { steers: false });
    outbox.send("two", { steers: false });
    await settle();
    await answer(noAnswer);
    expect(bodies()).toEqual(["one", "one"]);
    await answer("stored");
    expect(bodies()).toEqual(["one", "one", "two"]);
  });

  test("kept from before a reload they are sent in the order they were written", async () => {
    const at = 100 * hourMs;
    const kept = [
      { key: "a", typed: "one", at: at - 2_000 },
      { key: "b", typed: "two", at: at - 1_000 },
    ];
    const { outbox, bodies, answer, settle } = createBench({ kept });
    outbox.restore();
    await settle();
    await answer("stored");
    expect(bodies()).toEqual(["one", "two"]);
  });

  test("kept for longer than an hour they are sent only on request", async () => {
    const at = 100 * hourMs;
    const kept = [
      { key: "a", typed: "old", at: at - hourMs },
      { key: "b", typed: "new", at: at - hourMs + 1 },
    ];
    const { outbox, bodies, pending, answer, settle } = createBench({ kept });
    outbox.restore();
    await settle();
    expect(bodies()).toEqual(["new"]);
    expect(pending()).toEqual(["old: failed", "new: sending"]);
    await answer("stored");
    outbox.sendAgain("a");
    await settle();
    expect(bodies()).toEqual(["new", "old"]);
  });
});
