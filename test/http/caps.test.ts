import { describe, expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { adminToken, createApi, makeRoom } from "./support/api.js";

const metricOf = (text: string, cap: string) => text.split("\n").find((line) => line.includes(`cap="${cap}"`));

describe("a cap", () => {
  test("on messages applies to one person in one room, gives the time to wait, and is counted", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock, caps: { maxMessagesPerMinute: 3 } });
    const [room, other] = [await makeRoom(api), await makeRoom(api)];
    const post = (path: string, token: string) => api.call("POST", `${path}/messages`, { token, body: { body: "hi" } });
    const all = await Promise.all(Array.from({ length: 10 }, () => post(room.path, room.member)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(3);
    const [refused] = all.filter(({ status }) => status !== 201);
    expect([refused?.status, refused?.json.code, refused?.headers.get("Retry-After")]).toEqual([
      429,
      "rate_limited",
      "60",
    ]);
    expect(refused?.json.detail).toMatch(/^you may make 3 messages in this room a minute, and have/);
    expect((await post(room.path, room.owner)).status).toBe(201);
    expect((await post(other.path, other.member)).status).toBe(201);
    clock.advance(60_000);
    expect((await post(room.path, room.member)).status).toBe(201);
    expect(metricOf((await api.call("GET", "/metrics", { token: adminToken })).text, "messages")).toMatch(/ 7$/);
  });

  test("on rooms binds the holder of the admin token, and one on invites each person", async () => {
    const api = await createApi({ caps: { maxRoomsPerHour: 2, maxInvitesPerHour: 2 } });
    const room = await makeRoom(api);
    const make = () => api.call("POST", "/api/rooms", { token: adminToken, body: { name: "x", agents: [] } });
    expect([(await make()).status, (await make()).status]).toEqual([201, 429]);
    const invite = async (token: string) =>
      (await api.call("POST", `${room.path}/invites`, { token, body: { role: "viewer" } })).status;
    expect([await invite(room.owner), await invite(room.owner), await invite(room.owner)]).toEqual([201, 201, 429]);
    expect(await invite(room.approver)).toBe(201);
  });

  test("on agents counts those in the room now, at its making too", async () => {
    const api = await createApi({ caps: { maxAgentsPerRoom: 3 } });
    const room = await makeRoom(api);
    const add = async (name: string) =>
      api.call("POST", `${room.path}/agents`, { token: room.owner, body: { name, script: [] } });
    expect((await add("third")).status).toBe(201);
    const refused = await add("fourth");
    expect([refused.status, refused.json.code]).toEqual([409, "limit_reached"]);
    expect(refused.json.detail).toContain("at most 3 agents");
    await api.call("DELETE", `${room.path}/agents/third`, { token: room.owner });
    expect((await add("fourth")).status).toBe(201);
    const agents = ["a1", "a2", "a3", "a4"].map((name) => ({ name, script: [] }));
    const crowd = await api.call("POST", "/api/rooms", { token: adminToken, body: { name: "x", agents } });
    expect(crowd.json.code).toBe("limit_reached");
  });

  test("on streams is one token's, and a stream that ends frees its place", async () => {
    const api = await createApi({ caps: { streams: { perToken: 2 } } });
    const room = await makeRoom(api);
    const open = async (token: string) => {
      const leave = new AbortController();
      const headers = { authorization: `Bearer ${token}` };
      const response = await api.app.request(`${room.path}/events`, { headers, signal: leave.signal });
      return { status: response.status, response };
    };
    const first = await open(room.viewer);
    const second = await open(room.viewer);
    const third = await open(room.viewer);
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    expect(third.response.headers.get("Retry-After")).toBe("5");
    expect((await open(room.member)).status).toBe(200);
    await first.response.body?.cancel();
    await expect.poll(async () => (await open(room.viewer)).status).toBe(200);
    await second.response.body?.cancel();
  });
});
