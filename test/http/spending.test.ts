import { describe, expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { adminToken, createApi, makeRoom } from "./support/api.js";

const usage = (usd: number) => ({ inputTokens: 10, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd });
const evening = Date.UTC(2026, 4, 30, 23);
const admin = { token: adminToken };

describe("usage", () => {
  test("of a room shows today, this month and all, with the limits, to everybody in it", async () => {
    const clock = createManualClock(evening);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const budget = { usdPerDay: 5, usdPerMonth: 50, tokens: 1_000 };
    await api.call("PATCH", room.path, { token: room.owner, body: { policy: { budget } } });
    const use = () =>
      api.rooms.execute(room.roomId, { type: "turn.usage", agent: "coder", model: "m", usage: usage(1.5) });
    await use();
    clock.advance(2 * 3_600_000);
    await use();
    const { status, json } = await api.call("GET", `${room.path}/usage`, { token: room.viewer });
    expect(status).toBe(200);
    expect(json.room).toEqual({
      today: { usd: 1.5, tokens: 10 },
      month: { usd: 3, tokens: 20 },
      total: { usd: 3, tokens: 20 },
      limits: budget,
    });
    const coder = json.agents.find(({ name }: { name: string }) => name === "coder");
    expect(coder.today.usd).toBe(1.5);
    expect((await api.call("GET", `${room.path}/usage`)).status).toBe(401);
  });

  test("of the installation shows each person's, to the admin alone", async () => {
    const spendingLimits = { installation: { usdPerDay: 20 }, person: { usdPerMonth: 30 } };
    const api = await createApi({ clock: createManualClock(evening), spendingLimits });
    const room = await makeRoom(api);
    const call = { roomId: room.roomId, agent: "coder", model: "m", tokens: 10 };
    await api.deps.ledger.record({ ...call, payer: "local/mia", usd: 1 });
    await api.deps.ledger.record({ ...call, payer: "slack/U1", usd: 2 });
    const { json } = await api.call("GET", "/api/usage", admin);
    expect(json.installation).toMatchObject({ today: { usd: 3, tokens: 20 }, limits: { usdPerDay: 20 } });
    expect(json.persons).toMatchObject([
      { payer: "slack/U1", month: { usd: 2 }, limits: { usdPerMonth: 30 } },
      { payer: "local/mia", month: { usd: 1 } },
    ]);
    expect((await api.call("GET", "/api/usage", { token: room.owner })).status).toBe(403);
  });
});

describe("the switch that stops all spending", () => {
  test("is the admin's, is shown in health and in every room with agents that call a model, and is told once", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    await api.rooms.execute(room.roomId, {
      type: "agent.add",
      by: { kind: "admin" },
      agent: { name: "pia", role: "agent", runtime: "claude-code" },
    });
    const set = (body: object, token = adminToken) => api.call("POST", "/api/spending", { token, body });
    expect((await set({ stopped: true }, room.owner)).status).toBe(403);
    expect((await set({ stopped: true, more: 1 })).status).toBe(422);
    const stopped = await set({ stopped: true, reason: "too dear" });
    expect(stopped.json).toMatchObject({ stopped: true, by: "admin", reason: "too dear" });
    await set({ stopped: true, reason: "again" });
    expect((await api.call("GET", "/api/spending", admin)).json).toMatchObject({ reason: "too dear" });
    const shown = async () => (await api.call("GET", room.path, { token: room.viewer })).json.spendingHold;
    await expect.poll(shown).toMatch(/^All spending was stopped by admin: too dear\./);
    await expect.poll(async () => (await api.call("GET", "/api/health", admin)).json.degraded).toContain("spending");
    expect((await set({ stopped: false })).json).toEqual({ stopped: false });
    await expect.poll(shown).toBeUndefined();
    const log = (await api.call("GET", `${room.path}/export`, { token: room.owner })).text;
    expect(log.split("\n").filter((line) => line.includes("spendingHold"))).toHaveLength(2);
  });

  test("tells its end to a room whose last agent that calls a model has left", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const agent = { name: "pia", role: "agent", runtime: "claude-code" };
    await api.rooms.execute(room.roomId, { type: "agent.add", by: { kind: "admin" }, agent });
    const set = (stopped: boolean) => api.call("POST", "/api/spending", { ...admin, body: { stopped } });
    const shown = async () => (await api.call("GET", room.path, { token: room.viewer })).json.spendingHold;
    await set(true);
    await expect.poll(shown).toMatch(/^All spending was stopped/);
    await api.call("DELETE", `${room.path}/agents/pia`, { token: room.owner });
    await set(false);
    await expect.poll(shown).toBeUndefined();
  });
});
