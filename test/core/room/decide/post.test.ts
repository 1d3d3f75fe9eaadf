import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { given, nowMs } from "../../../support/given.js";
import { agent, asked, posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { ask, by, lose, post, start } from "../../../support/room-commands.js";

const room = given(roomOf(["coder", "reviewer"]));

describe("a person's message", () => {
  test("goes to the room if it names nobody", () => {
    const { room: after } = room
      .when(post("tom", "hello"))
      .then({ type: "message.posted", from: "tom", to: "room", body: "hello", class: "deliver", hop: 0 });
    expect(after.waitingDeliveries).toBe(2);
  });

  test("goes to whom its first words name, without them", () => {
    room
      .when(post("tom", "@coder and @Mia: look at this @reviewer"))
      .then({ type: "message.posted", to: ["coder", "mia"], body: "look at this @reviewer" });
  });

  test.each<[string, "room" | string[], string]>([
    ["@coder! stop", ["coder"], "stop"],
    ["@coder? are you there", ["coder"], "are you there"],
    ["@coder：停一下", ["coder"], "停一下"],
    ["@coder/@reviewer stop", ["coder", "reviewer"], "stop"],
    ["@coder… stop", ["coder"], "stop"],
    ["@coder—stop", ["coder"], "stop"],
    ["**@coder** stop", ["coder"], "stop"],
    ["hey @coder stop", "room", "hey @coder stop"],
    ["STOP @coder", "room", "STOP @coder"],
    ["@Override is missing in Foo.java", "room", "@Override is missing in Foo.java"],
    ["@types/node is old", "room", "@types/node is old"],
    ["@app.route is missing in app.py", "room", "@app.route is missing in app.py"],
  ])("“%s” goes to %s", (text, to, body) => {
    room.when(post("tom", text)).then({ type: "message.posted", to, body });
  });

  test("`to` beats the text, which then stays as it is", () => {
    room
      .when(post("tom", "@coder hi", { to: ["Reviewer"] }))
      .then({ type: "message.posted", to: ["reviewer"], body: "@coder hi" });
    room.when(post("tom", "@coder hi", { to: "room" })).then({ type: "message.posted", to: "room", body: "@coder hi" });
  });

  test.each([
    ["@ghost: hi", undefined, "body"],
    ["hi", ["ghost"], "to"],
    ["hi", ["tom"], "to"],
    ["@tom hi", undefined, "body"],
    ["", undefined, "body"],
    ["  \n", undefined, "body"],
    ["@coder", undefined, "body"],
    ["é".repeat(LIMITS.maxBodyBytes / 2 + 1), undefined, "body"],
  ])("“%.20s” to %s is refused, and nothing is sent", (body, to, field) => {
    room.when(post("tom", body, to ? { to } : {})).thenRejected("invalid", { issues: [{ path: [field] }] });
  });

  test("may be as long as a body may be", () => {
    room.when(post("tom", "é".repeat(LIMITS.maxBodyBytes / 2))).then({ type: "message.posted" });
  });

  test("to those who left is refused", () => {
    room
      .and({ type: "participant.left", name: "coder" })
      .when(post("tom", "@coder hi"))
      .thenRejected("invalid", { detail: expect.stringContaining("@reviewer") });
  });

  test("keeps where it was written", () => {
    room.when(post("tom", "hi", { origin: "mirror-1" })).then({ type: "message.posted", origin: "mirror-1" });
  });

  test("with a time to live expires then", () => {
    const { room: after } = room
      .when(post("tom", "hi", { ttlSeconds: 60 }))
      .then({ type: "message.posted", expiresAtMs: nowMs + 60_000 });
    expect([...after.waiting.values()]).toMatchObject([{ expiresAtMs: nowMs + 60_000 }]);
  });

  test("waits in a paused room; no turn starts", () => {
    const paused = room.and({ type: "room.paused" });
    paused.when(post("tom", "hi")).then({ type: "message.posted" });
    paused.when(post("tom", "hi"), start("coder")).thenRejected("nothing_to_start");
    paused
      .when(post("tom", "hi"), { type: "room.resume", by: by("mia") }, start("coder"))
      .then({ type: "turn.started" });
  });

  test("waits for no agent in a room without agents", () => {
    const { room: after } = given(roomOf()).when(post("tom", "hi")).then({ type: "message.posted" });
    expect(after).toMatchObject({ waitingDeliveries: 0, nextSeq: 1 });
    expect(after.waiting.size).toBe(0);
  });
});

describe("the class of a message", () => {
  test("notify wakes no agent and is delivered with the next turn", () => {
    const noted = room.when(post("tom", "fyi", { class: "notify", to: ["coder"] })).scene;
    noted.when(start("coder")).thenRejected("nothing_to_start");
    noted.when(post("tom", "@coder go"), start("coder")).then({ type: "turn.started", messages: ["fyi", "@coder go"] });
  });

  test.each(["deliver", "interrupt", "shutdown"] as const)("%s leaves a running turn alone", (deliveryClass) => {
    const busy = room.and(posted("mia", ["coder"], "work")).and(turnStarted("coder", ["work"]));
    busy.when(post("mia", "next", { class: deliveryClass })).then({ type: "message.posted", class: deliveryClass });
  });

  test("preempt withdraws the questions of stopped turns, and of the lost ones before them", () => {
    const asking = given(roomOf(["coder", "reviewer"]))
      .and(posted("mia", "room", "work"), turnStarted("coder", ["work"]))
      .and(turnStarted("reviewer", ["work"], { turnId: "t9" }))
      .and(asked("coder", "r1", { turnId: "t1" }), asked("reviewer", "r9", { turnId: "t9" }))
      .when(lose("coder"), start("coder", "t2"), ask("coder", "r2", { turnId: "t2", body: '{"command":"rm"}' })).scene;
    const { scene, room } = asking.when(post("mia", "stop that", { class: "preempt", to: ["coder"] }));
    expect([...room.gates.keys()]).toEqual(["a-r9"]);
    const resolved = scene.log.flatMap(({ events }) => events.filter(({ type }) => type === "gate.resolved"));
    expect(resolved).toMatchObject([{ outcome: "withdrawn" }, { outcome: "withdrawn" }]);
  });

  test("preempt stops the turns of those it is for, and only theirs", () => {
    const busy = room
      .and(posted("mia", "room", "work"))
      .and(turnStarted("coder", ["work"]), turnStarted("reviewer", ["work"], { turnId: "t2" }));
    const { scene } = busy
      .when(post("mia", "stop that", { class: "preempt", to: ["coder"] }))
      .then(
        { type: "message.posted", class: "preempt" },
        { type: "turn.ended", turnId: "t1", outcome: "cancelled", by: "mia" },
      );
    scene.when(start("coder", "t3")).then({ type: "turn.started", turnId: "t3", messages: ["stop that"], attempt: 1 });
  });
});

describe("a message written in a thread", () => {
  const shown = room
    .and({ type: "mirror.bound", mirrorId: "m1", platform: "slack", channel: "c" })
    .and({ type: "mirror.bound", mirrorId: "m2", platform: "discord", channel: "c" });
  const heard = (body: string, atMs: number, fields = {}) =>
    post("tom", body, { origin: "m1", written: { atMs, lateNote: " (late)" }, ...fields });

  test("has its note only if one written later in the same thread is in the room", () => {
    const { scene } = shown.when(heard("second", 2_000));
    expect(scene.room.mirrors.get("m1")).toMatchObject({ newestWrittenMs: 2_000 });
    scene.when(heard("@coder first", 1_999)).then({ type: "message.posted", to: ["coder"], body: "first (late)" });
    scene.when(heard("same", 2_000)).then({ type: "message.posted", body: "same", writtenAtMs: 2_000 });
    scene.when(heard("elsewhere", 1_000, { origin: "m2" })).then({ type: "message.posted", body: "elsewhere" });
    scene.when(post("tom", "from the page")).then({ type: "message.posted", body: "from the page" });
  });

  test("that is late leaves the newest one what it was, also when the channel moves", () => {
    const { scene } = shown.when(heard("third", 3_000), heard("first", 1_000));
    scene
      .and({ type: "mirror.bound", mirrorId: "m1", platform: "slack", channel: "d", thread: "t" })
      .when(heard("second", 2_000))
      .then({ type: "message.posted", body: "second (late)" });
  });

  test("counts once, whether it was late the first time or the second", () => {
    const key = { idempotencyKey: "k1" };
    shown.when(heard("first", 1_000, key), heard("second", 2_000), heard("first", 1_000, key)).thenDuplicate();
    shown.when(heard("second", 2_000), heard("first", 1_000, key), heard("first", 1_000, key)).thenDuplicate();
  });
});

describe("an idempotency key", () => {
  const keyed = (body: string, fields = {}) =>
    post("tom", body, { idempotencyKey: "k1", messageId: `m-${body}`, ...fields });

  test("makes the same message count once", () => {
    room.when(keyed("hi"), keyed("hi", { messageId: "other" })).thenDuplicate({ version: 2, messageId: "m-hi" });
  });

  test.each([
    ["body", { body: "ho" }],
    ["recipients", { to: ["coder"] }],
    ["class", { class: "notify" as const }],
    ["time to live", { ttlSeconds: 5 }],
  ])("with another %s is refused", (_, fields) => {
    room.when(keyed("hi"), { ...keyed("hi"), ...fields }).thenRejected("idempotency_key_reused");
  });

  test("belongs to its sender: the same key of another does not count", () => {
    room
      .when(keyed("hi"), { ...keyed("hi"), by: by("mia"), messageId: "x" })
      .then({ type: "message.posted", from: "mia" });
  });

  test("finds its message also when nothing more could be sent", () => {
    const sent = room.when(keyed("hi")).scene;
    const fill = Array.from({ length: LIMITS.maxWaitingMessages }, (_, n) => posted("mia", "room", `f${n}`));
    sent
      .and(...fill)
      .when(keyed("hi"))
      .thenDuplicate();
    sent
      .and(...fill)
      .when(post("tom", "more"))
      .thenRejected("limit_reached");
  });

  test("is not found by a command that is not allowed to speak", () => {
    room
      .when(keyed("hi"))
      .scene.and({ type: "participant.configured", name: "tom", role: "viewer" })
      .when(keyed("hi"))
      .thenRejected("forbidden");
  });

  test("is kept for a day and for the latest thousand messages", () => {
    const day = LIMITS.idempotencyKeyAgeMs;
    const first = room.when(keyed("hi")).scene;
    const later = (ms: number) => first.at(nowMs + ms).when(post("tom", "b", { idempotencyKey: "k2" })).scene;
    later(day - 1)
      .when(keyed("hi"))
      .thenDuplicate();
    later(day).when(keyed("hi")).then({ type: "message.posted" });
    const { room: after } = first.and(
      ...Array.from({ length: LIMITS.maxIdempotencyKeys }, (_, n) =>
        posted("mia", ["tom"], `m${n}`, { key: { hash: `h${n}`, fingerprint: "f" } }),
      ),
    );
    expect(after.idempotencyKeys.size).toBe(LIMITS.maxIdempotencyKeys);
    expect([...after.idempotencyKeys.keys()][0]).toBe("h0");
  });
});

describe("full mailboxes", () => {
  const waiting = (count: number) => Array.from({ length: count }, (_, n) => posted("mia", ["coder"], `f${n}`));

  test("take no more messages than the room keeps; nothing is sent", () => {
    const almost = room.and(...waiting(LIMITS.maxWaitingMessages - 1));
    almost.when(post("tom", "last")).then({ type: "message.posted" });
    almost.when(post("tom", "last"), post("tom", "more")).thenRejected("limit_reached");
  });

  test("do not keep people from writing to people", () => {
    const full = room.and(...waiting(LIMITS.maxWaitingMessages));
    full.when(post("tom", "@mia all agents are stuck")).then({ type: "message.posted", to: ["mia"] });
  });

  test("count messages in progress, because a lost turn returns them", () => {
    const crowd = Array.from({ length: 40 }, (_, n) => agent(`a${n}`));
    const perAgent = Math.floor(LIMITS.maxWaitingDeliveries / 42);
    const messages = Array.from({ length: perAgent }, (_, n) => posted("mia", "room", `f${n}`));
    const names = messages.map(({ messageId }) => messageId);
    const busy = room
      .and(...crowd, ...messages)
      .and(
        ...crowd.flatMap((one, n) => ("name" in one ? turnStarted(String(one.name), names, { turnId: `t${n}` }) : [])),
      );
    busy.when(post("tom", "to all")).thenRejected("limit_reached");
    busy.when(post("tom", "@coder just you")).then({ type: "message.posted" });
  });

  test("are free again when the agents caught up", () => {
    const full = room.and(...waiting(LIMITS.maxWaitingMessages));
    const names = Array.from({ length: 100 }, (_, n) => `f${n}`);
    const worked = full.and(turnStarted("coder", names));
    worked.when(post("tom", "more")).thenRejected("limit_reached");
    worked
      .and({ type: "turn.ended", turnId: "t1", agent: "coder", outcome: "done" })
      .when(post("tom", "more"))
      .then({ type: "message.posted" });
  });
});
