import { describe, expect, test } from "vitest";
import { createApi, makeRoom } from "./support/api.js";

describe("PATCH /participants/:name", () => {
  test("gives a person another role, which holds for the token they have", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const body = { role: "approver", maxUses: 1 };
    await api.call("POST", `${room.path}/invites`, { token: room.approver, body });
    const down = { token: room.owner, body: { role: "viewer" } };
    const changed = await api.call("PATCH", `${room.path}/participants/ann`, down);
    expect([changed.status, changed.json.endedInvites]).toEqual([200, 1]);
    const post = { token: room.approver, body: { body: "hello" } };
    expect((await api.call("POST", `${room.path}/messages`, post)).status).toBe(403);
    const up = { token: room.owner, body: { role: "member" } };
    expect((await api.call("PATCH", `${room.path}/participants/ann`, up)).json.endedInvites).toBe(0);
    expect((await api.call("POST", `${room.path}/messages`, post)).status).toBe(201);
  });

  test("is refused for people who are not owners, for unknown roles and for the only owner", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const change = async (token: string, name: string, role: string) =>
      (await api.call("PATCH", `${room.path}/participants/${name}`, { token, body: { role } })).json.code;
    expect(await change(room.approver, "ann", "owner")).toBe("forbidden");
    expect(await change(room.owner, "ann", "king")).toBe("invalid");
    expect(await change(room.owner, "host", "member")).toBe("limit_reached");
  });
});

describe("GET /agents/:name", () => {
  test("says what an agent works by, as it was set last", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const add = { name: "zed", gate: "first", prompt: "Be brief.", budget: { usd: 2 }, script: [] };
    const added = await api.call("POST", `${room.path}/agents`, { token: room.owner, body: add });
    expect(added.json).toMatchObject({ name: "zed" });
    const path = `${room.path}/agents/zed`;
    const before = (await api.call("GET", path, { token: room.approver })).json;
    expect(before).toMatchObject({
      name: "zed",
      gate: "first",
      prompt: "Be brief.",
      budget: { usd: 2 },
    });
    await api.call("PATCH", path, { token: room.owner, body: { prompt: "Be thorough.", model: "m-1" } });
    const after = (await api.call("GET", path, { token: room.approver })).json;
    expect(after).toMatchObject({ prompt: "Be thorough.", model: "m-1", gate: "first" });
  });

  test("is for those who manage agents, and names agents alone", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    expect((await api.call("GET", `${room.path}/agents/coder`, { token: room.member })).json.code).toBe("forbidden");
    const person = await api.call("GET", `${room.path}/agents/ann`, { token: room.owner });
    expect(person.json.code).toBe("participant_not_found");
  });
});
