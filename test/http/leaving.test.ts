import { describe, expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { type Api, adminToken, createApi, makeRoom, type TestRoom } from "./support/api.js";

const join = (api: Api, code: string, name?: string) =>
  api.call("POST", "/api/join", { body: { code, ...(name !== undefined && { name }) } });
const invite = async (api: Api, room: TestRoom, token: string, body: object) =>
  (await api.call("POST", `${room.path}/invites`, { token, body })).json as { inviteId: string; code: string };
const remove = (api: Api, room: TestRoom, name: string, token: string) =>
  api.call("DELETE", `${room.path}/participants/${name}`, { token });

describe("a person who is removed", () => {
  test("cannot come back with a code of their own, while codes of others keep working", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const request = { role: "approver", maxUses: 1_000, expiresInSeconds: 90 * 24 * 3_600 };
    const own = await invite(api, room, room.approver, request);
    const others = await invite(api, room, room.owner, { role: "viewer" });
    expect((await join(api, own.code, "friend")).status).toBe(200);
    const removed = await remove(api, room, "ann", room.owner);
    expect([removed.status, removed.json.ended]).toEqual([200, { invites: 1, tokens: 0 }]);
    expect((await join(api, own.code, "backdoor")).status).toBe(404);
    expect((await join(api, others.code, "guest")).status).toBe(200);
    expect((await api.call("GET", room.path, { token: room.approver })).status).toBe(401);
  });

  test("takes their tokens and their one-time link with them, and a return does not bring these back", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const tokenBody = { scopes: ["manage"] };
    const { token } = (await api.call("POST", "/api/tokens", { token: room.approver, body: tokenBody })).json;
    const { url } = (await api.call("POST", `${room.path}/link`, { token: room.approver })).json;
    expect((await remove(api, room, "ann", room.owner)).json.ended).toEqual({ invites: 0, tokens: 1 });
    const back = await invite(api, room, room.owner, { role: "viewer", forName: "ann" });
    expect((await join(api, back.code, "ann")).json.role).toBe("viewer");
    expect((await api.call("GET", room.path, { token })).status).toBe(401);
    expect((await join(api, url.split("#")[1], "ann")).status).toBe(404);
  });

  test("does not come back with a re-entry code that was made for them before", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const back = await invite(api, room, room.owner, { role: "approver", forName: "ann" });
    const removed = await remove(api, room, "ann", room.owner);
    expect(removed.json.ended.invites).toBe(1);
    expect((await join(api, back.code, "ann")).status).toBe(404);
  });

  test("leaves codes of others open, and the answer of the removal names these", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const short = await invite(api, room, room.owner, { role: "member", expiresInSeconds: 60 });
    clock.advance(60_000);
    const { openInvites } = (await remove(api, room, "max", room.owner)).json;
    expect(openInvites.map(({ role, by }: { role: string; by: string }) => [role, by])).toEqual([
      ["member", "host"],
      ["viewer", "host"],
      ["approver", "host"],
    ]);
    expect(JSON.stringify(openInvites)).not.toContain(short.inviteId);
    expect(openInvites).toEqual((await api.call("GET", `${room.path}/invites`, { token: room.owner })).json.invites);
  });

  test("lose their codes when they leave by choice, and learn of no others", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const own = await invite(api, room, room.approver, { role: "approver" });
    const left = await remove(api, room, "ann", room.approver);
    expect(left.json).toEqual({ version: expect.any(Number), ended: { invites: 1, tokens: 0 } });
    expect((await join(api, own.code, "backdoor")).status).toBe(404);
  });

  test("codes of the admin stay, because the admin never leaves", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const admins = await invite(api, room, adminToken, { role: "member" });
    await remove(api, room, "ann", room.owner);
    expect((await join(api, admins.code, "guest")).status).toBe(200);
  });
});
