import { describe, expect, test } from "vitest";
import { createOlderMessages } from "../../adapters/web/client/older-messages.js";
import { addPending } from "../../adapters/web/client/pending.js";
import type { Result } from "../../adapters/web/client/problem.js";
import { createRoomReading } from "../../adapters/web/client/room-reading.js";
import {
  becomePerson,
  beginGateReading,
  beginOlder,
  beginSession,
  changeRoom,
  closeSession,
  endGateReading,
  endOlder,
  forgetLooks,
  isStale,
  loseConnection,
  nextOlder,
  type RoomSessionState,
  receiveFrame,
  resumePosition,
  setConnection,
  showFrames,
  showRoom,
  takePicture,
  whereIs,
} from "../../adapters/web/client/session-state.js";
import { createSessionStore } from "../../adapters/web/client/session-store.js";
import type { MessagePage } from "../../src/protocol/messages.js";
import type { RoomView } from "../../src/protocol/rooms.js";
import { asked, frame, message, open, posted, view } from "./support/room-fixture.js";

const at = (version: number): RoomView => ({ ...view, version });
const page = (versions: number[], next?: string): MessagePage => ({
  version: 10,
  messages: versions.map((version) => message(`m${version}`, version)),
  ...(next !== undefined && { next }),
});

const empty = beginSession("mia");
const shown = showRoom(empty, view, page([8, 9], "7"));
const typing = changeRoom(shown, (room) => addPending(room, { key: "k", typed: "hello", at: 1 }));
const receiving = [frame(11, posted("m11")), frame(12, posted("m12"))].reduce(receiveFrame, shown);
const behind = takePicture(takePicture(shown, at(11)), at(12));

/** What a test compares: the session, with its room as ids and versions. */
function summary({ room, ...session }: RoomSessionState) {
  return {
    ...session,
    frames: session.frames.length,
    room: room && {
      me: room.me,
      ids: [...room.messageIds],
      older: room.older,
      pending: room.pending.map((m) => m.key),
    },
  };
}

type Summary = ReturnType<typeof summary>;
const room = (more: Partial<NonNullable<Summary["room"]>> = {}) => ({
  me: "mia",
  ids: ["m8", "m9"],
  older: "7",
  pending: [],
  ...more,
});

describe("a session's transition", () => {
  test.each<[string, RoomSessionState, (session: RoomSessionState) => RoomSessionState, Partial<Summary>]>([
    ["shows the room that was read", empty, (s) => showRoom(s, view, page([8, 9], "7")), { room: room() }],
    [
      "keeps unsent messages when the room is read again",
      typing,
      (s) => showRoom(s, view, page([9])),
      { room: room({ ids: ["m9"], older: undefined, pending: ["k"] }) },
    ],
    ["changes no room that was not read", empty, (s) => changeRoom(s, () => open()), {}],
    [
      "continues as another person, with what was typed",
      typing,
      (s) => becomePerson(s, "zoe"),
      { me: "zoe", becameName: "zoe", room: room({ me: "zoe", pending: ["k"] }) },
    ],
    [
      "continues as another person before the room was read",
      empty,
      (s) => becomePerson(s, "zoe"),
      { me: "zoe", becameName: "zoe" },
    ],
    ["follows the connection", shown, (s) => setConnection(s, { state: "live" }), { connection: { state: "live" } }],
    [
      "loses the connection of a device with a network",
      empty,
      (s) => loseConnection(s, { isOnline: true, nowMs: 5 }),
      { connection: { state: "interrupted", sinceMs: 5 } },
    ],
    [
      "keeps the moment the connection was lost first",
      loseConnection(empty, { isOnline: true, nowMs: 5 }),
      (s) => loseConnection(s, { isOnline: false, nowMs: 9 }),
      { connection: { state: "offline", sinceMs: 5 } },
    ],
    ["keeps a frame without showing it", shown, (s) => receiveFrame(s, frame(11, posted("m11"))), { frames: 1 }],
    [
      "shows all frames received",
      receiving,
      showFrames,
      { frames: 0, room: room({ ids: ["m8", "m9", "m11", "m12"] }) },
    ],
    ["drops frames of a room it does not show", receiveFrame(empty, frame(1, posted("x"))), showFrames, { frames: 0 }],
    ["begins to read gates", shown, beginGateReading, { isReadingGates: true }],
    ["ends a failed reading of gates", beginGateReading(shown), (s) => endGateReading(s), { isReadingGates: false }],
    ["counts a look that finds the room ahead", shown, (s) => takePicture(s, at(11)), { looksBehind: 1 }],
    [
      "ends the count with a look that finds the same version",
      behind,
      (s) => takePicture(s, at(10)),
      { looksBehind: 0 },
    ],
    ["counts no look before the room was read", empty, (s) => takePicture(s, at(11)), {}],
    ["forgets its looks at a stream that is opened again", behind, forgetLooks, { looksBehind: 0 }],
    ["begins to read older messages", shown, beginOlder, { isLoadingOlder: true }],
    [
      "puts older messages in front",
      beginOlder(shown),
      (s) => endOlder(s, page([5, 6], "4")),
      { isLoadingOlder: false, room: room({ ids: ["m8", "m9", "m5", "m6"], older: "4" }) },
    ],
    ["ends a failed reading of older messages", beginOlder(shown), (s) => endOlder(s), { isLoadingOlder: false }],
    ["closes", shown, closeSession, { isClosed: true }],
  ])("%s", (_name, before, transition, changed) => {
    const earlier = structuredClone(summary(before));
    expect(summary(transition(before))).toEqual({ ...earlier, ...changed });
    expect(summary(before)).toEqual(earlier);
  });

  test("is the same object when no frame was received", () => {
    expect(showFrames(shown)).toBe(shown);
  });

  test("shows the gates that were read", () => {
    const gate = { gateId: "g", kind: "tool", from: "coder", body: "{}", hash: "h", openedAt: 1 } as const;
    const read = endGateReading(beginGateReading(shown), { ...view, gates: [gate] });
    expect(read.room?.gates.map(({ gateId }) => gateId)).toEqual(["g"]);
  });
});

describe("a session's state", () => {
  test.each<[string, RoomSessionState, string]>([
    ["everything before the room was read", empty, "0"],
    ["just before the oldest message shown", shown, "7"],
    ["after the last frame shown", showFrames(receiving), "12.0"],
  ])("continues the stream with %s", (_name, session, cursor) => {
    expect(resumePosition(session)).toBe(cursor);
  });

  test.each<[string, RoomSessionState, string | undefined]>([
    ["no room", empty, undefined],
    ["older messages", shown, "7"],
    ["older messages that are being read", beginOlder(shown), undefined],
    ["the whole room", showRoom(empty, view, page([1])), undefined],
  ])("names the next older page of %s", (_name, session, next) => {
    expect(nextOlder(session)).toBe(next);
  });

  test.each<[string, number, string]>([
    ["m9", 9, "shown"],
    ["m3", 3, "older"],
    ["m8b", 8, "nowhere"],
  ])("knows where message %s is", (id, version, place) => {
    expect(whereIs(shown, { id, version })).toBe(place);
  });

  test("is stale after the second look in a row that finds the room ahead", () => {
    expect([isStale(shown), isStale(takePicture(shown, at(11))), isStale(behind)]).toEqual([false, false, true]);
  });
});

const done = <T>(value: T): Result<T> => ({ ok: true, value });
const refused = { ok: false, problem: { status: 503, code: "unavailable", detail: "" } } as const;

describe("the holder of a session's state", () => {
  test("changes nothing after the session is closed", () => {
    const store = createSessionStore("mia");
    store.apply(closeSession);
    store.apply((session) => becomePerson(session, "zoe"));
    expect([store.current().isClosed, store.becameName.value]).toEqual([true, undefined]);
  });

  test("tells followers of the room only of changes of the room", () => {
    const store = createSessionStore("mia");
    const seen: (number | undefined)[] = [];
    const stop = store.room.subscribe((known) => seen.push(known?.messageIds.size));
    store.apply((session) => showRoom(session, view, page([8, 9])));
    store.apply((session) => receiveFrame(session, frame(11, posted("m11"))));
    store.apply((session) => setConnection(session, { state: "live" }));
    expect(seen).toEqual([undefined, 2]);
    store.apply(showFrames);
    expect(seen).toEqual([undefined, 2, 3]);
    stop();
  });
});

describe("the reading of a room", () => {
  function reading(rooms: Result<RoomView>[]) {
    const asked: unknown[] = [];
    const store = createSessionStore("mia");
    const api = {
      room: async () => rooms.shift() ?? refused,
      messages: async (query: object) => {
        asked.push(query);
        return done({ ...page([8, 9], "7"), version: "atLeast" in query ? 12 : 10 });
      },
    };
    const named: string[] = [];
    return { store, asked, named, ...createRoomReading({ api, store, onNamed: (...names) => named.push(...names) }) };
  }

  test("asks again for messages that are older than the picture", async () => {
    const { store, asked: queries, named, readRoom } = reading([done(at(12))]);
    expect(await readRoom()).toBeUndefined();
    expect(queries).toEqual([{}, { atLeast: 12 }]);
    expect([store.current().room?.baseVersion, ...named]).toEqual([12, "Room", "mia"]);
  });

  test("says why it failed, and leaves the room as it was", async () => {
    const { store, readRoom, readPresence } = reading([done(view)]);
    await readRoom();
    const before = store.current();
    expect(await readRoom()).toBe(refused.problem);
    expect(await readPresence()).toBe(refused.problem);
    expect(store.current()).toBe(before);
  });

  test("reads a gate that the stream names and the picture lacks, once", async () => {
    const gate = { gateId: "g", kind: "tool", from: "coder", body: "{}", hash: "h", openedAt: 1 } as const;
    const { store, readRoom, showReceived } = reading([done(view), done({ ...view, gates: [gate] })]);
    await readRoom();
    for (const next of [frame(9, asked("g")), frame(10, posted("x"))])
      store.apply((session) => receiveFrame(session, next));
    showReceived();
    expect(store.current().isReadingGates).toBe(true);
    showReceived();
    await expect.poll(() => store.current().isReadingGates).toBe(false);
    expect(store.current().room?.gates.map(({ gateId }) => gateId)).toEqual(["g"]);
  });
});

describe("older messages", () => {
  function older(answers: (MessagePage | undefined)[]) {
    const queries: unknown[] = [];
    const store = createSessionStore("mia");
    store.apply((session) => showRoom(session, view, page([8, 9], "7")));
    const api = {
      messages: async (query: object) => {
        queries.push(query);
        const answer = answers.shift();
        return answer ? done(answer) : refused;
      },
    };
    return { store, queries, ...createOlderMessages(api, store) };
  }

  test("are read one page at a time", async () => {
    const { store, queries, loadOlder } = older([page([5, 6], "4")]);
    await Promise.all([loadOlder(), loadOlder()]);
    expect(queries).toEqual([{ before: "7", limit: 50 }]);
    expect(nextOlder(store.current())).toBe("4");
  });

  test("are read back to a message that is asked for", async () => {
    const { queries, loadTo } = older([page([6], "5"), page([3, 4], "2"), page([1])]);
    expect(await loadTo({ id: "m3", version: 3 })).toBe(true);
    expect(queries).toHaveLength(2);
    expect(await loadTo({ id: "m2", version: 2 })).toBe(false);
  });

  test("are not looked through any further when a page fails", async () => {
    const { store, queries, loadTo } = older([]);
    expect(await loadTo({ id: "m3", version: 3 })).toBe(false);
    expect([queries.length, store.current().isLoadingOlder]).toEqual([1, false]);
  });
});
