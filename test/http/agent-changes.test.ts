import { describe, expect, test } from "vitest";
import type { RoomEvent } from "../../src/core/room/event.js";
import { type Api, agentFails, createApi, makeRoom, type TestRoom } from "./support/api.js";

async function open() {
  const api = await createApi();
  return { api, room: await makeRoom(api) };
}

const roles = ["owner", "approver", "member", "viewer"] as const;

/** What each role, and somebody without a token, gets for this request; a room of its own for each. */
async function outcomes(request: { method: string; path: string; body?: object; fails?: boolean }) {
  const of = async (role: (typeof roles)[number] | undefined): Promise<[string, string | number]> => {
    const { api, room } = await open();
    if (request.fails) await agentFails(api, room.roomId, "coder");
    const token = role && room[role];
    const { status, json } = await api.call(request.method, `${room.path}${request.path}`, {
      token,
      body: request.body,
    });
    return [role ?? "nobody", status === 200 ? status : json.code];
  };
  return Object.fromEntries(await Promise.all([...roles, undefined].map(of)));
}

async function events(api: Api, { roomId }: TestRoom): Promise<RoomEvent[]> {
  const entries = await api.eventLog.read(`room/${roomId}`, { after: 0 });
  return entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : []));
}

describe("taking a message back", () => {
  async function waiting() {
    const { api, room } = await open();
    const post = { token: room.member, body: { body: "@coder typo" } };
    const { messageId } = (await api.call("POST", `${room.path}/messages`, post)).json;
    const path = `${room.path}/messages/${messageId}`;
    const receipts = async () => (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json.messages;
    return { api, room, messageId, path, receipts };
  }

  test("ends its delivery; it is shown as withdrawn, and only once", async () => {
    const { api, room, messageId, path, receipts } = await waiting();
    const first = await api.call("DELETE", path, { token: room.member, body: {} });
    expect(first.status).toBe(200);
    expect((await events(api, room)).at(-1)).toMatchObject({ type: "message.withdrawn", messageId, by: "max" });
    expect((await receipts()).at(-1)).toMatchObject({ messageId, delivery: { coder: "withdrawn" } });
    const second = await api.call("DELETE", path, { token: room.member, body: {} });
    expect([second.status, second.json.code]).toEqual([409, "nothing_to_withdraw"]);
  });

  test("for another text posts that in its place, in one commit", async () => {
    const { api, room, messageId, path, receipts } = await waiting();
    const { status, json } = await api.call("PATCH", path, { token: room.member, body: { body: "@coder no typo" } });
    expect(status).toBe(200);
    expect((await events(api, room)).slice(-2)).toMatchObject([
      { type: "message.withdrawn", messageId, replacedBy: json.replacedBy },
      { type: "message.posted", messageId: json.replacedBy, body: "no typo" },
    ]);
    expect((await receipts()).slice(-2)).toMatchObject([
      { messageId, delivery: { coder: "withdrawn" } },
      { messageId: json.replacedBy, delivery: { coder: "queued" } },
    ]);
  });

  test("for another text keeps the files that came with it", async () => {
    const { api, room } = await open();
    const attachments = [{ name: "plan.png", bytes: 3, sha256: "a".repeat(64) }];
    const max = { kind: "person", name: "max" } as const;
    const post = { type: "message.post", by: max, messageId: "m-file", body: "@coder see", attachments } as const;
    await api.rooms.execute(room.roomId, post);
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "@coder another" } });
    const path = `${room.path}/messages/m-file`;
    expect((await api.call("PATCH", path, { token: room.member, body: { body: "@coder look" } })).status).toBe(200);
    expect((await events(api, room)).at(-1)).toMatchObject({ type: "message.posted", body: "look", attachments });
  });

  test("is for its sender alone", async () => {
    const { api, room, path } = await waiting();
    for (const token of [room.owner, room.approver, room.viewer]) {
      const { status, json } = await api.call("DELETE", path, { token, body: {} });
      expect([status, json.code]).toEqual([403, "forbidden"]);
    }
  });
});

describe("a retry", () => {
  test("of one message delivers it again to whom it failed for, once", async () => {
    const { api, room } = await open();
    const messageId = await agentFails(api, room.roomId, "coder");
    const again = () => api.call("POST", `${room.path}/messages/${messageId}/retry`, { token: room.member });
    const first = await again();
    expect(first).toMatchObject({
      status: 200,
      json: { messages: [{ messageId, agents: ["coder"], attempt: 2 }] },
    });
    expect((await events(api, room)).at(-1)).toMatchObject({ type: "message.retried", messageId, by: "max" });
    const second = await again();
    expect([second.status, second.json.code]).toEqual([409, "nothing_to_retry"]);
  });

  test("without a message takes what failed last, and earlier failures stay", async () => {
    const { api, room } = await open();
    const early = await agentFails(api, room.roomId, "coder");
    const late = await agentFails(api, room.roomId, "reviewer");
    const retry = (body?: object) => api.call("POST", `${room.path}/retry`, { token: room.owner, body });
    expect((await retry()).json.messages).toEqual([{ messageId: late, agents: ["reviewer"], attempt: 2 }]);
    expect((await retry({ agent: "reviewer" })).json.code).toBe("nothing_to_retry");
    expect((await retry({ agent: "coder" })).json.messages).toEqual([
      { messageId: early, agents: ["coder"], attempt: 2 },
    ]);
  });

  test("says what it found nothing of", async () => {
    const { api, room } = await open();
    const post = (path: string, body: object) => api.call("POST", `${room.path}${path}`, { token: room.owner, body });
    await agentFails(api, room.roomId, "coder");
    for (const [path, body, words] of [
      ["/messages/none/retry", {}, "the message none did not fail"],
      ["/retry", { agent: "reviewer" }, "no message failed for reviewer"],
      ["/retry", { agent: "nobody" }, "no message failed for nobody"],
    ] as const) {
      const { status, json } = await post(path, body);
      expect([status, json.code, json.detail]).toEqual([409, "nothing_to_retry", expect.stringContaining(words)]);
    }
    expect((await post("/retry", { agents: ["coder"] })).status).toBe(422);
  });

  test("is for those who may speak", async () => {
    const allowed = { owner: 200, approver: 200, member: 200, viewer: "forbidden", nobody: "unauthorized" };
    expect(await outcomes({ method: "POST", path: "/retry", fails: true })).toEqual(allowed);
    const unknown = { ...allowed, owner: "nothing_to_retry", approver: "nothing_to_retry", member: "nothing_to_retry" };
    expect(await outcomes({ method: "POST", path: "/messages/none/retry" })).toEqual(unknown);
  });
});

describe("a new conversation", () => {
  test("begins on request, and the room is told", async () => {
    const { api, room } = await open();
    const fresh = await api.call("POST", `${room.path}/agents/coder/fresh`, { token: room.approver });
    expect(fresh).toMatchObject({ status: 200, json: { version: expect.any(Number) } });
    expect((await events(api, room)).slice(-2)).toMatchObject([
      { type: "conversation.begun", agent: "coder", why: "asked", by: "ann" },
      { type: "notice.posted", about: "coder", text: expect.stringContaining("same work folder") },
    ]);
    const absent = await api.call("POST", `${room.path}/agents/nobody/fresh`, { token: room.owner });
    expect([absent.status, absent.json.code]).toEqual([404, "participant_not_found"]);
  });

  test("is for those who manage agents", async () => {
    expect(await outcomes({ method: "POST", path: "/agents/coder/fresh" })).toEqual({
      ...{ owner: 200, approver: 200 },
      ...{ member: "forbidden", viewer: "forbidden", nobody: "unauthorized" },
    });
  });
});

describe("a changed setting", () => {
  test("says for each member from when it holds", async () => {
    const { api, room } = await open();
    const change = async (body: object) =>
      (await api.call("PATCH", `${room.path}/agents/coder`, { token: room.owner, body })).json;
    expect(await change({ gate: "always", budget: { usd: 3 } })).toMatchObject({
      holds: "now",
      members: { gate: "now", budget: "now" },
    });
    expect(await change({ gate: "never", model: "opus" })).toMatchObject({
      holds: "next turn",
      members: { gate: "now", model: "nextTurn" },
    });
    expect(await change({ prompt: "Be brief." })).toMatchObject({
      holds: "next turn",
      members: { prompt: "restart" },
    });
  });

  test("is for those who manage agents", async () => {
    expect(await outcomes({ method: "PATCH", path: "/agents/coder", body: { gate: "always" } })).toEqual({
      ...{ owner: 200, approver: 200 },
      ...{ member: "forbidden", viewer: "forbidden", nobody: "unauthorized" },
    });
  });

  test("with a role that is not there changes nothing", async () => {
    const { api, room } = await open();
    const before = await events(api, room);
    const body = { gate: "always", role: "wizard" };
    const { status, json } = await api.call("PATCH", `${room.path}/agents/coder`, { token: room.owner, body });
    expect([status, json.issues[0].path]).toEqual([422, ["role"]]);
    expect(await events(api, room)).toEqual(before);
  });
});
