import { describe, expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { type Api, adminToken, type Call, createApi, makeRoom } from "./support/api.js";

const join = (api: Api, body: object, call: Call = {}) => api.call("POST", "/api/join", { body, ...call });
const wrongCode = "0000000000-0000-0000-0000-0000";

describe("joining", () => {
  test("accepts a code in any typed form, and returns a token, a cookie and the role of the code", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const typed = ` ${room.invites.approver.toUpperCase().replaceAll("-", " ")} `;
    const { status, json, headers } = await join(api, { code: typed, name: "Mia", displayName: "Mia M." });
    expect([status, json.roomId, json.name, json.role]).toEqual([200, room.roomId, "mia", "approver"]);
    expect(headers.get("Set-Cookie")).toBe(
      `parley_${room.roomId}=${json.token}; Max-Age=2592000; Path=/api/rooms/${room.roomId}; HttpOnly; SameSite=Strict`,
    );
    const taken = await join(api, { code: room.invites.viewer, name: "mia" });
    expect([taken.status, taken.json.code, taken.json.suggestion]).toEqual([409, "name_taken", "mia-2"]);
    expect((await join(api, { code: room.invites.viewer, name: "claude" })).status).toBe(422);
    expect((await join(api, { code: room.invites.viewer })).json.issues[0].path).toEqual(["name"]);
  });

  test("derives the name from a display name in any script, and says where it is taken", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const code = room.invites.member;
    const first = await join(api, { code, displayName: "李雷" });
    expect([first.status, first.json.name]).toEqual([200, "li-lei"]);
    const taken = await join(api, { code, displayName: "李雷" });
    expect([taken.status, taken.json.code, taken.json.suggestion]).toEqual([409, "name_taken", "li-lei-2"]);
    const { participants } = (await api.call("GET", room.path, { token: room.owner })).json;
    expect(participants).toContainEqual(expect.objectContaining({ name: "li-lei", displayName: "李雷" }));
    const names = async (from: string) => (await api.call("GET", `/api/names?from=${encodeURIComponent(from)}`)).json;
    expect(await names("Zoë Müller")).toEqual({ name: "zoe-muller" });
    expect(await names("김철수")).toEqual({ name: "gim-cheol-su" });
    expect(await names("Admin")).toEqual({ name: "admin-2" });
    expect((await names("x".repeat(257))).code).toBe("invalid");
  });

  test("answers every code that does not work with the same words", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const closed = await makeRoom(api);
    await api.call("POST", `${closed.path}/close`, { token: closed.owner });
    const invite = async (body: object) =>
      (await api.call("POST", `${room.path}/invites`, { token: room.owner, body: { role: "viewer", ...body } })).json;
    const [expired, usedUp, revoked] = [
      await invite({ expiresInSeconds: 60 }),
      await invite({ maxUses: 1 }),
      await invite({}),
    ];
    expect((await join(api, { code: usedUp.code, name: "once" })).status).toBe(200);
    const revoke = `${room.path}/invites/${revoked.inviteId}`;
    expect((await api.call("DELETE", revoke, { token: room.owner })).status).toBe(200);
    clock.advance(60_000);
    const listed = (await api.call("GET", `${room.path}/invites`, { token: room.owner })).json.invites;
    expect(listed.map(({ role, usesLeft }: Record<string, unknown>) => [role, usesLeft])).toEqual([
      ["member", 99],
      ["viewer", 99],
      ["approver", 99],
    ]);
    const codes = [expired.code, usedUp.code, revoked.code, closed.invites.member, wrongCode, "x", "once-abc"];
    for (const [at, code] of codes.entries()) {
      const answer = await join(api, { code, name: `n${at}` });
      const { requestId: _requestId, ...told } = answer.json;
      expect(answer.status).toBe(404);
      expect(told).toEqual({
        type: "urn:parley:problem:invite_invalid",
        title: "The code does not open a room",
        status: 404,
        code: "invite_invalid",
        detail: expect.any(String),
      });
      expect(answer.headers.get("Set-Cookie")).toBeNull();
    }
  });

  test("answers 429 to wrong codes of an address for a minute after ten of them, and takes right codes all the time", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    for (let n = 0; n < 20; n++)
      expect((await join(api, { code: room.invites.viewer, name: `friend-${n}` })).status).toBe(200);
    const tries = Array.from({ length: 60 }, () => join(api, { code: wrongCode, name: "eve" }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect([statuses.filter((s) => s === 404).length, statuses.filter((s) => s === 429).length]).toEqual([10, 50]);
    const wrong = await join(api, { code: wrongCode, name: "eve" });
    expect([wrong.status, wrong.json.code, wrong.headers.get("Retry-After")]).toEqual([429, "rate_limited", "60"]);
    expect((await join(api, { code: room.invites.viewer, name: "late" })).status).toBe(200);
    expect((await join(api, { code: wrongCode, name: "eve" }, { from: "198.51.100.7" })).status).toBe(404);
    clock.advance(60_001);
    expect((await join(api, { code: wrongCode, name: "eve" })).status).toBe(404);
  });

  test.each([
    { hops: 0, header: "203.0.113.9", address: "192.0.2.1" },
    { hops: 1, header: "203.0.113.9", address: "203.0.113.9" },
    { hops: 1, header: "1.1.1.1, 203.0.113.9", address: "203.0.113.9" },
    { hops: 2, header: "203.0.113.9, 10.0.0.1", address: "203.0.113.9" },
    { hops: 2, header: "203.0.113.9", address: "192.0.2.1" },
    { hops: 1, header: "", address: "192.0.2.1" },
    { hops: 1, header: "2001:db8:1:2:3:4:5:6", address: "2001:db8:1:2::/64" },
  ])("counts behind $hops proxies with “$header” for $address", async ({ hops, header, address }) => {
    const counted: string[] = [];
    const limits = {
      take: async (key: string) => {
        counted.push(key);
        return { ok: true } as const;
      },
    };
    const api = await createApi({ trustProxyHops: hops, limits });
    await join(api, { code: wrongCode, name: "eve" }, header === "" ? {} : { headers: { "X-Forwarded-For": header } });
    expect(new Set(counted)).toEqual(new Set([`join/${address}`]));
  });

  test("with the code of start-up works once, for fifteen minutes, as the owner", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const issue = () => api.deps.oneTimeCodes.issue({ roomId: room.roomId, name: "host", joinedVersion: 1 });
    const code = await issue();
    const first = await join(api, { code });
    expect(first.json).toMatchObject({ roomId: room.roomId, name: "host", role: "owner" });
    expect((await api.call("POST", `${room.path}/pause`, { token: first.json.token })).status).toBe(200);
    expect((await join(api, { code, name: "host" })).status).toBe(404);
    const late = await issue();
    clock.advance(15 * 60_000);
    expect((await join(api, { code: late, name: "host" })).status).toBe(404);
  });
});

describe("a link for oneself", () => {
  test("works once, with the rights of its requester; the admin becomes the owner", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const link = async (token: string) => (await api.call("POST", `${room.path}/link`, { token })).json;
    for (const [token, name, role] of [
      [room.viewer, "vic", "viewer"],
      [room.owner, "host", "owner"],
      [adminToken, "host", "owner"],
    ] as const) {
      const made = await link(token);
      expect(made).toEqual({ name, url: expect.stringMatching(/^http:\/\/parley\.test\/#once-/) });
      const code = made.url.split("#")[1];
      expect((await join(api, { code })).json).toMatchObject({ roomId: room.roomId, name, role });
      expect((await join(api, { code })).status).toBe(404);
    }
    // Its requester is still in: it is another way in, not a return.
    expect((await api.call("GET", room.path, { token: room.viewer })).status).toBe(200);
  });

  test("is worthless once its person has left, and not given to outsiders", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const other = await makeRoom(api);
    const { url } = (await api.call("POST", `${room.path}/link`, { token: room.member })).json;
    expect((await api.call("DELETE", `${room.path}/participants/max`, { token: room.owner })).status).toBe(200);
    expect((await join(api, { code: url.split("#")[1] })).status).toBe(404);
    expect((await api.call("POST", `${room.path}/link`, { token: room.member })).status).toBe(401);
    expect((await api.call("POST", `${room.path}/link`, { token: other.owner })).status).toBe(404);
  });
});

describe("the cookie", () => {
  const own = { Origin: "http://parley.test", "Content-Type": "application/json" };

  test("opens its own room; a change needs this site's Origin and a JSON body", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const other = await makeRoom(api);
    const cookie = { Cookie: `parley_${room.roomId}=${room.member}` };
    expect((await api.call("GET", room.path, { headers: cookie })).status).toBe(200);
    expect((await api.call("GET", other.path, { headers: cookie })).status).toBe(401);
    const moved = { Cookie: `parley_${other.roomId}=${room.member}` };
    expect((await api.call("GET", other.path, { headers: moved })).status).toBe(404);
    const post = (headers: Record<string, string>) =>
      api.call("POST", `${room.path}/messages`, { raw: '{"body":"hi"}', headers: { ...cookie, ...headers } });
    const refused = [
      { "Content-Type": "application/json" },
      { ...own, Origin: "http://evil.test" },
      { ...own, Origin: "null" },
      { ...own, "Content-Type": "text/plain" },
    ];
    for (const headers of refused) {
      const answer = await post(headers);
      expect([answer.status, answer.json.code]).toEqual([403, "wrong_origin"]);
    }
    expect((await post(own)).status).toBe(201);
    expect((await post({ ...own, Origin: "http://localhost" })).status).toBe(201);
    const empty = await api.call("DELETE", `${room.path}/participants/max`, {
      headers: { ...cookie, Origin: own.Origin },
    });
    expect([empty.status, empty.json.code]).toEqual([403, "wrong_origin"]);
    const leave = await api.call("DELETE", `${room.path}/participants/max`, {
      body: {},
      headers: { ...cookie, ...own },
    });
    expect([leave.status, leave.headers.get("Set-Cookie")]).toEqual([200, expect.stringContaining("Max-Age=0")]);
    expect((await api.call("GET", room.path, { headers: cookie })).status).toBe(401);
  });

  test("never carries the admin token, and gives way to a bearer token", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const headers = { Cookie: `parley_${room.roomId}=${adminToken}` };
    expect((await api.call("GET", room.path, { headers })).status).toBe(401);
    const both = { Cookie: `parley_${room.roomId}=${room.owner}` };
    expect((await api.call("POST", `${room.path}/close`, { headers: both, token: room.viewer, body: {} })).status).toBe(
      403,
    );
  });

  test("is Secure where the public address is https", async () => {
    const api = await createApi({ publicOrigin: "https://rooms.example.org" });
    const room = await makeRoom(api);
    const { headers } = await join(api, { code: room.invites.viewer, name: "safe" });
    expect(headers.get("Set-Cookie")).toContain("; Secure");
  });

  test("is not given to a person sent by another site's page", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const answer = await join(
      api,
      { code: room.invites.viewer, name: "lured" },
      { headers: { Origin: "http://evil.test" } },
    );
    expect([answer.status, answer.json.code]).toEqual([403, "wrong_origin"]);
  });
});
