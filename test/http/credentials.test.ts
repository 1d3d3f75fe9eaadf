import { describe, expect, test } from "vitest";
import type { Room } from "../../src/core/room/room.js";
import { credentialScopes } from "../../src/core/values/credential-scope.js";
import { credentialKinds } from "../../src/runtime/access/credential-state.js";
import { everyAgentsWork } from "../support/every-agents-work.js";
import { type Api, adminToken, agentSays, createApi, makeRoom, type TestRoom } from "./support/api.js";
import { readSse } from "./support/sse.js";

type Scope = (typeof credentialScopes)[number];
type Kind = (typeof credentialKinds)[number];

/** Addresses of an agent outside Parley: its own token alone opens them. */
const addressesOfTheAgent: [method: string, path: string][] = [
  ["GET", "/agent"],
  ["POST", "/agent/take"],
  ["GET", "/agent/turns"],
  ["POST", "/agent/acknowledge"],
  ["POST", "/agent/messages"],
  ["GET", "/agent/messages"],
  ["POST", "/agent/questions"],
  ["DELETE", "/agent/questions/g1"],
  ["POST", "/agent/entries"],
];

/** Requests to every other address of a room, with the scope each one takes. An invalid body proves access: 422. */
const addresses: [method: string, path: string, scope: Scope | "never"][] = [
  ["GET", "", "read"],
  ["GET", "/messages", "read"],
  ["GET", "/gates", "read"],
  ["GET", "/gates/g1/diffs/0?atLeast=none", "read"],
  ["GET", "/invites", "read"],
  ["GET", "/export", "read"],
  ["GET", "/usage", "read"],
  ["GET", "/setups", "read"],
  ["GET", "/files/abc?unknown=1", "read"],
  ["GET", "/summary", "read"],
  ["GET", "/events", "read"],
  ["GET", "/agents/coder/events", "read"],
  ["GET", "/agents/coder/workspace/tree", "read"],
  ["GET", "/agents/coder/workspace/file", "read"],
  ["GET", "/agents/coder/workspace/status", "read"],
  ["GET", "/agents/coder/workspace/diff", "read"],
  ["GET", "/agents/coder/workspace/archive", "read"],
  ["GET", "/agents/coder/turns", "read"],
  ["GET", "/agents/coder/steps?q=x", "read"],
  ["GET", "/turns/t1/steps?bytes=none", "read"],
  ["GET", "/turns/t1/results/s1?atLeast=none", "read"],
  ["POST", "/messages", "post"],
  ["POST", "/files", "post"],
  ["DELETE", "/messages/m1", "post"],
  ["PATCH", "/messages/m1", "post"],
  ["POST", "/messages/m1/retry", "post"],
  ["POST", "/retry", "post"],
  ["POST", "/gates/g1/decision", "decide"],
  ["POST", "/gates/g1/deciding", "decide"],
  ["PATCH", "", "manage"],
  ["POST", "/pause", "manage"],
  ["POST", "/resume", "manage"],
  ["POST", "/stop", "manage"],
  ["POST", "/close", "manage"],
  ["POST", "/purge", "manage"],
  ["POST", "/agents", "manage"],
  ["GET", "/agents/coder", "read"],
  ["PATCH", "/agents/coder", "manage"],
  ["POST", "/agents/coder/token", "manage"],
  ["POST", "/agents/coder/interrupt", "manage"],
  ["POST", "/agents/coder/move", "manage"],
  ["POST", "/agents/coder/fresh", "manage"],
  ["DELETE", "/agents/coder", "manage"],
  ["POST", "/setups", "manage"],
  ["POST", "/invites", "manage"],
  ["DELETE", "/invites/i1", "manage"],
  ["PATCH", "/participants/vic", "manage"],
  ["DELETE", "/participants/vic", "manage"],
  ["POST", "/link", "never"],
];

const addressesOfTheInstallation = [
  ["GET", "/api/rooms"],
  ["POST", "/api/rooms"],
  ["GET", "/api/usage"],
  ["GET", "/api/spending"],
  ["POST", "/api/spending"],
  ["GET", "/api/tokens"],
  ["POST", "/api/tokens"],
  ["DELETE", "/api/tokens/x"],
] as const;

async function issue(
  api: Api,
  room: TestRoom,
  { kind, scopes, name = "host" }: { kind: Kind; scopes: Scope[]; name?: string },
) {
  const joinedVersion = await api.rooms.peek(room.roomId, (seen) => seen.participants.get(name)?.joinedVersion);
  const issued = await api.deps.credentials.issue({
    kind,
    holder: [{ roomId: room.roomId, name, joinedVersion: joinedVersion ?? 0 }],
    scopes,
    by: { name: "admin" },
  });
  if (issued.kind !== "issued") throw new Error(issued.rejection.detail);
  return issued;
}

async function statusOf(api: Api, method: string, path: string, token: string): Promise<number> {
  const invalid = { method, token, ...(method !== "GET" && { body: { unknown: true } }) };
  const response = await api.send(method, path, invalid);
  await response.body?.cancel();
  return response.status;
}

/** Requests whose answers are not the right ones. */
function wrongAnswers(api: Api) {
  const wrong: string[] = [];
  return {
    wrong,
    async expect(token: string, [method, path]: [string, string], isRight: (status: number) => boolean) {
      const status = await statusOf(api, method, path, token);
      if (!isRight(status)) wrong.push(`${method} ${path} ${status}`);
    },
  };
}

describe("a credential at every address", () => {
  test("covers all addresses of a room", async () => {
    const { app } = await createApi();
    const served = app.routes.filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/rooms/:id"));
    const asked = [...addresses, ...addressesOfTheAgent].map(([method, path]) =>
      `${method} /api/rooms/:id${path}`
        .replace("/diffs/0", "/diffs/:at")
        .replace(/(gates|questions)\/g1/, "$1/:gateId")
        .replace("/files/abc?unknown=1", "/files/:sha256")
        .replace(/\?.*$/, "")
        .replace("/turns/t1", "/turns/:turnId")
        .replace("/results/s1", "/results/:stepId")
        .replace("/agents/coder", "/agents/:name")
        .replace("/messages/m1", "/messages/:messageId")
        .replace("/invites/i1", "/invites/:inviteId")
        .replace("/participants/vic", "/participants/:name"),
    );
    expect(asked.sort()).toEqual(served.map(({ method, path }) => `${method} ${path}`).sort());
  });

  const isForbidden = (status: number) => status === 403;

  test.each(credentialKinds)("of kind %s reaches what its kind and scopes allow, and nothing else", async (kind) => {
    const api = await createApi({ workspaces: everyAgentsWork() });
    const [room, other] = [await makeRoom(api), await makeRoom(api)];
    const works = kind === "api" || kind === "person";
    const asks = wrongAnswers(api);
    // An owner's request that is let in is refused for its body alone.
    const isIn = (status: number) => ![401, 403, 404].includes(status);
    for (const scope of credentialScopes) {
      const { token } = await issue(api, room, { kind, scopes: [scope] });
      for (const [method, path, needed] of addresses) {
        await asks.expect(token, [method, room.path + path], works && needed === scope ? isIn : isForbidden);
        await asks.expect(token, [method, other.path + path], works ? (status) => status === 404 : isForbidden);
      }
      for (const [method, path] of addressesOfTheInstallation) await asks.expect(token, [method, path], isForbidden);
    }
    expect(asks.wrong).toEqual([]);
  });

  test.each(credentialKinds)("of kind %s, held by a person, opens no address of an agent", async (kind) => {
    const api = await createApi();
    const [room, other] = [await makeRoom(api), await makeRoom(api)];
    const asks = wrongAnswers(api);
    const { token } = await issue(api, room, { kind, scopes: [...credentialScopes] });
    const refused = kind === "room-agent" ? 401 : 403;
    for (const path of [room.path, other.path])
      for (const [method, rest] of addressesOfTheAgent)
        await asks.expect(token, [method, path + rest], (status) => status === refused);
    expect(asks.wrong).toEqual([]);
  });

  test("of an agent outside Parley opens its own addresses in its own room, and no other", async () => {
    const api = await createApi();
    const [room, other] = [await makeRoom(api), await makeRoom(api)];
    const body = { name: "outside", runtime: "external" };
    const { token } = (await api.call("POST", `${room.path}/agents`, { token: room.owner, body })).json;
    const asks = wrongAnswers(api);
    const isIn = (status: number) => [200, 422].includes(status);
    for (const [method, path] of addressesOfTheAgent) {
      await asks.expect(token, [method, room.path + path], isIn);
      await asks.expect(token, [method, other.path + path], (status) => status === 404);
    }
    for (const [method, path] of addresses)
      for (const base of [room.path, other.path]) await asks.expect(token, [method, base + path], isForbidden);
    for (const [method, path] of addressesOfTheInstallation) await asks.expect(token, [method, path], isForbidden);
    expect(asks.wrong).toEqual([]);
  });

  test("that is no credential opens no address of an agent", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const asks = wrongAnswers(api);
    const { owner, approver, member, viewer } = room;
    for (const [method, path] of addressesOfTheAgent) {
      for (const token of [adminToken, owner, approver, member, viewer])
        await asks.expect(token, [method, room.path + path], isForbidden);
      for (const token of ["wrong", "p1.e30.x", `p2.room-agent.${"0".repeat(16)}.${"x".repeat(43)}`])
        await asks.expect(token, [method, room.path + path], (status) => status === 401);
      const headers = { Cookie: `parley_${room.roomId}=${owner}`, Origin: "http://parley.test" };
      expect((await api.call(method, room.path + path, { headers })).status).toBe(401);
    }
    expect(asks.wrong).toEqual([]);
  });

  test("that is for some of its holder's rooms opens no other", async () => {
    const api = await createApi();
    const rooms = [await makeRoom(api), await makeRoom(api)];
    const holder = await Promise.all(
      rooms.map(async ({ roomId }) => {
        const look = (room: Room) => room.participants.get("host")?.joinedVersion ?? 0;
        return { roomId, name: "host", joinedVersion: await api.rooms.peek(roomId, look) };
      }),
    );
    const given = { kind: "person", holder, scopes: ["read"], by: { name: "admin" } } as const;
    const statuses = async (limits: { rooms?: string[] }) => {
      const issued = await api.deps.credentials.issue({ ...given, ...limits });
      const token = issued.kind === "issued" ? issued.token : "";
      return Promise.all(rooms.map(async ({ path }) => (await api.call("GET", path, { token })).status));
    };
    expect(await statuses({})).toEqual([200, 200]);
    expect(await statuses({ rooms: [rooms[0]?.roomId ?? ""] })).toEqual([200, 404]);
  });

  test("has no more rights than the participant it acts as", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const { token } = await issue(api, room, { kind: "api", scopes: [...credentialScopes], name: "vic" });
    const post = { token, body: { body: "hello" } };
    expect((await api.call("GET", room.path, { token })).status).toBe(200);
    expect((await api.call("POST", `${room.path}/messages`, post)).json.code).toBe("forbidden");
    expect((await api.call("POST", `${room.path}/pause`, { token })).json.code).toBe("forbidden");
  });
});

describe("tokens", () => {
  test("are made, used, listed and revoked; a secret is on no face and in no log", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { gate: "always" } });
    const body = { scopes: ["read", "post"], label: "ci", expiresInSeconds: 3_600 };
    const made = await api.call("POST", "/api/tokens", { token: room.approver, body });
    expect([made.status, made.json.name, made.json.scopes]).toEqual([201, "ann", ["read", "post"]]);
    const { token, id } = made.json;
    const posted = await api.call("POST", `${room.path}/messages`, { token, body: { body: "from ci" } });
    expect(posted.status).toBe(201);
    await agentSays(api, room.roomId, { text: "@room held" });
    const sse = readSse(await api.send("GET", `${room.path}/events?after=0`, { token }));
    await sse.nextData();
    const faces = [sse.seen(), (await api.call("GET", "/api/tokens", { token: adminToken })).text];
    for (const path of ["", "/messages", "/gates", "/invites", "/export", "/export?format=md"]) {
      faces.push((await api.call("GET", room.path + path, { token: room.owner })).text);
    }
    faces.push(
      (await api.call("GET", "/api/health", { token: adminToken })).text,
      (await api.call("GET", "/metrics", { token: adminToken })).text,
    );
    const streams = await Promise.all(
      (await api.eventLog.streams("")).map(async ({ stream }) => JSON.stringify(await api.eventLog.read(stream))),
    );
    const secret = token.split(".")[3];
    expect(secret).toHaveLength(43);
    expect(faces.join("")).toContain("from ci");
    expect([...faces, ...streams, JSON.stringify(api.logger)].filter((text) => text.includes(secret))).toEqual([]);

    const mine = (await api.call("GET", "/api/tokens", { token: room.approver })).json.tokens;
    expect(mine).toEqual([expect.objectContaining({ id, kind: "api", name: "ann", label: "ci" })]);
    expect((await api.call("GET", "/api/tokens", { token: room.member })).json.tokens).toEqual([]);
    expect((await api.call("GET", "/api/tokens", { token: room.owner })).json.tokens).toHaveLength(1);
    const others = await api.call("DELETE", `/api/tokens/${id}`, { token: room.member });
    expect([others.status, others.json.code]).toEqual([404, "token_not_found"]);
    expect((await api.call("DELETE", `/api/tokens/${id}`, { token: room.owner })).status).toBe(200);
    expect((await api.call("GET", room.path, { token })).status).toBe(401);
    while (await sse.nextData(5_000));
  });

  test("have at most their creator's rights, and act as no other person", async () => {
    const api = await createApi();
    const [room, other] = [await makeRoom(api), await makeRoom(api)];
    const make = async (token: string, body: object) => (await api.call("POST", "/api/tokens", { token, body })).status;
    expect(await make(room.viewer, { scopes: ["read"] })).toBe(201);
    expect(await make(room.viewer, { scopes: ["read", "post"] })).toBe(403);
    expect(await make(room.member, { scopes: ["decide"] })).toBe(403);
    expect(await make(room.member, { scopes: ["read"], name: "host" })).toBe(403);
    expect(await make(room.owner, { scopes: ["read"], roomId: other.roomId })).toBe(404);
    expect(await make(adminToken, { scopes: ["manage"], roomId: room.roomId })).toBe(201);
    expect(await make(adminToken, { scopes: ["read"], roomId: room.roomId, name: "coder" })).toBe(404);
    expect(await make(adminToken, { scopes: ["read"] })).toBe(422);
    expect(await make(room.owner, { scopes: [] })).toBe(422);
    expect(await make("p1.x.y", { scopes: ["read"] })).toBe(401);
  });

  test("end with the person's stay", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const body = { scopes: ["read"] };
    const { token } = (await api.call("POST", "/api/tokens", { token: room.member, body })).json;
    expect((await api.call("GET", room.path, { token })).status).toBe(200);
    await api.call("DELETE", `${room.path}/participants/max`, { token: room.owner });
    expect((await api.call("GET", room.path, { token })).status).toBe(401);
    expect((await api.call("GET", "/api/tokens", { token: adminToken })).json.tokens).toEqual([]);
  });
});

describe("Parley-As", () => {
  const origin = "http://parley.test";

  test("stops a change meant to be another's, and says whose the cookie is", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const cookie = { Cookie: `parley_${room.roomId}=${room.member}`, Origin: origin };
    const post = (headers: Record<string, string>, token?: string) =>
      api.call("POST", `${room.path}/messages`, { body: { body: "hi" }, headers, token });
    const refused = await post({ ...cookie, "Parley-As": "ann" });
    expect([refused.status, refused.json.code, refused.json.you]).toEqual([409, "not_you", "max"]);
    expect(refused.headers.get("Content-Type")).toContain("application/problem+json");
    expect(refused.json.detail).toBe(
      "The cookie of this browser is max's, and the request was meant to be another's. Nothing was done.",
    );
    expect((await api.call("GET", `${room.path}/messages`, { token: room.owner })).json.messages).toEqual([]);
    for (const path of ["/pause", "/gates/g1/decision", "/agents", "/invites", "/link"]) {
      const answer = await api.call("POST", room.path + path, { body: {}, headers: { ...cookie, "Parley-As": "ann" } });
      expect([path, answer.json.code]).toEqual([path, "not_you"]);
    }
    expect((await post({ ...cookie, "Parley-As": "max" })).status).toBe(201);
    expect((await post(cookie)).status).toBe(201);
    expect((await post({ "Parley-As": "ann" }, room.member)).json.code).toBe("not_you");
    expect((await post({}, room.member)).status).toBe(201);
    expect((await post({ "Parley-As": "admin" }, adminToken)).status).toBe(201);
    const read = await api.call("GET", room.path, { headers: { ...cookie, "Parley-As": "ann" } });
    expect(read.status).toBe(200);
  });
});
