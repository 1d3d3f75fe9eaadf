import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { until } from "../support/until.js";
import { type Api, adminToken, agentSays, createApi, headOf, makeRoom, type TestRoom } from "./support/api.js";
import { type Frame, readSse } from "./support/sse.js";

const open = async (api: Api, path: string, token: string, headers: Record<string, string> = {}) => {
  const response = await api.send("GET", path, { token, headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toContain("text/event-stream");
  return readSse(response);
};

/** Blocks of several directives, so that commits hold several events. */
async function fill(api: Api, { roomId }: TestRoom, commits: number): Promise<void> {
  for (let n = 0; n < commits; n++) {
    const text = Array.from({ length: 1 + (n % 4) }, (_, at) => `@reviewer word ${n}.${at}`).join("\n");
    await agentSays(api, roomId, { text });
    // A turn and a mailbox take only so much.
    if (n % 20 === 19) await api.rooms.execute(roomId, { type: "room.stop", by: { kind: "admin" } });
  }
}

async function everything(api: Api, room: TestRoom): Promise<Frame[]> {
  const lines = (await api.call("GET", `${room.path}/export`, { token: room.owner })).text.trim().split("\n");
  return lines.map((line) => {
    const data = JSON.parse(line);
    return { id: `${data.version}.${data.index}`, data, raw: line };
  });
}

const ids = (frames: readonly Frame[]) => frames.map(({ id }) => id);

describe("the events of a room", () => {
  test("come as unnamed data frames whose id is version.index", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const sse = await open(api, `${room.path}/events?after=0`, room.viewer);
    const first = await sse.next();
    expect(first?.raw).toBe("retry: 1000\nid: 0");
    const created = await sse.next();
    expect(created?.raw.startsWith('id: 1.0\ndata: {"version":1,"index":0,"at":')).toBe(true);
    expect(created?.data).toMatchObject({ version: 1, index: 0, type: "room.created", name: "Test", actor: "admin" });
    await sse.cancel();
  });

  test("start now without a cursor, and a viewer who saw nothing yet resumes from there", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const sse = await open(api, `${room.path}/events`, room.viewer);
    const version = await headOf(api, room.roomId);
    expect((await sse.next())?.raw).toBe(`retry: 1000\nid: ${version}`);
    await sse.cancel();
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "while it was away" } });
    const again = await open(api, `${room.path}/events`, room.viewer, { "Last-Event-ID": String(version) });
    expect((await again.nextData())?.data).toMatchObject({ type: "message.posted", body: "while it was away" });
    await again.cancel();
  });

  test("resume exactly, cut at every event of a room of 300", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    await fill(api, room, 110);
    const all = await everything(api, room);
    expect(all.length).toBeGreaterThanOrEqual(300);
    expect(all.some(({ data }) => data.index > 1)).toBe(true);
    for (const [at, { id = "" }] of all.entries()) {
      const cursor: Record<string, string> = at % 2 === 0 ? { "Last-Event-ID": id } : {};
      const query = at % 2 === 0 ? "after=0" : `after=${id}`;
      const sse = await open(api, `${room.path}/events?${query}`, room.owner, cursor);
      expect(ids(await sse.take(all.length - at - 1))).toEqual(ids(all.slice(at + 1)));
      await sse.cancel();
    }
    await until("all viewers are gone", () => api.feeds.viewers() === 0);
  }, 180_000);

  test("reach a viewer once each while it catches up and the room continues", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    await fill(api, room, 150);
    const viewers = await Promise.all(
      [0, 1, 40, 100, 140].map((after) => open(api, `${room.path}/events?after=${after}`, room.viewer)),
    );
    const frames = viewers.map(() => [] as Frame[]);
    let done = false;
    const reading = viewers.map(async (sse, index) => {
      for (;;) {
        const frame = await sse.nextData();
        if (!frame) return;
        frames[index]?.push(frame);
        if (index % 2 === 0) await pause(0);
        if (done && frame.data.type === "room.closed") return sse.cancel();
      }
    });
    await fill(api, room, 150);
    done = true;
    await api.call("POST", `${room.path}/close`, { token: room.owner });
    await Promise.all(reading);
    const all = ids(await everything(api, room));
    for (const [index, after] of [0, 1, 40, 100, 140].entries()) {
      expect(ids(frames[index] ?? [])).toEqual(all.filter((id) => Number(id?.split(".")[0]) > after));
    }
  });

  test("share one tail, which ends with the last viewer", async () => {
    const api = await createApi();
    let tails = 0;
    const { tail } = api.eventLog;
    api.eventLog.tail = async function* (...given: Parameters<typeof tail>) {
      tails += 1;
      yield* tail.apply(api.eventLog, given);
      tails -= 1;
    };
    const room = await makeRoom(api);
    const viewers = await Promise.all(Array.from({ length: 50 }, () => open(api, `${room.path}/events`, room.viewer)));
    expect([tails, api.feeds.viewers()]).toEqual([1, 50]);
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "to all" } });
    for (const sse of viewers) expect((await sse.nextData())?.data.body).toBe("to all");
    await Promise.all(viewers.map((sse) => sse.cancel()));
    await until("the tail has ended", () => tails === 0 && api.feeds.viewers() === 0);
  });

  test("come once to a viewer who reads faster from the log than the tail tells", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const { tail } = api.eventLog;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    api.eventLog.tail = async function* (...given: Parameters<typeof tail>) {
      await released;
      yield* tail.apply(api.eventLog, given);
    };
    const say = (body: string) =>
      api.call("POST", `${room.path}/messages`, { token: room.member, body: { body, to: ["host"] } });
    const first = await open(api, `${room.path}/events`, room.viewer);
    await say("one");
    await say("two");
    const ahead = await open(api, `${room.path}/events?after=0`, room.viewer);
    const had = await ahead.take((await everything(api, room)).length);
    expect(had.at(-1)?.data.body).toBe("two");
    await say("three");
    release();
    expect((await ahead.nextData())?.data.body).toBe("three");
    expect((await first.take(3)).map(({ data }) => data.body)).toEqual(["one", "two", "three"]);
    await say("four");
    expect((await ahead.nextData())?.data.body).toBe("four");
    await ahead.cancel();
    await first.cancel();
  });

  test("wait for a version that is to come, at most two seconds", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const version = await headOf(api, room.roomId);
    const waiting = api.call("GET", `${room.path}?atLeast=${version + 1}`, { token: room.viewer });
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "x" } });
    expect((await waiting).json.version).toBe(version + 1);
  });
});

describe("a viewer that does not read", () => {
  test("is cut, whatever else is said, and the others are not", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    const stalled = await api.send("GET", `${room.path}/events`, { token: room.viewer });
    const reads = await open(api, `${room.path}/events`, room.viewer);
    const body = "x".repeat(30_000);
    let heard = 0;
    let heardWhenCut = 0;
    for (let n = 0; n < 400; n++) {
      await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body, to: ["host"] } });
      if ((await reads.nextData())?.data.body === body) heard += 1;
      if (heardWhenCut === 0 && api.feeds.viewers() === 1) heardWhenCut = heard;
    }
    expect(heard).toBe(400);
    const sentBeforeCut = (heardWhenCut - 1) * body.length;
    expect(sentBeforeCut).toBeGreaterThan(200 * 1_024);
    expect(sentBeforeCut).toBeLessThan(256 * 1_024 + 64 * 1_024);
    await expect(stalled.arrayBuffer()).rejects.toThrow();
    await reads.cancel();
  });

  test("is not cut off for one burst above its allowed backlog, as long as it reads", async () => {
    const api = await createApi({ maxUnreadBytes: 64 * 1_024 });
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    const sse = await open(api, `${room.path}/events`, room.viewer);
    const text = Array.from({ length: 16 }, (_, n) => `@reviewer ${n} ${"y".repeat(25_000)}`).join("\n");
    await agentSays(api, room.roomId, { text });
    const frames = await sse.take(18);
    expect(frames.filter(({ data }) => data.type === "message.posted" && data.from === "coder")).toHaveLength(16);
    await sse.cancel();
  });

  test("while it catches up holds no more than a page", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    const body = "x".repeat(30_000);
    const post = () => api.call("POST", `${room.path}/messages`, { token: room.member, body: { body, to: ["host"] } });
    for (let n = 0; n < 100; n++) await post();
    const stalled = await api.send("GET", `${room.path}/events?after=0`, { token: room.viewer });
    await pause(50);
    for (let n = 0; n < 20; n++) await post();
    expect(api.feeds.viewers()).toBe(1);
    const sse = readSse(stalled);
    const frames = await sse.take((await everything(api, room)).length);
    expect(new Set(ids(frames)).size).toBe(frames.length);
    await sse.cancel();
  });
});

describe("a viewer that stands still on the last page of history", () => {
  test("misses no message posted meanwhile", async () => {
    const api = await createApi({ maxUnreadBytes: 64 * 1_024 });
    const room = await makeRoom(api);
    const body = "x".repeat(30_000);
    const post = () => api.call("POST", `${room.path}/messages`, { token: room.member, body: { body, to: ["host"] } });
    for (let n = 0; n < 8; n++) await post();
    const other = await open(api, `${room.path}/events`, room.viewer);
    const sse = readSse(await api.send("GET", `${room.path}/events?after=0`, { token: room.viewer }));
    await pause(50);
    for (let n = 0; n < 4; n++) {
      await post();
      await other.nextData();
    }
    const all = ids(await everything(api, room));
    expect(ids(await sse.take(all.length))).toEqual(all);
    await sse.cancel();
    await other.cancel();
  });
});

describe("a heartbeat", () => {
  test("comes as a comment every 15 s", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const sse = await open(api, `${room.path}/events`, room.viewer);
    await sse.next();
    clock.advance(15_000);
    expect((await sse.next())?.comment).toBe("heartbeat");
    clock.advance(14_000);
    clock.advance(1_000);
    expect((await sse.next())?.comment).toBe("heartbeat");
    await sse.cancel();
  });

  test("ends the stream of a token that has expired", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    clock.advance(30 * 24 * 3_600_000 - 20_000);
    const sse = await open(api, `${room.path}/events`, room.viewer);
    await sse.next();
    clock.advance(15_000);
    expect((await sse.next())?.comment).toBe("heartbeat");
    clock.advance(15_000);
    expect(await sse.next()).toBeUndefined();
  });
});

describe("who loses access", () => {
  test("is removed from every stream within a second, and needs a new token to come back", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const path = `${room.path}/events`;
    const [sse, catchingUp, work, other] = [
      await open(api, path, room.viewer),
      await api.send("GET", `${path}?after=0`, { token: room.viewer }),
      await open(api, `${room.path}/agents/coder/events?after=0`, room.viewer),
      await open(api, path, room.member),
    ];
    const removed = await api.call("DELETE", `${room.path}/participants/vic`, { token: room.owner });
    expect(removed.status).toBe(200);
    expect((await sse.nextData(1_000))?.data).toMatchObject({ type: "participant.left", name: "vic" });
    expect(await sse.nextData(1_000)).toBeUndefined();
    expect(await work.nextData(1_000)).toBeUndefined();
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "after" } });
    expect(await catchingUp.text()).not.toContain("after");
    expect((await other.take(2)).at(-1)?.data.body).toBe("after");
    const late = await api.call("GET", room.path, { token: room.viewer });
    expect([late.status, late.json.code]).toEqual([401, "unauthorized"]);

    const invite = await api.call("POST", `${room.path}/invites`, {
      token: room.owner,
      body: { role: "viewer", forName: "vic" },
    });
    const back = await api.call("POST", "/api/join", { body: { code: invite.json.code, name: "vic" } });
    expect(back.json).toMatchObject({ name: "vic", role: "viewer" });
    expect((await api.call("GET", room.path, { token: back.json.token })).status).toBe(200);
    expect((await api.call("GET", room.path, { token: room.viewer })).status).toBe(401);
    await other.cancel();
  });

  test("is shown as offline, and as online while a stream is open", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const status = async () =>
      (await api.call("GET", room.path, { token: adminToken })).json.participants.find(
        ({ name }: { name: string }) => name === "vic",
      ).status;
    expect(await status()).toBe("offline");
    const sse = await open(api, `${room.path}/events`, room.viewer);
    expect(await status()).toBe("idle");
    await sse.cancel();
    await until("vic is offline", async () => (await status()) === "offline");
  });
});

describe("a log that breaks", () => {
  test("ends the streams, which later continue at their positions", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const { tail } = api.eventLog;
    let break_ = () => {};
    api.eventLog.tail = async function* (...given: Parameters<typeof tail>) {
      const broken = new Promise<never>((_, reject) => {
        break_ = () => reject(new Error("the disk is away"));
      });
      const source = tail.apply(api.eventLog, given)[Symbol.asyncIterator]();
      for (;;) {
        const { value, done } = await Promise.race([source.next(), broken]);
        if (done) return;
        yield value;
      }
    };
    const sse = await open(api, `${room.path}/events?after=0`, room.viewer);
    const [last] = (await sse.take((await everything(api, room)).length)).slice(-1);
    break_();
    expect(await sse.nextData()).toBeUndefined();
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "goes on" } });
    const again = await open(api, `${room.path}/events`, room.viewer, { "Last-Event-ID": last?.id ?? "" });
    expect((await again.nextData())?.data.body).toBe("goes on");
    await again.cancel();
  });
});
