import { expect, test } from "vitest";
import type { RawCommit } from "../raw-log.js";
import type { SentPost, ShownPost } from "./chat-place.js";
import { judgeChat, type ThreadToJudge } from "./judge-chat.js";

const mirrorId = "m1";

/** A room that got its thread in commit 1; each event a commit, its version the time it was decided. */
const roomOf = (...events: RawCommit["events"]): RawCommit[] =>
  [{ type: "mirror.bound", mirrorId }, ...events].map((event, at) => commit(at + 1, event));

const commit = (version: number, event: RawCommit["events"][number]): RawCommit => ({
  id: String(version),
  parent: version === 1 ? "" : String(version - 1),
  version,
  at: version,
  events: [event],
});

const said = (from: string, body: string, more = {}) => ({ type: "message.posted", from, body, ...more });
const asked = (body: string) => ({ type: "gate.opened", gateId: `g-${body}`, from: "careful", body });
const decided = (body: string, outcome = "approved", more = {}) => ({
  type: "gate.resolved",
  gateId: `g-${body}`,
  outcome,
  by: "ana",
  ...more,
});

const post = (from: string, text: string, buttons: ShownPost["buttons"] = []): ShownPost => ({
  id: text,
  from,
  isPerson: false,
  text,
  buttons,
});
const card = (body: string, buttons: ShownPost["buttons"] = []) =>
  post("Parley", `careful wants to say to @mia\n${body}`, buttons);

const judge = (
  thread: Partial<Omit<ThreadToJudge, "place">> & { shown?: ShownPost[]; sent?: SentPost[]; violations?: string[] },
) =>
  judgeChat({
    place: {
      platform: "slack",
      shown: () => thread.shown ?? [],
      sent: thread.sent ?? [],
      violations: () => thread.violations ?? [],
    },
    room: [],
    written: [],
    pressed: new Map(),
    mirror: async () => [],
    stoppedAtMs: () => [],
    ...thread,
  });

const wrongsOf = async (thread: Parameters<typeof judge>[0]) =>
  Object.fromEntries(Object.entries((await judge(thread)).wrongs).filter(([, count]) => count > 0));

test("a message that says that it arrived late is counted, and is no inversion", async () => {
  const late = "task s1\n[written at 2026-11-30 17:00:00 UTC; it arrived late, after newer messages of its thread]";
  const room = roomOf(said("tom", "task s2", { origin: mirrorId }), said("tom", late, { origin: mirrorId }));
  const { wrongs, totals } = await judge({ room, written: ["s1", "s2"] });
  expect([wrongs.invertedFromChat, wrongs.unheardFromChat, totals.lateFromChat]).toEqual([0, 0, 1]);
});

const three = roomOf(said("worker", "one"), asked("two"), decided("two"), said("careful", "two", { gateId: "g-two" }));
const shownWell = [post("worker", "→ @mia\none"), card("two"), post("careful", "→ @mia\ntwo")];

test("a thread that shows its room once and in order is right", async () => {
  expect(await wrongsOf({ room: three, shown: shownWell })).toEqual({});
});

test.each<[string, Record<string, number>, Parameters<typeof judge>[0]]>([
  ["what is missing", { lostInChat: 1 }, { room: three, shown: shownWell.slice(0, 2) }],
  ["what is there twice", { twiceInChat: 1 }, { room: three, shown: [...shownWell, post("worker", "one")] }],
  ["another order", { outOfOrderInChat: 3 }, { room: three, shown: [...shownWell.slice(1), ...shownWell.slice(0, 1)] }],
  ["what was never said", { unapprovedInChat: 1 }, { room: three, shown: [...shownWell, post("careful", "secret")] }],
  [
    "a card that can still be pressed",
    { openCards: 1 },
    {
      room: roomOf(asked("two")),
      shown: [card("two", [{ id: "g", text: "Approve" }])],
    },
  ],
  ["a rule that was broken", { violations: 1 }, { room: three, shown: shownWell, violations: ["early"] }],
  ["what nobody heard", { unheardFromChat: 1 }, { room: roomOf(), written: ["s1"] }],
  [
    "what was heard twice",
    { heardTwiceFromChat: 1 },
    {
      room: roomOf(said("tom", "task s1", { origin: mirrorId }), said("tom", "task s1", { origin: mirrorId })),
      written: ["s1"],
    },
  ],
  [
    "what was heard in another order than it was written",
    { invertedFromChat: 1 },
    {
      room: roomOf(said("tom", "task s2", { origin: mirrorId }), said("tom", "task s1", { origin: mirrorId })),
      written: ["s1", "s2"],
    },
  ],
  [
    "what was said without a decision",
    { unapprovedInChat: 1 },
    {
      room: roomOf(said("careful", "two", { gateId: "g-two" })),
      shown: [post("careful", "two")],
    },
  ],
  [
    "a press that came to nothing",
    { lostPresses: 1 },
    {
      room: three,
      shown: shownWell,
      pressed: new Map([["3.0", "two, better"]]),
    },
  ],
])("%s is counted", async (_, wrongs, thread) => {
  expect(await wrongsOf(thread)).toEqual(wrongs);
});

const sentBy = (process: string, arrivedAtMs: number, answeredAtMs?: number): SentPost => ({
  process,
  said: "two",
  call: { method: "POST", path: "/", body: "", arrivedAtMs, ...(answeredAtMs !== undefined && { answeredAtMs }) },
});

test("counts a text sent before its approval, even if it is shown only once", async () => {
  expect(await wrongsOf({ room: three, shown: shownWell, sent: [sentBy("up-0", 4, 4)] })).toEqual({
    unapprovedInChat: 1,
  });
});

test("a double is excused only where its post was under way when its process was stopped", async () => {
  const shown = [...shownWell, post("careful", "two")];
  const mirror = async () => [commit(100, { type: "post.intended", key: "room/5/0/0" })];
  const judged = (stoppedAtMs: number, sent = [sentBy("up-0", 105, 130), sentBy("up-1", 120, 121)]) =>
    judge({ room: three, shown, sent, mirror, stoppedAtMs: (process) => (process === "up-0" ? [stoppedAtMs] : []) });
  const excused = await judged(110);
  expect([excused.wrongs.twiceInChat, excused.totals.unfencedInChat]).toEqual([0, 1]);
  for (const [stoppedAtMs, sent] of [
    [99, undefined],
    [131, undefined],
    [110, [sentBy("up-1", 105, 130), sentBy("up-1", 120, 121)]],
  ] as const) {
    const { wrongs, totals } = await judged(stoppedAtMs, sent && [...sent]);
    expect([wrongs.twiceInChat, totals.unfencedInChat], String(stoppedAtMs)).toEqual([1, 0]);
  }
});
