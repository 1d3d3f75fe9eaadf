import { describe, expect, test } from "vitest";
import { isKnownHost } from "../../src/http/known-hosts.js";
import { adminToken, createApi, makeRoom } from "./support/api.js";

const addresses = { publicOrigin: "https://rooms.example.org", boundHost: "192.0.2.4", names: ["build-box"] };

describe("a Host header", () => {
  test.each([
    "rooms.example.org",
    "rooms.example.org:443",
    "ROOMS.example.org",
    "rooms.example.org.",
    "localhost:4400",
    "127.0.0.1:4400",
    "127.8.9.10",
    "[::1]:4400",
    "parley.localhost",
    "192.0.2.4:4400",
    "build-box:4400",
  ])("%s is known", (host) => {
    expect(isKnownHost(host, addresses)).toBe(true);
  });

  test.each([
    "evil.example",
    "evil.example:4400",
    "rooms.example.org.evil.example",
    "xrooms.example.org",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.0.2.5",
    "10.0.0.1:4400",
    "user@localhost",
    "localhost/evil",
    "",
  ])("“%s” is unknown", (host) => {
    expect(isKnownHost(host, addresses)).toBe(false);
  });

  test("of figures is known wherever Parley listens on every address, a name is not", () => {
    for (const boundHost of ["0.0.0.0", "::"]) {
      const known = (host: string) => isKnownHost(host, { publicOrigin: "", boundHost, names: [] });
      expect(known("10.1.2.3:4400")).toBe(true);
      expect(known("[2001:db8::7]:4400")).toBe(true);
      expect(known("evil.example:4400")).toBe(false);
    }
  });
});

describe("a page whose name was made to point to Parley", () => {
  const rebound = { Host: "evil.example:4400", Origin: "http://evil.example:4400" };

  async function rebind() {
    const api = await createApi();
    const room = await makeRoom(api);
    const ask = (path: string, init: RequestInit = {}) =>
      api.app.request(path, { ...init, headers: { ...rebound, "Content-Type": "application/json", ...init.headers } });
    return { api, room, ask };
  }

  test.each(["/api/config", "/metrics", "/api/rooms", "/", "/api/openapi.json"])("is refused at %s", async (path) => {
    const { ask } = await rebind();
    const answer = await ask(path);
    expect(answer.status).toBe(421);
    expect(await answer.json()).toMatchObject({ code: "wrong_host" });
  });

  test("joins nobody, with a good code and as its own origin", async () => {
    const { api, room, ask } = await rebind();
    const body = JSON.stringify({ code: room.invites.member, name: "eve" });
    expect((await ask("/api/join", { method: "POST", body })).status).toBe(421);
    expect((await api.call("POST", "/api/join", { body: { code: room.invites.member, name: "mia" } })).status).toBe(
      200,
    );
  });

  test("changes nothing with a token either", async () => {
    const { room, ask } = await rebind();
    const headers = { Authorization: `Bearer ${adminToken}` };
    expect((await ask(`${room.path}/pause`, { method: "POST", headers })).status).toBe(421);
  });

  test("hears of health alone that it is well", async () => {
    const { ask } = await rebind();
    const answer = await ask("/api/health");
    expect([answer.status, await answer.json()]).toEqual([200, { healthy: true }]);
  });

  test("is refused as an origin at a name of Parley's own", async () => {
    const { room, ask } = await rebind();
    const body = JSON.stringify({ code: room.invites.member, name: "eve" });
    const answer = await ask("/api/join", { method: "POST", body, headers: { Host: "localhost" } });
    expect(await answer.json()).toMatchObject({ code: "wrong_origin" });
  });
});

describe("what tells of the machine", () => {
  test("is for the admin: health says more, and metrics are open", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    for (const token of [undefined, room.owner, "wrong"])
      expect((await api.call("GET", "/api/health", { token })).json).toEqual({ healthy: true });
    const { json } = await api.call("GET", "/api/health", { token: adminToken });
    expect(json).toMatchObject({ healthy: true, checks: { log: { ok: true } } });
    const statuses = [undefined, room.owner, adminToken].map(
      async (token) => (await api.call("GET", "/metrics", { token })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 403, 200]);
  });

  test("a proxy that the settings do not know is warned of once", async () => {
    const api = await createApi();
    const warnings = () => api.logger.records.filter(({ message }) => message.includes("X-Forwarded-For"));
    await api.call("GET", "/api/config");
    expect(warnings()).toEqual([]);
    for (let n = 0; n < 3; n++) await api.call("GET", "/api/config", { headers: { "X-Forwarded-For": "203.0.113.9" } });
    expect(warnings()).toHaveLength(1);
    const trusting = await createApi({ trustProxyHops: 1 });
    await trusting.call("GET", "/api/config", { headers: { "X-Forwarded-For": "203.0.113.9" } });
    expect(trusting.logger.records.filter(({ level }) => level === "warn")).toEqual([]);
  });
});
