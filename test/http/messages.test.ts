import { describe, expect, test } from "vitest";
import { type Api, adminToken, agentSays, createApi, headOf, makeRoom, type TestRoom } from "./support/api.js";

const post = (api: Api, room: TestRoom, body: object, key?: string) =>
  api.call("POST", `${room.path}/messages`, {
    token: room.member,
    body,
    ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
  });

describe("a message", () => {
  test("is found by its text or its sender, in any case, a page at a time, by participants who may read it", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    for (const body of ["Needle one", "hay", "a needle two", "hay", "NEEDLE three"]) await post(api, room, { body });
    const find = async (query: string) =>
      (await api.call("GET", `${room.path}/messages?${query}`, { token: room.viewer })).json;
    const bodies = (page: { messages: { body: string }[] }) => page.messages.map(({ body }) => body);
    const newest = await find("q=needle&limit=2");
    expect(bodies(newest)).toEqual(["a needle two", "NEEDLE three"]);
    expect(bodies(await find(`q=needle&limit=2&before=${newest.next}`))).toEqual(["Needle one"]);
    expect((await find("q=MAX")).messages).toHaveLength(5);
    expect((await find("q=nothing")).messages).toEqual([]);
    expect((await api.call("GET", `${room.path}/messages?q=`, { token: room.viewer })).status).toBe(422);
    expect((await api.call("GET", `${room.path}/messages?q=hay`)).status).toBe(401);
  });

  test("is found beside questions to people, by those who may see what they hold", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    await agentSays(api, room.roomId, { text: "@human GATE: Which needle?" });
    await post(api, room, { body: "a needle" });
    const found = async (token: string, query: string) => {
      const { json } = await api.call("GET", `${room.path}/messages?${query}`, { token });
      return (json.messages as { body: string; kind?: string }[]).map(({ body, kind }) => [kind, body]);
    };
    const message = [undefined, "a needle"];
    expect(await found(room.member, "q=needle&with=questions")).toEqual([["question", "Which needle?"], message]);
    expect(await found(room.viewer, "q=needle&with=questions")).toEqual([message]);
    expect(await found(room.member, "q=needle")).toEqual([message]);
  });

  test("is sent by the token's participant, not by a sender in the body", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const sent = await post(api, room, { body: "hello all" });
    expect(sent).toMatchObject({
      status: 201,
      json: { messageId: expect.any(String), version: await headOf(api, room.roomId) },
    });
    const forged = await post(api, room, { body: "x", from: "host" });
    expect(forged.status).toBe(422);
    const { json } = await api.call("GET", `${room.path}/messages`, { token: room.viewer });
    expect(json).toEqual({
      version: sent.json.version,
      messages: [
        {
          messageId: sent.json.messageId,
          from: "max",
          to: "room",
          body: "hello all",
          class: "deliver",
          at: expect.any(Number),
          version: sent.json.version,
          delivery: { coder: "queued", reviewer: "queued" },
        },
      ],
    });
    const admin = await api.call("POST", `${room.path}/messages`, { token: adminToken, body: { body: "@coder hi" } });
    expect(admin.status).toBe(201);
    const last = (await api.call("GET", `${room.path}/messages?limit=1`, { token: room.viewer })).json.messages[0];
    expect([last.from, last.to, last.body]).toEqual(["admin", ["coder"], "hi"]);
  });

  test("sent again under its key is the same message; another one under it is refused", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const [first, ...rest] = await Promise.all(
      Array.from({ length: 20 }, () => post(api, room, { body: "once" }, "k")),
    );
    for (const again of rest) expect([again.status, again.json]).toEqual([201, first?.json]);
    expect(await headOf(api, room.roomId)).toBe(first?.json.version);
    const other = await post(api, room, { body: "twice" }, "k");
    expect([other.status, other.json.code]).toEqual([409, "idempotency_key_reused"]);
    const ofAnother = await api.call("POST", `${room.path}/messages`, {
      token: room.approver,
      body: { body: "once" },
      headers: { "Idempotency-Key": "k" },
    });
    expect(ofAnother.json.messageId).not.toBe(first?.json.messageId);
  });

  test("takes a class and a time to live, and only from those who may steer the hard ones", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    expect((await post(api, room, { body: "x", to: ["coder"], class: "preempt" })).status).toBe(403);
    expect((await post(api, room, { body: "x", to: ["coder"], class: "interrupt", ttlSeconds: 5 })).status).toBe(201);
    expect((await post(api, room, { body: "x", to: ["nobody-here"] })).json.issues[0].path).toEqual(["to"]);
    expect((await post(api, room, { body: " " })).status).toBe(422);
    expect((await post(api, room, { body: "x".repeat(33_000) })).status).toBe(422);
  });

  test("goes from queued through delivered to acknowledged, or expires", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const { json } = await post(api, room, { body: "work", to: ["coder"] });
    const delivery = async () =>
      (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json.messages.find(
        ({ messageId }: { messageId: string }) => messageId === json.messageId,
      ).delivery;
    expect(await delivery()).toEqual({ coder: "queued" });
    const turn = { agent: "coder", turnId: "t1" };
    await api.rooms.execute(room.roomId, { type: "turn.start", ...turn, node: "n", boot: "b" });
    expect(await delivery()).toEqual({ coder: "delivered" });
    await api.rooms.execute(room.roomId, { type: "turn.end", ...turn, outcome: "done" });
    expect(await delivery()).toEqual({ coder: "acknowledged" });
    await post(api, room, { body: "too late", to: ["coder"] });
    await api.call("POST", `${room.path}/stop`, { token: room.owner });
    const { messages } = (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json;
    expect(messages.at(-1).delivery).toEqual({ coder: "expired" });
  });
});

describe("the list of messages", () => {
  test("pages backwards over commits of several events, each message once", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    const bodies: string[] = [];
    for (let n = 0; n < 40; n++) {
      const words = Array.from({ length: 1 + (n % 5) }, (_, at) => `m${n}.${at}`);
      bodies.push(...words);
      await agentSays(api, room.roomId, { text: words.map((word) => `@reviewer ${word}`).join("\n") });
      if (n % 10 === 9) await api.call("POST", `${room.path}/stop`, { token: room.owner });
    }
    for (const limit of [1, 3, 7, 50, 200]) {
      const seen: string[] = [];
      let next: string | undefined = "";
      while (next !== undefined) {
        const query: string = `?limit=${limit}${next === "" ? "" : `&before=${next}`}`;
        const { json } = await api.call("GET", `${room.path}/messages${query}`, { token: room.viewer });
        expect(json.messages.length).toBeLessThanOrEqual(limit);
        const page = json.messages.filter(({ from }: { from: string }) => from === "coder");
        seen.unshift(...page.map(({ body }: { body: string }) => body));
        next = json.next;
      }
      expect(seen).toEqual(bodies);
    }
  });

  test("skips unreadable commits, and shows no void commit", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    await post(api, room, { body: "first" });
    const version = (await headOf(api, room.roomId)) + 1;
    await post(api, room, { body: "damaged" });
    await post(api, room, { body: "last" });
    api.eventLog.plant(`room/${room.roomId}`, version, "{ no json");
    const { messages } = (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json;
    expect(messages.map(({ body }: { body: string }) => body)).toEqual(["first", "last"]);
  });
});
