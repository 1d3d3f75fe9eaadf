import { describe, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Commit } from "../../../src/core/room/commit.js";
import { type EventType, eventTypes, type RoomEvent } from "../../../src/core/room/event.js";
import type { Entry } from "../../../src/ports/event-log.js";
import { createHistory } from "../../../src/runtime/rooms/history.js";
import { createCommitReader, eventFor, serveRoomCommit } from "../../../src/runtime/rooms/served-commit.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";

const commit = (version: number, id: string, parent: string, events: object[] = [{ type: "room.paused" }]): Commit => ({
  id,
  version,
  parent,
  at: 5,
  by: "host",
  events: events as Commit["events"],
});
const entry = (given: Commit): Entry => ({ kind: "commit", version: given.version, commit: given });

describe("reading a log that was written twice", () => {
  test("only the commits that count are served", () => {
    const reader = createCommitReader(serveRoomCommit, { version: 1, commitId: "a" });
    const served = [
      commit(2, "b", "a"),
      commit(2, "b2", "a"),
      commit(3, "c2", "b2"),
      commit(3, "c", "b"),
      commit(2, "b", "a"),
      commit(6, "f", "e"),
    ].map((given) => reader.next(entry(given))?.version);
    expect(served).toEqual([2, undefined, undefined, 3, undefined, 6]);
    expect(reader.version).toBe(6);
  });

  test("unknown events keep their place, unreadable commits are passed over", () => {
    const reader = createCommitReader(serveRoomCommit, { version: 0 });
    const mixed = reader.next(
      entry(commit(1, "a", "", [{ type: "room.paused" }, { type: "of.tomorrow", x: 1 }, { type: "room.resumed" }])),
    );
    expect(mixed?.events("all").map(({ index }) => index)).toEqual([0, 2]);
    expect(reader.next(entry(commit(2, "b", "a", [{ type: "message.posted" }])))).toBeUndefined();
    expect(reader.next({ kind: "unreadable", version: 3, position: "3", reason: "torn" })).toBeUndefined();
    expect(reader.next(entry(commit(4, "d", "whatever")))?.version).toBe(4);
  });

  test("history starts after the cursor with the right commit, even if a void one has its place", async () => {
    const eventLog = createMemoryEventLog();
    const raw = [
      commit(1, "a", ""),
      commit(2, "b", "a"),
      commit(3, "c", "b"),
      commit(3, "c2", "b"),
      commit(4, "d2", "c2", [{ type: "room.resumed" }]),
      commit(4, "d", "c", [{ type: "room.closed" }]),
    ];
    eventLog.read = async (_stream, { after = 0 } = {}) => raw.filter(({ version }) => version > after).map(entry);
    const history = createHistory({
      eventLog,
      stream: "room/x",
      serve: serveRoomCommit,
      after: 3,
      turns: createTurnTaking(),
    });
    const page = await history.next(100);
    const types = page.commits.map(({ events }) => JSON.parse(events("all")[0]?.json ?? "").type);
    expect(types).toEqual(["room.closed"]);
    expect(page).toMatchObject({ version: 4 });
    expect(await history.next(100)).toEqual({ commits: [], version: 4, atEnd: true });
  });
});

describe("what is served of an event", () => {
  const hidden = "nobody-but-deciders";
  const posted = {
    type: "message.posted",
    messageId: "m",
    from: "a",
    to: "room",
    body: "b",
    class: "deliver",
    hop: 0,
  } as const;
  const events: Partial<Record<EventType, RoomEvent>> = {
    "gate.opened": {
      type: "gate.opened",
      gateId: "g",
      kind: "message",
      from: "a",
      to: [hidden],
      body: hidden,
      options: [{ label: hidden }],
      hash: hidden,
      why: hidden,
      tool: hidden,
    },
    "gate.resolved": {
      type: "gate.resolved",
      gateId: "g",
      kind: "message",
      outcome: "edited",
      by: "ann",
      body: hidden,
      answers: { q: hidden },
      reason: hidden,
    },
    "message.bounced": {
      type: "message.bounced",
      messageId: "m",
      to: "a",
      reason: "dropped",
      detail: hidden,
      wakes: true,
    },
    "participant.joined": {
      type: "participant.joined",
      name: "a",
      displayName: "A",
      kind: "agent",
      role: "coder",
      prompt: hidden,
      script: [{ reply: hidden }],
    },
  };

  test.each(Object.entries(events))("%s keeps its text from the public", (type, event) => {
    expect(eventTypes).toContain(type);
    expect(JSON.stringify(eventFor(event, "all"))).toContain(hidden);
    expect(JSON.stringify(eventFor(event, "public"))).not.toContain(hidden);
    expect(eventFor(event, "public").type).toBe(type);
  });

  test("neither hashes of invites nor idempotency keys leave the server", () => {
    const invite = {
      type: "invite.created",
      inviteId: "i",
      hash: hidden,
      role: "viewer",
      expiresAtMs: 1,
      maxUses: 1,
    } as const;
    const keyed = { ...posted, key: { hash: hidden, fingerprint: hidden } };
    for (const event of [invite, keyed]) expect(JSON.stringify(eventFor(event, "all"))).not.toContain(hidden);
  });
});
