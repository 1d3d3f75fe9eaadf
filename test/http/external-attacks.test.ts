import { describe, expect, test } from "vitest";
import type { RoomEvent } from "../../src/core/room/event.js";
import { seededRandom } from "../support/seeded-random.js";
import { createStubClock } from "../support/stub-clock.js";
import { type Api, createApi, makeRoom, type TestRoom } from "./support/api.js";

async function invite(api: Api, room: TestRoom, name: string, more: object = {}) {
  const body = { name, runtime: "external", ...more };
  const { token } = (await api.call("POST", `${room.path}/agents`, { token: room.owner, body })).json;
  return agentBy(api, room, token);
}

function agentBy(api: Api, room: TestRoom, token: string) {
  const call = (method: string, path: string, body?: object, key?: string) =>
    api.call(method, `${room.path}/agent${path}`, {
      token,
      ...(body && { body }),
      ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
    });
  return {
    token,
    call,
    take: async () => (await call("POST", "/take", {})).json.turn,
    acknowledge: async (turnId: string) => (await call("POST", "/acknowledge", { turnId })).status,
  };
}

const post = async (api: Api, room: TestRoom, body: string): Promise<string> =>
  (await api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body } })).json.messageId;

async function eventsOf(api: Api, { roomId }: TestRoom): Promise<RoomEvent[]> {
  const entries = await api.eventLog.read(`room/${roomId}`);
  return entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : []));
}

async function open() {
  const api = await createApi();
  const room = await makeRoom(api);
  return { api, room, pia: await invite(api, room, "pia") };
}

describe("acknowledgements", () => {
  test("of earlier turns, replayed while another turn is open, end nothing", async () => {
    const { api, room, pia } = await open();
    const past: string[] = [];
    for (let count = 0; count < 4; count++) {
      await post(api, room, `@pia ${count}`);
      const turn = await pia.take();
      for (const turnId of past) expect(await pia.acknowledge(turnId)).toBe(409);
      expect(await pia.take()).toEqual(turn);
      expect(await pia.acknowledge(turn.turnId)).toBe(200);
      past.unshift(turn.turnId);
    }
    const ends = (await eventsOf(api, room)).filter(({ type }) => type === "turn.ended");
    expect(ends).toHaveLength(4);
  });

  test("of one turn at once end it once, and takes at once open one turn", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia go");
    const turns = await Promise.all(Array.from({ length: 8 }, () => pia.take()));
    const ids = new Set(turns.flatMap((turn) => (turn ? [turn.turnId] : [])));
    expect(ids.size).toBe(1);
    const [turnId = ""] = ids;
    const statuses = await Promise.all(Array.from({ length: 8 }, () => pia.acknowledge(turnId)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    const events = await eventsOf(api, room);
    expect(events.filter(({ type }) => type === "turn.started" || type === "turn.ended")).toHaveLength(2);
  });

  test("of a turn that does not exist, or is another agent's, end nothing", async () => {
    const { api, room, pia } = await open();
    const eve = await invite(api, room, "eve");
    await post(api, room, "@pia for pia alone");
    const { turnId } = await pia.take();
    for (const id of ["x", turnId, `${turnId} `, "../pia"]) expect(await eve.acknowledge(id)).toBe(409);
    expect(await eve.take()).toBeUndefined();
    const said = await eve.call("POST", "/messages", { to: ["coder"], body: "as pia", turnId });
    expect(said.json.code).toBe("turn_not_open");
    expect((await pia.take()).turnId).toBe(turnId);
  });

  test.each([1, 2, 3, 4, 5])("in any order lose no message and hand none over in two turns (seed %i)", async (seed) => {
    const { api, room, pia } = await open();
    const random = seededRandom(seed);
    const [sent, known]: [string[], string[]] = [[], []];
    for (let step = 0; step < 60; step++) {
      const roll = random();
      if (roll < 0.3) sent.push(await post(api, room, `@pia ${step}`));
      else if (roll < 0.6) known.push((await pia.take())?.turnId ?? "none");
      else if (known.length > 0) await pia.acknowledge(known[Math.floor(random() * known.length)] ?? "");
    }
    for (let turn = await pia.take(); turn; turn = await pia.take()) await pia.acknowledge(turn.turnId);
    const events = await eventsOf(api, room);
    const taken = events.flatMap((event) => (event.type === "turn.started" ? event.messages : []));
    expect(taken).toEqual(sent);
    const started = events.flatMap((event) => (event.type === "turn.started" ? [event.turnId] : []));
    expect(events.flatMap((event) => (event.type === "turn.ended" ? [event.turnId] : []))).toEqual(started);
  });
});

describe("a stolen token of an agent", () => {
  test("opens nothing after its time, after the agent left, and for the next agent of its name", async () => {
    const clock = createStubClock();
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const short = await invite(api, room, "short", { tokenExpiresInSeconds: 60 });
    expect((await short.call("GET", "")).status).toBe(200);
    clock.advance(61_000);
    const gone = await invite(api, room, "gone");
    await api.call("DELETE", `${room.path}/agents/gone`, { token: room.owner });
    const next = await invite(api, room, "gone");
    await post(api, room, "@gone @short a secret");
    for (const thief of [short, gone]) {
      for (const [method, path] of [
        ["GET", ""],
        ["GET", "/messages"],
        ["POST", "/take"],
        ["POST", "/messages"],
      ] as const) {
        const answer = await thief.call(method, path, method === "POST" ? { body: "x", to: ["room"] } : undefined);
        expect([method, path, answer.status]).toEqual([method, path, 401]);
      }
    }
    expect((await next.take()).messages).toMatchObject([{ body: "a secret" }]);
  });

  test("takes over no question, no message and no key of another agent", async () => {
    const { api, room, pia } = await open();
    const eve = await invite(api, room, "eve");
    const { gateId } = (await pia.call("POST", "/questions", { body: "Which?" }, "k")).json;
    expect((await eve.call("DELETE", `/questions/${gateId}`)).json.code).toBe("gate_not_found");
    const other = await pia.call("POST", "/messages", { to: ["coder"], body: "from pia" }, "k");
    expect(other.json.code).toBe("idempotency_key_reused");
    await pia.call("POST", "/messages", { to: ["coder"], body: "from pia" }, "k2");
    const hers = await eve.call("POST", "/messages", { to: ["coder"], body: "from eve" }, "k2");
    expect(hers.json).toMatchObject({ isRepeat: false, messages: [{ became: "sent" }] });
    const posted = (await eventsOf(api, room)).flatMap((event) =>
      event.type === "message.posted" ? [event.from] : [],
    );
    expect(posted).toEqual(["pia", "eve"]);
  });
});

describe("a process that is killed", () => {
  test("loses no turn: another one on the same log gives the same messages under the same ids, and knows what was said", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia go");
    const turn = await pia.take();
    const message = { to: ["coder"], body: "once", turnId: turn.turnId };
    await pia.call("POST", "/messages", message, "k1");
    const again = await createApi({ log: api.eventLog });
    const same = agentBy(again, room, pia.token);
    expect(await same.take()).toEqual(turn);
    expect((await same.call("POST", "/messages", message, "k1")).json.isRepeat).toBe(true);
    expect(await same.acknowledge(turn.turnId)).toBe(200);
    expect((await same.call("POST", "/messages", { to: ["coder"], body: "once" }, "k1")).json.isRepeat).toBe(true);
    const said = (await eventsOf(api, room)).filter((event) => event.type === "message.posted" && event.from === "pia");
    expect(said).toHaveLength(1);
  });
});
