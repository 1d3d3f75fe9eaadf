import { describe, expect, test } from "vitest";
import { sha256 } from "../support/sha256.js";
import { agentSays, createApi, headOf, makeRoom } from "./support/api.js";
import { readSse } from "./support/sse.js";
import { agentPushes } from "./support/turns.js";

async function held(policy: object = { gate: "always" }) {
  const api = await createApi();
  const room = await makeRoom(api, { policy: { loopGuard: false, ...policy } });
  const gates = async () => (await api.call("GET", `${room.path}/gates`, { token: room.approver })).json.gates;
  const decide = (gateId: string, body: object, token = room.approver) =>
    api.call("POST", `${room.path}/gates/${gateId}/decision`, { token, body });
  return { api, room, gates, decide };
}

describe("a gate", () => {
  test("shows its content, under the hash of exactly that", async () => {
    const { api, room, gates } = await held();
    await agentSays(api, room.roomId, { text: "@reviewer please look" });
    const [gate] = await gates();
    expect(gate).toMatchObject({ kind: "message", from: "coder", to: ["reviewer"], body: "please look" });
    expect(gate.hash).toBe(
      sha256(JSON.stringify([gate.gateId, gate.kind, gate.from, gate.to, gate.body, gate.options])),
    );
  });

  test("is released by approve, as it was shown", async () => {
    const { api, room, gates, decide } = await held();
    await agentSays(api, room.roomId, { text: "@reviewer please look" });
    const [{ gateId, hash }] = await gates();
    const changed = await decide(gateId, { action: "approve", hash: "f".repeat(64) });
    expect([changed.status, changed.json.code]).toEqual([409, "gate_changed"]);
    const wrongAction = await decide(gateId, { action: "allow", hash });
    expect([wrongAction.status, wrongAction.json.issues[0].path]).toEqual([422, ["action"]]);
    const approved = await decide(gateId, { action: "approve", hash });
    expect(approved).toMatchObject({
      status: 200,
      json: { outcome: "approved", by: "ann", version: await headOf(api, room.roomId) },
    });
    const { messages } = (await api.call("GET", `${room.path}/messages?limit=1`, { token: room.viewer })).json;
    expect(messages[0]).toMatchObject({ from: "coder", to: ["reviewer"], body: "please look" });
    expect(await gates()).toEqual([]);
    expect((await decide("nothing", { action: "approve", hash })).json.code).toBe("gate_not_found");
  });

  test("asked as a question is answered under the person's own name", async () => {
    const { api, room, gates, decide } = await held({});
    await agentSays(api, room.roomId, { text: "@human GATE: may I?" });
    const [{ gateId, hash, kind }] = await gates();
    expect(kind).toBe("question");
    expect((await decide(gateId, { action: "answer", hash, body: "yes" })).json.outcome).toBe("answered");
    const { messages } = (await api.call("GET", `${room.path}/messages?limit=1`, { token: room.viewer })).json;
    expect(messages[0]).toMatchObject({ from: "ann", to: ["coder"], body: "yes" });
  });

  test("decided by two at once, a thousand times: one wins, the other is told who decided and how", async () => {
    const { api, room, gates, decide } = await held();
    const wins = { ann: 0, host: 0 };
    for (let round = 0; round < 100; round++) {
      const text = Array.from({ length: 10 }, (_, n) => `@room ${round}.${n}`).join("\n");
      await agentSays(api, room.roomId, { text });
      for (const [n, { gateId, hash }] of (await gates()).entries()) {
        const asAnn = () => decide(gateId, { action: "approve", hash }, room.approver);
        const asHost = () => decide(gateId, { action: "drop", hash }, room.owner);
        const order = n % 2 === 0 ? [asAnn, asHost] : [asHost, asAnn];
        const answers = await Promise.all(order.map((send) => send()));
        const won = answers.find(({ status }) => status === 200)?.json;
        const lost = answers.find(({ status }) => status === 409)?.json;
        expect(lost).toMatchObject({ code: "gate_already_resolved", by: won.by, outcome: won.outcome });
        wins[won.by as keyof typeof wins] += 1;
      }
      await api.call("POST", `${room.path}/stop`, { token: room.owner });
    }
    expect(wins.ann + wins.host).toBe(1_000);
    const log = (await api.call("GET", `${room.path}/export`, { token: room.owner })).text.trim().split("\n");
    const resolved = log.map((line) => JSON.parse(line)).filter(({ type }) => type === "gate.resolved");
    expect(new Set(resolved.map(({ gateId }) => gateId)).size).toBe(1_000);
    expect(resolved).toHaveLength(1_000);
  }, 180_000);
});

describe("a decision that can still be taken back", () => {
  async function watched() {
    const { api, room, gates } = await held();
    await agentSays(api, room.roomId, { text: "@reviewer please look" });
    const [{ gateId }] = await gates();
    const announce = (body: object, token = room.approver) =>
      api.call("POST", `${room.path}/gates/${gateId}/deciding`, { token, body });
    return { api, room, gateId, announce, gates };
  }
  const choice = { action: "approve", forMs: 5_000 };

  test("is announced to every reader, also to those who may not see what is held, and decides nothing", async () => {
    const { api, room, gateId, announce, gates } = await watched();
    const response = await api.send("GET", `${room.path}/events?activity=1`, { token: room.viewer });
    const sse = readSse(response);
    await sse.next();
    expect((await announce({ choice })).status).toBe(200);
    const frame = (await sse.nextData())?.data;
    expect(frame).toEqual({ type: "activity.deciding", agent: "coder", gateId, by: "ann", choice });
    await announce({});
    expect((await sse.nextData())?.data).toEqual({ type: "activity.deciding", agent: "coder", gateId, by: "ann" });
    await sse.cancel();
    expect(await gates()).toHaveLength(1);
  });

  test("is announced only by those who may decide, for a gate that is open and for a minute at most", async () => {
    const { api, room, announce } = await watched();
    expect((await announce({ choice }, room.member)).status).toBe(403);
    expect((await announce({ choice: { ...choice, forMs: 60_001 } })).status).toBe(422);
    expect((await announce({ choice: { action: "maybe", forMs: 1 } })).status).toBe(422);
    const unknown = await api.call("POST", `${room.path}/gates/none/deciding`, { token: room.approver, body: {} });
    expect([unknown.status, unknown.json.code]).toEqual([404, "gate_not_found"]);
  });
});

describe("a push that waits", () => {
  test("gives its diff to those who may see what is held, as long as it waits", async () => {
    const { api, room, gates, decide } = await held({ gate: "always", askIn: "approvers" });
    const gateId = await agentPushes(api, room.roomId, "+ünd <b>\n");
    const read = (token: string, at = "0") => api.call("GET", `${room.path}/gates/${gateId}/diffs/${at}`, { token });
    expect(await read(room.approver)).toMatchObject({
      status: 200,
      json: { ref: "refs/heads/parley/coder/x", text: "+ünd <b>\n", sha256: sha256("+ünd <b>\n"), isCut: false },
    });
    for (const [token, status] of [
      [room.member, 404],
      [room.viewer, 403],
    ] as const) {
      const refused = await read(token);
      expect(refused.status).toBe(status);
      expect(refused.text).not.toContain("ünd");
    }
    for (const at of ["1", "-1", "x", "0.5", "__proto__"]) expect((await read(room.approver, at)).status).toBe(404);
    const gate = (await gates()).find((one: { gateId: string }) => one.gateId === gateId);
    expect((await decide(gateId, { action: "allow", hash: gate.hash })).status).toBe(200);
    expect((await read(room.approver)).status).toBe(404);
  });
});
