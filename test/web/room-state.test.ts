import { describe, expect, test } from "vitest";
import { lineText } from "../../adapters/web/client/line-text.js";
import { forgetWork } from "../../adapters/web/client/room-events.js";
import { addOlder, firstAfter } from "../../adapters/web/client/room-state.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { GateView } from "../../src/core/room/view.js";
import type { RoomFrame } from "../../src/protocol/events.js";
import {
  asked,
  entryOf,
  following,
  frame,
  linesOf,
  message,
  open,
  posted,
  started,
  status,
  view,
} from "./support/room-fixture.js";

describe("opening a room", () => {
  test("events are asked for from before the oldest message shown, from the beginning when all are there", () => {
    expect(firstAfter(open([message("a", 7), message("b", 9)], {}, "7.0"))).toBe(6);
    expect(firstAfter(open([message("a", 7)]))).toBe(0);
    expect(firstAfter(open([], {}, "3"))).toBe(10);
    expect(firstAfter(open([message("a", 2)], { version: 9_000 }, "2"))).toBe(7_000);
  });

  test("events up to the first picture give the lines between the messages and change nothing else", () => {
    const joined: RoomEvent = {
      type: "participant.joined",
      name: "zoe",
      displayName: "Zoe",
      kind: "human",
      role: "member",
    };
    const state = following(
      open([message("a", 4), message("b", 8)]),
      frame(4, posted("a")),
      frame(6, joined),
      frame(8, posted("b")),
      frame(10, started("coder", ["b"])),
    );
    expect(state.entries.map(({ id }) => id)).toEqual(["a", "6.0", "b"]);
    expect(state.participants).toBe(open().participants);
    expect(entryOf(state, "b").delivery.coder).toBe("acknowledged");
    expect(state.participants).toHaveLength(3);
  });

  test("older messages go in front, each once", () => {
    const state = addOlder(open([message("c", 5)], {}, "5.0"), {
      version: 10,
      messages: [message("a", 2), message("c", 5)],
    });
    expect(state.entries.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(state.older).toBeUndefined();
  });
});

describe("the stream", () => {
  test("taken in twice changes nothing the second time", () => {
    const frames = [frame(11, posted("x")), frame(11, started("coder", ["x"]), 1), frame(12, asked("g"))];
    const once = following(open(), ...frames);
    expect(following(once, ...frames)).toEqual(once);
    expect(once.cursor).toEqual({ version: 12, index: 0 });
  });

  test("a message goes from queued over delivered to acknowledged, for each agent alone", () => {
    let state = following(open(), frame(11, posted("x")));
    expect(entryOf(state, "x").delivery).toEqual({ coder: "queued", reviewer: "queued" });
    expect(state.participants[0]?.unread).toBe(1);
    state = following(state, frame(12, started("coder", ["x"])));
    expect(entryOf(state, "x").delivery).toEqual({ coder: "delivered", reviewer: "queued" });
    expect(state.participants[0]).toMatchObject({ status: "working", sinceMs: 12_000, unread: 0 });
    state = following(state, frame(13, { type: "turn.ended", turnId: "t1", agent: "coder", outcome: "done" }));
    expect(entryOf(state, "x").delivery.coder).toBe("acknowledged");
    expect(state.participants[0]).not.toHaveProperty("sinceMs");
    expect(linesOf(state)).toEqual([]);
  });

  test("a lost turn's messages wait again, and a line says so", () => {
    const state = following(
      open(),
      frame(11, posted("x", { to: ["coder"] })),
      frame(12, started("coder", ["x"])),
      frame(13, { type: "turn.ended", turnId: "t1", agent: "coder", outcome: "lost" }),
    );
    expect(entryOf(state, "x").delivery).toEqual({ coder: "queued" });
    expect(linesOf(state)).toEqual([{ what: "turn", agent: "coder", outcome: "lost" }]);
  });

  test("an expired message says for whom", () => {
    const state = following(
      open(),
      frame(11, posted("x")),
      frame(12, { type: "message.expired", messageId: "x", recipients: ["coder"], reason: "ttl" }),
    );
    expect(entryOf(state, "x").delivery).toEqual({ coder: "expired", reviewer: "queued" });
  });

  test("who comes and goes is in the list, pausing and renaming shows", () => {
    const state = following(
      open(),
      frame(11, { type: "participant.joined", name: "zoe", displayName: "Zoe", kind: "human", role: "member" }),
      frame(12, { type: "participant.left", name: "reviewer" }),
      frame(13, { type: "room.paused" }),
      frame(14, { type: "room.configured", name: "Other" }),
    );
    expect(state.participants.map(({ name }) => name)).toEqual(["coder", "mia", "zoe"]);
    expect(state).toMatchObject({ status: "paused", name: "Other" });
  });
});

describe("a message that was taken back", () => {
  test("waits for none of its agents any more, also where its page came before the event", () => {
    const withdrawn: RoomEvent = { type: "message.withdrawn", messageId: "m", agents: ["coder"], by: "mia" };
    const sent = following(open(), frame(11, posted("m", { from: "mia", to: ["coder"], body: "typo" })));
    expect(sent.participants.find(({ name }) => name === "coder")?.unread).toBe(1);
    const state = following(sent, frame(12, withdrawn));
    expect(entryOf(state, "m").delivery).toEqual({ coder: "withdrawn" });
    expect(state.participants.find(({ name }) => name === "coder")?.unread).toBe(0);
    expect(following(state, frame(12, withdrawn))).toBe(state);
  });
});

describe("gates", () => {
  test("an agent waits while something it asked is open, and works again after", () => {
    let state = following(open(), frame(11, started("coder", [])), frame(12, asked("g1")), frame(13, asked("g2")));
    expect(status(state, "coder")).toBe("waiting");
    const allowed = (gateId: string): RoomEvent => ({
      type: "gate.resolved",
      gateId,
      kind: "tool",
      outcome: "allowed",
      by: "mia",
    });
    state = following(state, frame(14, allowed("g1")));
    expect(status(state, "coder")).toBe("waiting");
    state = following(state, frame(15, allowed("g2")));
    expect(status(state, "coder")).toBe("working");
    expect(state.gates).toEqual([]);
    expect(linesOf(state).map(({ what }) => what)).toEqual(["asked", "asked", "gate", "gate"]);
    expect(linesOf(state)[2]).toEqual({
      what: "gate",
      gateId: "g1",
      gateKind: "tool",
      outcome: "allowed",
      by: "mia",
      from: "coder",
      tool: "Bash",
    });
  });

  test("a line shows the tool's input, in its edited form, if it was edited", () => {
    const resolved = (gateId: string, more: object): RoomEvent =>
      ({ type: "gate.resolved", gateId, kind: "tool", by: "mia", ...more }) as RoomEvent;
    const body = JSON.stringify({ command: "git push\n  --force", timeoutMs: 5 });
    const state = following(
      open(),
      ...["g1", "g2", "g3"].map((gateId, at) => frame(11 + at, asked(gateId, { body }))),
      frame(14, resolved("g1", { outcome: "allowed" })),
      frame(15, resolved("g2", { outcome: "allowed", body: '{"command":"git push"}' })),
      frame(16, resolved("g3", { outcome: "denied", reason: "not on a Friday" })),
    );
    expect(linesOf(state).map(lineText)).toEqual([
      ...Array.from({ length: 3 }, () => ({ text: "coder wants to use Bash", detail: "git push --force" })),
      { text: "mia allowed coder to use Bash", detail: "git push --force" },
      { text: "mia changed what coder uses Bash for, and allowed it", detail: "git push" },
      { text: "mia denied coder the use of Bash", detail: "git push --force – not on a Friday" },
    ]);
  });

  test("a held message halts nobody, and names the person who released it instead of leaving a line", () => {
    const held = asked("g", { kind: "message", requestId: undefined, tool: undefined, to: "room", body: "text" });
    let state = following(open(), frame(11, started("coder", [])), frame(12, held));
    expect(status(state, "coder")).toBe("working");
    expect(state.gates).toMatchObject([{ gateId: "g", body: "text", hash: "h", to: "room", openedAt: 12_000 }]);
    state = following(
      state,
      frame(13, { type: "gate.resolved", gateId: "g", kind: "message", outcome: "edited", by: "mia", body: "new" }),
      frame(13, posted("m", { from: "coder", body: "new", gateId: "g" }), 1),
    );
    expect(entryOf(state, "m").released).toEqual({ by: "mia", edited: true });
    expect(linesOf(state)).toEqual([]);
  });

  test("a person who may not see the held text sees only that the gate exists", () => {
    const state = following(
      open(),
      frame(11, asked("g", { kind: "message", body: "", hash: "", why: "", requestId: undefined })),
    );
    expect(state.gates).toHaveLength(1);
    expect(state.gates[0]).not.toHaveProperty("body");
    expect(state.gates[0]).not.toHaveProperty("hash");
  });

  test("a gate that still waits is a quiet line", () => {
    const reminded = { type: "gate.reminded", gateId: "g", kind: "tool", from: "coder", waitedMs: 1_800_000 } as const;
    const [line] = linesOf(following(open(), frame(11, reminded)));
    expect(line && lineText(line)).toEqual({ text: "coder has waited for a permission for 30 min" });
  });

  test("a permission of the first picture lets its agent work again when it is decided", () => {
    const gate: GateView = {
      gateId: "g",
      kind: "tool",
      from: "coder",
      body: "{}",
      hash: "h",
      openedAt: 1,
      tool: "Bash",
    };
    const participants = view.participants.map((known) =>
      known.name === "coder" ? { ...known, status: "waiting" as const } : known,
    );
    const state = following(
      open([], { gates: [gate], participants }),
      frame(11, { type: "gate.resolved", gateId: "g", kind: "tool", outcome: "denied", by: "zoe", reason: "no" }),
    );
    expect(status(state, "coder")).toBe("working");
    expect(linesOf(state)[0]).toMatchObject({ from: "coder", tool: "Bash", reason: "no" });
  });
});

describe("work in progress", () => {
  const text = (piece: string, turnId = "t1"): RoomFrame => ({
    type: "activity.text",
    agent: "coder",
    turnId,
    text: piece,
  });
  const tool = (phase: "started" | "ended"): RoomFrame => ({
    type: "activity.tool",
    agent: "coder",
    turnId: "t1",
    id: "1",
    name: "Bash",
    phase,
    summary: "ls",
  });

  test("grows with the agent's text and shows the tool in use", () => {
    let state = following(open(), text("Let me "), text("look."), tool("started"));
    expect(state.work.get("coder")).toMatchObject({ text: "Let me look.", tool: { name: "Bash", summary: "ls" } });
    state = following(state, tool("ended"));
    expect(state.work.get("coder")).toEqual({ turnId: "t1", text: "Let me look.", steps: 1 });
  });

  test("is reset by another turn and by a new connection, and ignores the end of an older turn", () => {
    let state = following(open(), text("old"), text("new", "t2"), {
      type: "activity.ended",
      agent: "coder",
      turnId: "t1",
    });
    expect(state.work.get("coder")?.text).toBe("new");
    state = following(state, { type: "activity.snapshot", agent: "coder", turnId: "t2", text: "all of it" });
    expect(state.work.get("coder")?.text).toBe("all of it");
    expect(forgetWork(state).work.size).toBe(0);
    state = following(state, frame(11, { type: "turn.ended", turnId: "t2", agent: "coder", outcome: "done" }));
    expect(state.work.size).toBe(0);
  });

  test("keeps the last 64 Ki characters", () => {
    const state = following(open(), text("a".repeat(70_000)), text("end"));
    expect(state.work.get("coder")?.text).toHaveLength(65_536);
    expect(state.work.get("coder")?.text.endsWith("aend")).toBe(true);
  });
});
