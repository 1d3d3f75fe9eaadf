import { expect, test } from "vitest";
import { createFunctionAgents } from "../../adapters/memory/agents.js";
import type { Chat } from "../../src/ports/chat.js";
import { sha256 } from "../../src/runtime/node/runtime.js";
import { assembleInMemory } from "../support/memory-parts.js";

const adminToken = "admin-token-of-the-tests";

/** A platform that calls Parley over HTTP and notes when it is connected and cut off. */
function platform(happened: string[]): Chat {
  const none = async () => undefined;
  return {
    platform: "memo",
    supports: { oneConnection: false },
    start: async () => {
      happened.push("chat starts");
      const handle = async () => new Response("from the platform");
      return {
        mounts: [{ path: "/memo/events", maxBytes: 1_000, handle }],
        stop: async () => void happened.push("chat stops"),
      };
    },
    check: async () => ({ ok: true, detail: "connected" }),
    post: none,
    edit: none,
    find: none,
    history: none,
  } as unknown as Chat;
}

test("nothing runs before the start; then agents work, platforms are connected and their addresses answer", async () => {
  const happened: string[] = [];
  const runtimes = {
    function: createFunctionAgents({ behave: (_input, { say }) => say("@host hello"), sha256 }),
  };
  const { parts } = assembleInMemory({ runtimes, chats: [platform(happened)] });
  const made = await parts.makeRoom(
    { name: "a", agents: [{ name: "coder", runtime: "function", role: "coder" }] },
    { by: { kind: "admin" } },
  );
  expect(made).toMatchObject({ kind: "rejected", rejection: { detail: expect.stringContaining("no role coder") } });
  const roomId = "aroom";
  const by = { kind: "admin" } as const;
  const agents = [{ name: "coder", role: "agent", runtime: "function" }];
  await parts.rooms.execute(roomId, {
    type: "room.create",
    by,
    name: "a",
    owner: "host",
    agents,
    policy: {},
    invites: [],
  });
  await parts.rooms.execute(roomId, { type: "message.post", by, messageId: "m1", body: "go", to: ["coder"] });
  const mount = () => parts.app.request("/memo/events", { method: "POST", body: "{}" });
  expect([(await mount()).status, happened]).toEqual([404, []]);

  await parts.start();
  expect(await (await mount()).text()).toBe("from the platform");
  const version = await parts.rooms.read(roomId, (room) => room.version, { atLeast: 5 });
  expect(version).toBeGreaterThanOrEqual(5);
  expect(happened).toEqual(["chat starts"]);

  await parts.stop({ endHttp: async () => void happened.push("http ends") });
  expect(happened).toEqual(["chat starts", "chat stops", "http ends"]);
});

test("health names every part, and the metrics count appends, viewers and rooms of this process", async () => {
  const { parts } = assembleInMemory({
    chats: [platform([])],
    checks: { wakeups: async () => ({ ok: false, detail: "away" }) },
  });
  const health = (await (
    await parts.app.request("/api/health", { headers: { authorization: `Bearer ${parts.appDeps.adminToken}` } })
  ).json()) as { degraded: string[] };
  expect(health.degraded).toEqual(["wakeups"]);
  expect(JSON.stringify(health)).toContain("memo");
  await parts.makeRoom({ name: "a" }, { by: { kind: "admin" } });
  const metrics = await parts.metrics.registry.metrics();
  expect(metrics).toContain("parley_rooms_in_memory 1");
  expect(metrics).toContain("parley_viewers 0");
  expect(metrics).toContain('parley_log_append_seconds_count{outcome="appended"} 2');
});

test("a configured origin takes precedence over the listening address", async () => {
  const named = assembleInMemory({ publicOrigin: "https://rooms.example.org" }).parts;
  await named.start({ origin: "http://127.0.0.1:1" });
  expect(named.appDeps.publicOrigin()).toBe("https://rooms.example.org");
  await named.stop();
  const unnamed = assembleInMemory({ publicOrigin: "" }).parts;
  await unnamed.start({ origin: "http://127.0.0.1:1" });
  expect(unnamed.appDeps.publicOrigin()).toBe("http://127.0.0.1:1");
  await unnamed.stop();
});

test("the API serves the rooms that agents and chats work in", async () => {
  const { parts } = assembleInMemory();
  const answer = await parts.app.request("/api/rooms", {
    method: "POST",
    headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "over HTTP" }),
  });
  expect(answer.status).toBe(201);
  const { roomId } = (await answer.json()) as { roomId: string };
  expect(await parts.rooms.read(roomId, ({ name }) => name)).toBe("over HTTP");
});
