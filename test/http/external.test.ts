import { describe, expect, test } from "vitest";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { GivenParts } from "../support/memory-parts.js";
import { sha256 } from "../support/sha256.js";
import { realClock } from "../support/stub-clock.js";
import { type Api, adminToken, createApi, makeRoom, type TestRoom } from "./support/api.js";
import { readSse } from "./support/sse.js";

/** A room with a program `pia` that runs outside Parley. */
async function open(given: { policy?: object; caps?: GivenParts["caps"]; gate?: string } = {}) {
  const api = await createApi(given.caps ? { caps: given.caps } : {});
  const room = await makeRoom(api, given.policy ? { policy: given.policy } : {});
  const made = await api.call("POST", `${room.path}/agents`, {
    token: room.approver,
    body: { name: "pia", runtime: "external", ...(given.gate && { gate: given.gate }) },
  });
  expect(made.status).toBe(201);
  return { api, room, made: made.json, pia: asAgent(api, room, made.json.token) };
}

function asAgent(api: Api, room: TestRoom, token: string) {
  const call = (method: string, path: string, body?: object, key?: string) =>
    api.call(method, `${room.path}/agent${path}`, {
      token,
      ...(body && { body }),
      ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
    });
  return {
    token,
    call,
    look: async () => (await call("GET", "")).json,
    take: async (waitSeconds = 0) => (await call("POST", "/take", { waitSeconds })).json.turn,
    acknowledge: (turnId: string) => call("POST", "/acknowledge", { turnId }),
    say: (body: object, key?: string) => call("POST", "/messages", body, key),
    ask: (body: object, key?: string) => call("POST", "/questions", body, key),
  };
}

const post = (api: Api, room: TestRoom, body: string, more: object = {}) =>
  api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body, ...more } });

const eventsOf = async (api: Api, { roomId }: TestRoom): Promise<{ type: string; turnId?: string }[]> =>
  (await api.eventLog.read(`room/${roomId}`)).flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));

const messagesFrom = async (api: Api, room: TestRoom, name: string) =>
  (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json.messages.filter(
    ({ from }: { from: string }) => from === name,
  );

describe("an agent that runs outside Parley", () => {
  test("takes its messages, and takes the same ones again until it acknowledges them", async () => {
    const { api, room, pia } = await open();
    expect(await pia.take()).toBeUndefined();
    await post(api, room, "@pia please look");
    const first = await pia.take();
    expect(first).toMatchObject({ attempt: 1, messages: [{ from: "host", body: "please look", class: "deliver" }] });
    expect(first.messages[0].text).toContain("please look");
    await post(api, room, "@pia and this");
    expect(await pia.take()).toEqual(first);
    expect((await pia.acknowledge(first.turnId)).status).toBe(200);
    const second = await pia.take();
    expect(second.turnId).not.toBe(first.turnId);
    expect(second.messages.map(({ body }: { body: string }) => body)).toEqual(["and this"]);
  });

  test("waits for a message, and has it as soon as it comes", async () => {
    const { api, room, pia } = await open();
    const waiting = pia.take(50);
    await expect.poll(async () => (await lookAt(api, room, "pia")).status).toBe("idle");
    await post(api, room, "@pia now");
    expect((await waiting).messages).toMatchObject([{ body: "now" }]);
    expect((await lookAt(api, room, "pia")).status).toBe("working");
  });

  test("is offline while it takes nothing, and its messages wait", async () => {
    const { api, room } = await open();
    await post(api, room, "@pia hello");
    expect(await lookAt(api, room, "pia")).toMatchObject({ status: "offline", unread: 1, note: expect.any(String) });
    expect((await messagesFrom(api, room, "host"))[0].delivery).toEqual({ pia: "queued" });
  });

  test("gets an urgent message in the turn it is in", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia work");
    const turn = await pia.take();
    await post(api, room, "@pia stop that", { class: "interrupt" });
    const again = await pia.take();
    expect(again.turnId).toBe(turn.turnId);
    expect(again.messages.map(({ body }: { body: string }) => body)).toEqual(["work", "stop that"]);
  });

  test("is sent its turns as a stream, the next one when the one before is acknowledged", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia one");
    const sse = readSse(await api.send("GET", `${room.path}/agent/turns`, { token: pia.token }));
    const first = await sse.nextData();
    expect(first?.data.messages).toMatchObject([{ body: "one" }]);
    await post(api, room, "@pia two");
    await pia.acknowledge(first?.data.turnId);
    const second = await sse.nextData();
    expect(second?.data.messages).toMatchObject([{ body: "two" }]);
    const again = readSse(await api.send("GET", `${room.path}/agent/turns`, { token: pia.token }));
    expect((await again.nextData())?.data).toEqual(second?.data);
    await Promise.all([sse.cancel(), again.cancel()]);
  });

  test("ends a stream and a take when its token is revoked", async () => {
    const { api, room, pia, made } = await open();
    const sse = readSse(await api.send("GET", `${room.path}/agent/turns`, { token: pia.token }));
    const waiting = pia.call("POST", "/take", { waitSeconds: 50 });
    await expect.poll(async () => (await lookAt(api, room, "pia")).status).toBe("idle");
    const revoked = await api.call("DELETE", `/api/tokens/${made.tokenId}`, { token: room.owner });
    expect(revoked.status).toBe(200);
    await post(api, room, "@pia for you alone");
    expect((await waiting).status).toBe(404);
    while (await sse.nextData());
    expect(sse.seen()).not.toContain("for you alone");
    expect((await pia.call("GET", "")).status).toBe(401);
  });
});

async function lookAt(api: Api, room: TestRoom, name: string) {
  const { participants } = (await api.call("GET", room.path, { token: room.viewer })).json;
  return participants.find((one: { name: string }) => one.name === name);
}

describe("what it says", () => {
  test("is a message like any agent's, and the answer tells how far it came", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia go", { class: "deliver" });
    const { turnId } = await pia.take();
    const said = await pia.say({ text: "Done.\n@coder please test\n@nobody-here: and you" });
    expect(said.json).toMatchObject({
      isRepeat: false,
      isHalted: false,
      messages: [{ became: "sent", to: ["coder"], delivery: { coder: "queued" } }],
    });
    const direct = await pia.say({ to: ["ghost"], body: "hello" });
    expect(direct.json.messages).toMatchObject([{ became: "bounced", detail: expect.stringContaining("@ghost") }]);
    const posted = (await eventsOf(api, room)).filter(
      (event) => event.type === "message.posted" && event.turnId === turnId,
    );
    expect(posted).toMatchObject([{ from: "pia", hop: 1 }]);
  });

  test("is held where its messages are gated, and reaches nobody before a person decides", async () => {
    const { api, room, pia } = await open({ gate: "always" });
    const said = await pia.say({ to: ["room"], body: "a held secret" });
    expect(said.json.messages).toMatchObject([{ became: "held", to: "room" }]);
    expect(await messagesFrom(api, room, "pia")).toEqual([]);
    expect((await pia.look()).open).toMatchObject([{ kind: "message" }]);
    const [gate] = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json.gates;
    const decision = { token: room.owner, body: { action: "approve", hash: gate.hash } };
    await api.call("POST", `${room.path}/gates/${gate.gateId}/decision`, decision);
    expect(await messagesFrom(api, room, "pia")).toMatchObject([{ body: "a held secret" }]);
  });

  test.each([
    ["in its turn", true],
    ["in turns of its own", false],
  ])("is said once under one key, %s", async (_where, hasTurn) => {
    const { api, room, pia } = await open();
    if (hasTurn) {
      await post(api, room, "@pia go");
      await pia.take();
    }
    const first = await pia.say({ to: ["coder"], body: "once" }, "k1");
    const again = await Promise.all(["k1", "k1", "k1"].map((key) => pia.say({ to: ["coder"], body: "once" }, key)));
    for (const { json } of again) expect(json).toEqual({ ...first.json, isRepeat: true });
    expect(await messagesFrom(api, room, "pia")).toHaveLength(1);
    const other = await pia.say({ to: ["coder"], body: "another text" }, "k1");
    expect([other.status, other.json.code]).toEqual([409, "idempotency_key_reused"]);
    expect((await pia.say({ to: ["coder"], body: "once" }, "k2")).json.isRepeat).toBe(false);
  });

  test("is said once under one key after its turn has ended, also while a person holds it", async () => {
    const { api, room, pia } = await open({ gate: "always" });
    await post(api, room, "@pia go");
    const { turnId } = await pia.take();
    const first = await pia.say({ to: ["coder"], body: "once" }, "k1");
    await pia.acknowledge(turnId);
    const again = await pia.say({ to: ["coder"], body: "once" }, "k1");
    expect(again.json).toEqual({ ...first.json, isRepeat: true });
    expect((await pia.say({ to: ["coder"], body: "another text" }, "k1")).json.code).toBe("idempotency_key_reused");
    expect((await api.call("GET", `${room.path}/gates`, { token: room.owner })).json.gates).toHaveLength(1);
  });

  test("is refused outside the turn it is meant for", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia go");
    const { turnId } = await pia.take();
    await api.call("POST", `${room.path}/agents/pia/interrupt`, { token: room.owner });
    const late = await pia.say({ to: ["coder"], body: "late", turnId });
    expect([late.status, late.json.code]).toEqual([409, "turn_not_open"]);
    expect(await messagesFrom(api, room, "pia")).toEqual([]);
  });

  test("expires where it names a time to live and nobody takes it", async () => {
    const { api, room, pia } = await open();
    await pia.say({ to: ["coder"], body: "soon", ttlSeconds: 60 });
    const [event] = (await eventsOf(api, room)).filter(({ type }) => type === "message.posted");
    expect(event).toMatchObject({ expiresAtMs: expect.any(Number) });
  });

  test("is refused while the room is paused, and beyond a minute's messages", async () => {
    const { api, room, pia } = await open({ caps: { maxMessagesPerMinute: 3 } });
    await api.call("POST", `${room.path}/pause`, { token: room.owner });
    expect((await pia.say({ to: ["coder"], body: "x" })).json.code).toBe("nothing_to_start");
    await api.call("POST", `${room.path}/resume`, { token: room.owner });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) statuses.push((await pia.say({ to: ["coder"], body: `${count}` })).status);
    expect(statuses).toEqual([201, 201, 429]);
  });

  test.each([
    {},
    { text: "no names here" },
    { text: "@coder x", to: ["coder"] },
    { text: "@coder x", body: "y" },
    { body: "x", class: "preempt" },
    { body: "x", class: "shutdown" },
    { body: "x", from: "host" },
  ])("is refused as %j", async (body) => {
    const { api, room, pia } = await open();
    expect((await pia.say(body)).status).toBe(422);
    expect(await messagesFrom(api, room, "pia")).toEqual([]);
  });
});

describe("the loop guard", () => {
  test("halts a program and an agent that answer each other without end", async () => {
    const ping = [{ from: "pia", reply: "@pia pong" }];
    const api = await createApi({ runtimes: { scripted: createScriptedAgents({ clock: realClock, sha256 }) } });
    const room = await makeRoom(api, { agents: [{ name: "echo", script: ping }] });
    const made = await api.call("POST", `${room.path}/agents`, {
      token: room.owner,
      body: { name: "pia", runtime: "external" },
    });
    const pia = asAgent(api, room, made.json.token);
    api.runtime.start();
    await pia.say({ to: ["echo"], body: "ping 0" });
    let rounds = 0;
    let halted = false;
    while (!halted && rounds < 300) {
      const turn = await pia.take(20);
      if (!turn) break;
      rounds += 1;
      const said = await pia.say({ to: ["echo"], body: `ping ${rounds}`, turnId: turn.turnId });
      await pia.acknowledge(turn.turnId);
      halted = said.json.isHalted || (await pia.look()).state === "halted";
    }
    expect((await pia.look()).state).toBe("halted");
    expect(rounds).toBeLessThan(30);
    // Outside a turn it is held back too, and nothing reaches it any more.
    expect((await pia.say({ to: ["echo"], body: "still here" })).json.code).toBe("nothing_to_start");
    expect(await pia.take()).toBeUndefined();
    await api.runtime.stop();
  }, 60_000);

  test("halts a program that acknowledges before it answers", async () => {
    const { pia } = await open();
    let count = 0;
    for (; count < 300; count++) if ((await pia.say({ to: ["coder"], body: `line ${count}` })).json.isHalted) break;
    expect(count).toBeLessThan(60);
    expect((await pia.say({ to: ["coder"], body: "more" })).status).toBe(409);
  });
});

describe("questions to people", () => {
  test("wait for a person, and the answer comes as a message", async () => {
    const { api, room, pia } = await open();
    const options = [{ label: "yes" }, { label: "no" }];
    const asked = await pia.ask({ body: "Release now?", options, isUrgent: true, expiresInSeconds: 600 }, "q1");
    expect(asked.json).toMatchObject({ isAnybodyThere: false, isRepeat: false });
    expect(
      (await pia.ask({ body: "Release now?", options, isUrgent: true, expiresInSeconds: 600 }, "q1")).json,
    ).toEqual({
      ...asked.json,
      isRepeat: true,
    });
    const [gate] = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json.gates;
    expect(gate).toMatchObject({ kind: "question", body: "Release now?", options, expiresAt: expect.any(Number) });
    expect(gate.why).toContain("urgent");
    const answer = { token: room.approver, body: { action: "answer", hash: gate.hash, body: "yes" } };
    expect((await api.call("POST", `${room.path}/gates/${gate.gateId}/decision`, answer)).status).toBe(200);
    expect((await pia.take()).messages).toMatchObject([{ from: "ann", body: "yes" }]);
  });

  test("say whether somebody who may answer is there", async () => {
    const { api, room, pia } = await open();
    const sse = readSse(await api.send("GET", `${room.path}/events`, { token: room.approver }));
    await sse.next();
    expect((await pia.ask({ body: "Anybody?" })).json.isAnybodyThere).toBe(true);
    await sse.cancel();
  });

  test("are taken back by their asker alone", async () => {
    const { api, room, pia } = await open();
    const made = await api.call("POST", `${room.path}/agents`, {
      token: room.owner,
      body: { name: "other", runtime: "external" },
    });
    const other = asAgent(api, room, made.json.token);
    const { gateId } = (await pia.ask({ body: "Which?" })).json;
    expect((await other.call("DELETE", `/questions/${gateId}`)).json.code).toBe("gate_not_found");
    expect((await pia.call("DELETE", `/questions/${gateId}`)).status).toBe(200);
    expect((await pia.call("DELETE", `/questions/${gateId}`)).json.code).toBe("gate_not_found");
    expect((await api.call("GET", `${room.path}/gates`, { token: room.owner })).json.gates).toEqual([]);
  });
});

describe("what it reads", () => {
  test("is what goes to the room, to it and from it; never held text or what others say to each other", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "hello everybody");
    await post(api, room, "@coder between us");
    await post(api, room, "@pia for you");
    await api.call("PATCH", `${room.path}/agents/pia`, { token: room.owner, body: { gate: "always" } });
    await pia.say({ to: ["room"], body: "held words" });
    const all = (await pia.call("GET", "/messages")).json;
    expect(all.messages.map(({ body }: { body: string }) => body)).toEqual(["hello everybody", "for you"]);
    expect((await pia.call("GET", "/messages?q=every")).json.messages).toHaveLength(1);
    expect((await pia.call("GET", "/messages?own=1")).json.messages).toEqual([]);
    const look = await pia.look();
    expect(look.participants.map(({ name }: { name: string }) => name)).toContain("coder");
    expect(JSON.stringify([all, look])).not.toMatch(/held words|between us/);
  });

  test("pages back to the first message", async () => {
    const { api, room, pia } = await open();
    for (let count = 0; count < 7; count++) await post(api, room, `${count % 2 ? "@coder " : ""}m${count}`);
    const seen: string[] = [];
    let next: string | undefined = "";
    while (next !== undefined) {
      const query: string = next === "" ? "" : `&before=${next}`;
      const page = (await pia.call("GET", `/messages?limit=2${query}`)).json;
      seen.unshift(...page.messages.map(({ body }: { body: string }) => body));
      next = page.next;
    }
    expect(seen).toEqual(["m0", "m2", "m4", "m6"]);
  });

  test("of an earlier agent of the same name is nothing that was private", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia our secret");
    await api.call("DELETE", `${room.path}/agents/pia`, { token: room.owner });
    expect((await pia.call("GET", "")).status).toBe(401);
    const made = await api.call("POST", `${room.path}/agents`, {
      token: room.owner,
      body: { name: "pia", runtime: "external" },
    });
    const second = asAgent(api, room, made.json.token);
    expect((await second.call("GET", "/messages")).json.messages).toEqual([]);
    expect((await pia.call("GET", "/messages")).status).toBe(401);
  });
});

describe("its own record", () => {
  test("takes any JSON up to 64 KiB, which watchers of the agent read", async () => {
    const { api, room, pia } = await open();
    await post(api, room, "@pia go");
    const { turnId } = await pia.take();
    expect((await pia.call("POST", "/entries", { entry: { tests: [1, null, "ok"] } })).status).toBe(201);
    const sse = readSse(await api.send("GET", `${room.path}/agents/pia/events?after=0`, { token: room.viewer }));
    expect((await sse.nextData())?.data).toMatchObject({
      type: "entry",
      actor: "pia",
      turnId,
      data: { tests: [1, null, "ok"] },
    });
    await sse.cancel();
    expect((await pia.call("POST", "/entries", { entry: "x".repeat(64 * 1_024) })).status).toBe(413);
    expect((await pia.call("POST", "/entries", {})).status).toBe(422);
  });

  test("of a gated agent is for those who decide", async () => {
    const { api, room, pia } = await open({ gate: "always" });
    await pia.call("POST", "/entries", { entry: "held words" });
    const path = `${room.path}/agents/pia/events?after=0`;
    expect((await api.call("GET", path, { token: room.viewer })).status).toBe(403);
    const sse = readSse(await api.send("GET", path, { token: room.approver }));
    expect((await sse.nextData())?.data.data).toBe("held words");
    await sse.cancel();
  });

  test("is bounded by the hour", async () => {
    const { pia } = await open();
    const entry = "x".repeat(60 * 1_024);
    const codes = new Set<string | undefined>();
    for (let count = 0; count < 400 && !codes.has("limit_reached"); count++)
      codes.add((await pia.call("POST", "/entries", { entry })).json.code);
    expect(codes.has("limit_reached")).toBe(true);
  });
});

describe("its token", () => {
  test("is listed without its secret, and made again by those who manage agents", async () => {
    const { api, room, made } = await open();
    const listed = async (token: string) => (await api.call("GET", "/api/tokens", { token })).json.tokens;
    expect(await listed(room.approver)).toMatchObject([
      { id: made.tokenId, kind: "room-agent", name: "pia", scopes: [] },
    ]);
    expect(await listed(room.member)).toEqual([]);
    expect(JSON.stringify(await listed(adminToken))).not.toContain(made.token.split(".")[3]);
    const again = (token: string, name = "pia") =>
      api.call("POST", `${room.path}/agents/${name}/token`, { token, body: { expiresInSeconds: 60 } });
    expect((await again(room.member)).status).toBe(403);
    expect((await again(room.owner, "coder")).status).toBe(404);
    const second = (await again(room.owner)).json;
    expect((await asAgent(api, room, second.token).call("GET", "")).status).toBe(200);
    expect((await api.call("DELETE", `/api/tokens/${made.tokenId}`, { token: room.member })).status).toBe(404);
    expect((await api.call("DELETE", `/api/tokens/${made.tokenId}`, { token: room.approver })).status).toBe(200);
    expect((await asAgent(api, room, made.token).call("GET", "")).status).toBe(401);
    expect((await asAgent(api, room, second.token).call("GET", "")).status).toBe(200);
  });

  test("ends with the stay of the person who made it", async () => {
    const { api, room, pia } = await open();
    await api.call("DELETE", `${room.path}/participants/ann`, { token: room.owner });
    expect((await pia.call("GET", "")).status).toBe(401);
  });

  test("leaves room for few calls that wait at a time", async () => {
    const { api, room, pia } = await open({ caps: { streams: { perToken: 2 } } });
    const waiting = [pia.take(50), pia.take(50)];
    await expect.poll(async () => (await pia.call("POST", "/take", {})).status).toBe(429);
    await post(api, room, "@pia now");
    expect((await Promise.all(waiting)).map((turn) => turn.turnId)).toHaveLength(2);
  });
});
