import { describe, expect, test } from "vitest";
import { adminToken, agentSays, createApi, headOf, makeRoom } from "./support/api.js";

describe("a room", () => {
  test("has a summary for a list of rooms, for everybody in it, and says what runs its agents", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { gate: "always" } });
    await agentSays(api, room.roomId, { text: "@room please look" });
    const { status, json } = await api.call("GET", `${room.path}/summary`, { token: room.viewer });
    expect(status).toBe(200);
    const { roomId } = room;
    expect(json).toEqual({ roomId, name: "Test", state: "active", version: json.version, openGates: 1 });
    expect((await api.call("GET", `${room.path}/summary`)).status).toBe(401);
    const { participants } = (await api.call("GET", room.path, { token: room.viewer })).json;
    expect(participants.find(({ name }: { name: string }) => name === "coder")).toMatchObject({ runtime: "scripted" });
  });

  test("is made by the admin, joined by code and shown to its people", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const { status, json } = await api.call("GET", room.path, { token: room.viewer });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      roomId: room.roomId,
      name: "Test",
      state: "active",
      gates: [],
      mirrors: [],
      policy: {},
    });
    expect(json.participants.map(({ name, role, status }: Record<string, string>) => [name, role, status])).toEqual([
      ["host", "owner", "offline"],
      ["coder", "agent", "idle"],
      ["reviewer", "agent", "idle"],
      ["ann", "approver", "offline"],
      ["max", "member", "offline"],
      ["vic", "viewer", "offline"],
    ]);
    const list = await api.call("GET", "/api/rooms", { token: adminToken });
    expect(list.json.rooms).toEqual([
      { roomId: room.roomId, name: "Test", state: "active", version: json.version, openGates: 0 },
    ]);
  });

  test("a room made by Parley's own page gives its owner a cookie; one made by anybody else does not", async () => {
    const api = await createApi();
    const make = (headers: Record<string, string>) =>
      api.call("POST", "/api/rooms", { token: adminToken, body: { name: "x" }, headers });
    const own = await make({ Origin: "http://parley.test" });
    expect(own.headers.get("set-cookie")).toMatch(new RegExp(`^parley_${own.json.roomId}=.*HttpOnly; SameSite=Strict`));
    for (const headers of [{}, { Origin: "https://elsewhere.example" }])
      expect((await make(headers)).headers.get("set-cookie")).toBeNull();
  });

  test("is in the registry before its first commit, and only if it can be created", async () => {
    const api = await createApi();
    const refused = await api.call("POST", "/api/rooms", { token: adminToken, body: { name: "x", owner: "admin" } });
    expect(refused.status).toBe(422);
    expect(refused.json.issues).toEqual([{ path: ["owner"], message: expect.any(String) }]);
    expect(await api.eventLog.head("rooms")).toBeUndefined();
    const order: string[] = [];
    api.eventLog.planFaults((stream) => {
      order.push(stream);
      return undefined;
    });
    const { roomId } = await makeRoom(api);
    expect(order.slice(0, 2)).toEqual(["rooms", `room/${roomId}`]);
  });

  test("made again under the same key is the same room with the same codes", async () => {
    const api = await createApi();
    const ask = (body: object, key: string) =>
      api.call("POST", "/api/rooms", { token: adminToken, body, headers: { "Idempotency-Key": key } });
    const first = await ask({ name: "Again" }, "k1");
    const second = await ask({ name: "Again" }, "k1");
    expect(second.status).toBe(201);
    expect(second.json).toMatchObject({ roomId: first.json.roomId, invites: first.json.invites, version: 1 });
    const path = `/api/rooms/${first.json.roomId}`;
    expect((await api.call("GET", path, { token: second.json.token })).status).toBe(200);
    expect(
      (await api.call("POST", "/api/join", { body: { code: second.json.invites.viewer, name: "vic" } })).status,
    ).toBe(200);
    const other = await ask({ name: "Another" }, "k1");
    expect([other.status, other.json.code]).toEqual([409, "idempotency_key_reused"]);
    expect((await ask({ name: "Again" }, "k2")).json.roomId).not.toBe(first.json.roomId);
    expect((await api.eventLog.head("rooms"))?.version).toBe(2);
  });

  test("is paused, resumed, renamed, stopped and closed by those who may", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const state = async () => (await api.call("GET", room.path, { token: room.owner })).json.state;
    const pause = await api.call("POST", `${room.path}/pause`, { token: room.approver });
    expect(pause).toMatchObject({ status: 200, json: { version: await headOf(api, room.roomId) } });
    const again = await api.call("POST", `${room.path}/pause`, { token: room.approver });
    expect(again.json).toEqual(pause.json);
    expect(await state()).toBe("paused");
    expect((await api.call("POST", `${room.path}/resume`, { token: room.approver })).status).toBe(200);
    const renamed = await api.call("PATCH", room.path, {
      token: room.owner,
      body: { name: "New", policy: { gate: "always" } },
    });
    expect(renamed.status).toBe(200);
    expect((await api.call("GET", room.path, { token: room.owner })).json).toMatchObject({
      name: "New",
      policy: { gate: "always" },
    });
    expect((await api.call("POST", `${room.path}/stop`, { token: room.approver })).status).toBe(200);
    expect((await api.call("POST", `${room.path}/close`, { token: room.approver })).status).toBe(403);
    expect((await api.call("POST", `${room.path}/close`, { token: room.owner })).status).toBe(200);
    const late = await api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body: "hello?" } });
    expect([late.status, late.json.code]).toEqual([409, "room_closed"]);
    expect(await state()).toBe("closed");
  });

  test("has an egress list that its owner sets, and a wrong entry is named", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { egress: ["packages.example.com"] } });
    const policy = async () => (await api.call("GET", room.path, { token: room.viewer })).json.policy;
    expect(await policy()).toMatchObject({ egress: ["packages.example.com"] });
    const change = (token: string, ...egress: string[]) =>
      api.call("PATCH", room.path, { token, body: { policy: { egress } } });
    expect((await change(room.approver, "example.org")).status).toBe(403);
    const wrong = await change(room.owner, "example.org", "https://example.org");
    expect(wrong).toMatchObject({
      status: 422,
      json: {
        code: "invalid",
        issues: [
          {
            path: ["policy", "egress", 1],
            message: expect.stringMatching(/^"https:\/\/example.org" is not an egress entry/),
          },
        ],
      },
    });
    expect((await change(room.owner, "*.example.org", "archive.example.org:80")).status).toBe(200);
    expect(await policy()).toEqual({ egress: ["*.example.org", "archive.example.org:80"] });
  });

  test("takes agents, changes them and lets them go", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const added = await api.call("POST", `${room.path}/agents`, {
      token: room.approver,
      body: { name: "Tester", script: [] },
    });
    expect(added).toMatchObject({ status: 201, json: { name: "tester", version: await headOf(api, room.roomId) } });
    const twice = await api.call("POST", `${room.path}/agents`, { token: room.approver, body: { name: "tester" } });
    expect([twice.status, twice.json.code, twice.json.suggestion]).toEqual([409, "name_taken", "tester-2"]);
    const agent = `${room.path}/agents/tester`;
    expect((await api.call("PATCH", agent, { token: room.approver, body: { gate: "always" } })).status).toBe(200);
    await agentSays(api, room.roomId, { agent: "tester", text: "@room hi" });
    expect((await api.call("GET", `${room.path}/gates`, { token: room.approver })).json.gates).toHaveLength(1);
    expect((await api.call("POST", `${agent}/interrupt`, { token: room.approver })).status).toBe(200);
    expect((await api.call("DELETE", agent, { token: room.approver })).status).toBe(200);
    expect((await api.call("GET", `${room.path}/gates`, { token: room.approver })).json.gates).toEqual([]);
    expect((await api.call("DELETE", agent, { token: room.approver })).json.code).toBe("participant_not_found");
    const unknown = await api.call("POST", `${room.path}/agents`, {
      token: room.owner,
      body: { name: "x", role: "wizard" },
    });
    expect([unknown.status, unknown.json.issues[0].path]).toEqual([422, ["role"]]);
  });
});
