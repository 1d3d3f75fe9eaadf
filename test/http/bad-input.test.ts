import { describe, expect, test } from "vitest";
import {
  type Api,
  adminToken,
  agentSays,
  type Call,
  createApi,
  headOf,
  makeRoom,
  type TestRoom,
} from "./support/api.js";

const hash = "0".repeat(64);

/** Every endpoint that changes a room, with a valid body and a caller who may send it. */
const changes: { method: string; path: string; body: object; who: keyof TestRoom; refused: (keyof TestRoom)[] }[] = [
  { method: "PATCH", path: "", body: { name: "New" }, who: "owner", refused: ["approver", "member", "viewer"] },
  { method: "POST", path: "/messages", body: { body: "hi" }, who: "member", refused: ["viewer"] },
  { method: "POST", path: "/agents", body: { name: "extra" }, who: "approver", refused: ["member", "viewer"] },
  { method: "PATCH", path: "/agents/coder", body: { model: "m" }, who: "approver", refused: ["member", "viewer"] },
  { method: "POST", path: "/agents/coder/interrupt", body: {}, who: "approver", refused: ["member", "viewer"] },
  { method: "DELETE", path: "/agents/coder", body: {}, who: "approver", refused: ["member", "viewer"] },
  {
    method: "POST",
    path: "/gates/none/decision",
    body: { action: "approve", hash },
    who: "approver",
    refused: ["member", "viewer"],
  },
  { method: "POST", path: "/invites", body: { role: "viewer" }, who: "approver", refused: ["member", "viewer"] },
  { method: "DELETE", path: "/invites/none", body: {}, who: "approver", refused: ["member", "viewer"] },
  { method: "POST", path: "/pause", body: {}, who: "approver", refused: ["member", "viewer"] },
  { method: "POST", path: "/resume", body: {}, who: "approver", refused: ["member", "viewer"] },
  { method: "POST", path: "/stop", body: {}, who: "approver", refused: ["member", "viewer"] },
  { method: "POST", path: "/close", body: {}, who: "owner", refused: ["approver", "member", "viewer"] },
  { method: "DELETE", path: "/participants/max", body: {}, who: "owner", refused: ["approver", "viewer"] },
];
const reads = ["", "/messages", "/events", "/agents/coder/events", "/gates", "/invites", "/export"];

/** A problem in its full form. */
function expectProblem(answer: { status: number; headers: Headers; text: string }, status: number, code: string) {
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
  const body = JSON.parse(answer.text);
  expect([answer.status, body.status, body.code]).toEqual([status, status, code]);
  for (const field of ["type", "title", "detail", "requestId"]) expect(body[field]).toEqual(expect.any(String));
  expect(body.requestId).toBe(answer.headers.get("X-Request-Id"));
  return body;
}

async function unchanged(api: Api, room: TestRoom, work: () => Promise<void>): Promise<void> {
  const before = [await headOf(api, room.roomId), (await api.eventLog.head("rooms"))?.version];
  await work();
  expect([await headOf(api, room.roomId), (await api.eventLog.head("rooms"))?.version]).toEqual(before);
}

describe.each(changes)("$method /api/rooms/:id$path", ({ method, path, body, who, refused }) => {
  const setUp = async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const send = (call: Call) => api.call(method, room.path + path, { body, ...call });
    return { api, room, send };
  };

  test("is refused without a token, with a wrong one, and with one of another room", async () => {
    const { api, room, send } = await setUp();
    const other = await makeRoom(api);
    await unchanged(api, room, async () => {
      const [payloadStart, payload = "", mac = ""] = room.owner.split(".");
      const bad = ["", "x", "p1..", "a.b.c", `${payloadStart}.${payload}.${mac.slice(1)}`, `${room.owner}A`, "ü"];
      expectProblem(await send({}), 401, "unauthorized");
      for (const token of bad.slice(0, -1)) expectProblem(await send({ token }), 401, "unauthorized");
      expectProblem(await send({ headers: { Authorization: "Basic eDp5" } }), 401, "unauthorized");
      const foreign = expectProblem(await send({ token: other.owner }), 404, "room_not_found");
      const nowhere = expectProblem(
        await api.call(method, `/api/rooms/0000000000${path}`, { body, token: other.owner }),
        404,
        "room_not_found",
      );
      const unknown = expectProblem(
        await api.call(method, `/api/rooms/0000000000${path}`, { body, token: adminToken }),
        404,
        "room_not_found",
      );
      const told = ({ requestId: _requestId, ...rest }: { requestId: string }) => rest;
      expect(told(nowhere)).toEqual(told(foreign));
      expect(told(unknown)).toEqual(told(foreign));
    });
  });

  test(`is refused to ${refused.join(", ")}`, async () => {
    const { api, room, send } = await setUp();
    await unchanged(api, room, async () => {
      for (const role of refused) expectProblem(await send({ token: room[role] as string }), 403, "forbidden");
    });
  });

  test("is refused with anything but the JSON it takes", async () => {
    const { api, room, send } = await setUp();
    const token = room[who] as string;
    await unchanged(api, room, async () => {
      for (const raw of ["{", "hello", '{"a":1}}', new Uint8Array([0x22, 0xff, 0x22])])
        expectProblem(await send({ token, raw }), 400, "not_json");
      for (const raw of ["[]", "null", "3", '"text"', '{"unknown":1}', '{"__proto__":{"body":"x"}}'])
        expectProblem(await send({ token, raw }), 422, "invalid");
      expectProblem(await send({ token, body: { ...body, unknown: 1 } }), 422, "invalid");
      for (const [field] of Object.entries(body)) {
        for (const wrong of [null, 3.5, { a: 1 }, [[]], ""]) {
          if (field === "body" && wrong === "") continue;
          const problem = expectProblem(await send({ token, body: { ...body, [field]: wrong } }), 422, "invalid");
          expect(problem.issues.length).toBeGreaterThan(0);
        }
      }
      const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
      expectProblem(await send({ token, raw: `{"script":${deep}}` }), 422, "invalid");
      expectProblem(await send({ token, raw: " ".repeat(64 * 1_024 + 1) }), 413, "too_large");
      expectProblem(await send({ token, raw: "{}", headers: { "Content-Length": "70000" } }), 413, "too_large");
      expectProblem(await api.call(method, `${room.path}${path}?token=x`, { token, body }), 422, "invalid");
    });
  });
});

describe.each(reads)("GET /api/rooms/:id%s", (path) => {
  test("is refused without a right token, and takes no query it does not know", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const other = await makeRoom(api);
    const get = (token: string | undefined, query = "") =>
      api.call("GET", room.path + path + query, token === undefined ? {} : { token });
    expectProblem(await get(undefined), 401, "unauthorized");
    expectProblem(await get("p1.e30.x"), 401, "unauthorized");
    expectProblem(await get(other.owner), 404, "room_not_found");
    for (const query of ["?token=abc", "?atLeast=-1", "?atLeast=1&atLeast=2", "?atLeast=x"])
      expectProblem(await get(room.approver, query), 422, "invalid");
    if (path === "/invites") expectProblem(await get(room.member), 403, "forbidden");
  });
});

describe("queries", () => {
  test.each([
    "/messages?limit=0",
    "/messages?limit=201",
    "/messages?limit=1e2",
    "/messages?before=x",
    "/messages?before=1.2.3",
    "/events?after=-1",
    "/events?after=1.",
    "/events?activity=yes",
    "/export?format=pdf",
  ])("%s is refused", async (path) => {
    const api = await createApi();
    const room = await makeRoom(api);
    expectProblem(await api.call("GET", room.path + path, { token: room.owner }), 422, "invalid");
  });

  test("a Last-Event-ID that is not a position is refused", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const headers = { "Last-Event-ID": "nonsense" };
    expectProblem(await api.call("GET", `${room.path}/events`, { token: room.owner, headers }), 422, "invalid");
  });
});

describe("POST /api/rooms", () => {
  test("is for the admin alone and makes nothing of a bad request", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const send = (call: Call) => api.call("POST", "/api/rooms", { body: { name: "x" }, ...call });
    await unchanged(api, room, async () => {
      expectProblem(await send({}), 401, "unauthorized");
      expectProblem(await send({ token: "wrong" }), 401, "unauthorized");
      expectProblem(await send({ token: room.owner }), 403, "forbidden");
      expectProblem(await api.call("GET", "/api/rooms", { token: room.owner }), 403, "forbidden");
      const bad = [
        {},
        { name: "" },
        { name: "a\nb" },
        { name: "x".repeat(81) },
        { name: "x", owner: "claude" },
        { name: "x", owner: "host", agents: [{ name: "host" }] },
        { name: "x", agents: [{ name: "a b" }] },
        { name: "x", agents: [{ name: "coder", script: [{ match: "(" }] }] },
        { name: "x", agents: [{ name: "coder" }, { name: "Coder" }] },
        { name: "x", agents: [{ name: "coder", runtime: "claude-code" }] },
        { name: "x", agents: [{ name: "coder", script: [{ replies: "typo" }] }] },
        { name: "x", policy: { gate: "sometimes" } },
        { name: "x", policy: { loopGuard: true } },
        { name: "x", repo: "our widgets" },
        { name: "x", repo: "http://github.com/acme/widgets" },
        { name: "x", repo: "acme/widgets", branch: "-force" },
        { name: "x", policy: { egress: ["example.org", "10.0.0.1"] } },
      ];
      for (const body of bad) expectProblem(await send({ token: adminToken, body }), 422, "invalid");
      const headers = { "Idempotency-Key": "with space" };
      expectProblem(await send({ token: adminToken, headers }), 422, "invalid");
      const secretive = await send({
        token: adminToken,
        body: { name: "x", repo: "https://mia:s3cret@github.com/a/b" },
      });
      expectProblem(secretive, 422, "invalid");
      expect(JSON.stringify(secretive)).not.toContain("s3cret");
    });
  });

  test("a repository is kept by its address, however it was written", async () => {
    const api = await createApi();
    const body = { name: "x", repo: "Acme/Widgets.git", branch: "release/1.0" };
    const made = await api.call("POST", "/api/rooms", { token: adminToken, body });
    const { roomId, token } = made.json as { roomId: string; token: string };
    expect((await api.call("GET", `/api/rooms/${roomId}`, { token })).json).toMatchObject({
      repo: "https://github.com/Acme/Widgets",
      branch: "release/1.0",
    });
  });
});

describe("JSON nested without end", () => {
  test("is refused even where any JSON is accepted", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const add = (levels: number) => {
      const input = `${"[".repeat(levels)}${"]".repeat(levels)}`;
      const raw = `{"name":"deep","script":[{"work":[{"tool":"Read","ms":0,"input":${input}}]}]}`;
      return api.call("POST", `${room.path}/agents`, { token: room.owner, raw });
    };
    await unchanged(api, room, async () => {
      for (const levels of [41, 1_000, 30_000]) expectProblem(await add(levels), 422, "invalid");
    });
    expect((await add(10)).status).toBe(201);
  });
});

describe("everything else", () => {
  test("is a problem too: unknown addresses, other methods, a log that cannot be written, a fault of our own", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    for (const path of ["/api/nothing", "/api", "/", `${room.path}/gates/x`, "/api/rooms/"])
      expectProblem(await api.call("GET", path, { token: adminToken }), 404, "not_found");
    expectProblem(await api.call("PUT", room.path, { token: room.owner, body: {} }), 404, "not_found");
    api.eventLog.planFaults(() => "unavailable");
    const post = await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "x" } });
    expectProblem(post, 503, "unavailable");
    expect(post.headers.get("Retry-After")).toBe("1");
    const health = await api.call("GET", "/api/health", { token: adminToken });
    expect([health.status, health.json.healthy, health.json.degraded]).toEqual([503, false, ["log"]]);
    const broken = await createApi({
      limits: {
        take: async () => {
          throw new Error("secret detail");
        },
      },
    });
    const join = await broken.call("POST", "/api/join", { body: { code: "any", name: "eve" }, expectsFault: true });
    expectProblem(join, 500, "internal");
    expect(join.text).not.toContain("secret detail");
  });

  test("carries headers that keep a browser out of trouble, and logs neither query, token nor body", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    await agentSays(api, room.roomId, { text: "@room hi" });
    const answer = await api.call("POST", `${room.path}/messages`, {
      token: room.member,
      body: { body: "words nobody logs" },
      headers: { "X-Request-Id": "abc-1" },
    });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-request-id": "abc-1",
    });
    await api.call("GET", `${room.path}/messages?limit=7`, { token: room.member, headers: { "X-Request-Id": "a b" } });
    const log = JSON.stringify(api.logger.records);
    expect(log).toContain("abc-1");
    for (const hidden of ["words nobody logs", room.member, adminToken, "limit=7", "a b"])
      expect(log).not.toContain(hidden);
    const metrics = await api.call("GET", "/metrics", { token: adminToken });
    expect(metrics.text).toContain(
      'parley_http_requests_total{method="POST",route="/api/rooms/:id/messages",status="201"} 1',
    );
    expect(metrics.text).not.toContain(room.roomId);
  });
});

describe("what is wrong is explained in plain words", () => {
  test.each<[object, string]>([
    [{ name: "" }, "name: must not be empty"],
    [{ name: "x".repeat(81) }, "name: may have at most 80 characters"],
    [{}, "name: is missing"],
    [{ name: 7 }, "name: must be a string"],
    [{ name: "x", nmae: "y" }, 'has an unknown field: "nmae"'],
    [{ name: "x", policy: { askIn: "nowhere" } }, 'policy.askIn: must be one of "thread", "approvers"'],
    [{ name: "x", agents: [{ name: "a", scritp: [] }] }, 'agents.0: has an unknown field: "scritp"'],
  ])("%j", async (body, detail) => {
    const api = await createApi();
    const { status, json } = await api.call("POST", "/api/rooms", { token: adminToken, body });
    expect([status, json.detail]).toEqual([422, detail]);
  });
});
