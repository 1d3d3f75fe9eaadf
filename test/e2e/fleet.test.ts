import { afterEach, expect, test } from "vitest";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { type FleetProcesses, openFleet, openPostgresFleet } from "../support/fleet.js";
import { type CreatedRoom, call, eventually, exportEvents } from "../support/parley-client.js";
import type { ParleyProcess } from "../support/parley-process.js";
import { needsPostgres, needsRedis } from "../support/require.js";
import { openStream } from "../support/sse.js";
import { until } from "../support/until.js";

const patience = 60_000;
const reply = { match: "^hello (\\S+)", reply: "@mia heard {1}" };
const slow = { match: "^slow", reply: "@mia it is a long story", stream: true, delayMs: 2_000 };
const scripted = (name: string) => ({ name, role: "coder", runtime: "scripted", script: [reply, slow] });

needsRedis()("two processes that serve the same rooms on a stream server", () => testFleet(openFleet));

needsPostgres()("two processes that serve the same rooms in PostgreSQL", () => {
  needsRedis()("with Redis", () => testFleet(openPostgresFleet));
});

function testFleet(open: () => Promise<FleetProcesses>): void {
  let fleet: FleetProcesses | undefined;
  afterEach(() => fleet?.stop(), 60_000);

  const makeRoom = async (at: ParleyProcess, agents: string[]) => {
    const body = { name: "fleet", owner: "mia", agents: agents.map(scripted), policy: { loopGuard: false } };
    const made = await call<CreatedRoom>(`${at.url}/api/rooms`, { token: at.adminToken, body });
    expect(made.status).toBe(201);
    return made.body;
  };
  const say = async (at: ParleyProcess, { roomId, token }: CreatedRoom, body: string, to: string[]) => {
    const sent = await call<AnswerOf<"postMessage">>(`${at.url}/api/rooms/${roomId}/messages`, {
      token,
      body: { body, to },
    });
    expect(sent.status).toBe(201);
    return sent.body.version;
  };
  const roomAt = async (at: ParleyProcess, { roomId, token }: CreatedRoom, atLeast = 0) =>
    (await call<AnswerOf<"getRoom">>(`${at.url}/api/rooms/${roomId}?atLeast=${atLeast}`, { token })).body;
  const agentAt = async (at: ParleyProcess, room: CreatedRoom, name: string) =>
    (await roomAt(at, room)).participants.find((participant) => participant.name === name);
  /** Commands that were decided at the other process. */
  const handedAt = async ({ url, adminToken }: ParleyProcess) => {
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
    return Number(/parley_commands_handed_total\{outcome="decided"\} (\d+)/.exec(await answer.text())?.[1] ?? 0);
  };
  const heard = async (at: ParleyProcess, { roomId, token }: CreatedRoom, what: string) => {
    const { body } = await call<AnswerOf<"listMessages">>(`${at.url}/api/rooms/${roomId}/messages`, { token });
    return body.messages.some((message) => message.body === `heard ${what}`);
  };
  /** Names by home: agents go to the process that takes them first. */
  const agentsByHome = async (at: ParleyProcess, room: CreatedRoom, agents: string[]) => {
    const { participants } = await eventually(
      () => roomAt(at, room),
      (seen) => agents.every((name) => seen.participants.some((one) => one.name === name && one.home !== undefined)),
    );
    const homes = new Map<string | undefined, string[]>();
    for (const { name, home } of participants) homes.set(home, [...(homes.get(home) ?? []), name]);
    return homes;
  };

  test("any takes any request; a killed one shows its agents as offline, the rest continues; after its return, it continues too", async () => {
    fleet = await open();
    const [a, b] = await Promise.all([fleet.start("a"), fleet.start("b")]);
    const names = Array.from({ length: 8 }, (_, index) => `agent-${index}`);
    const room = await makeRoom(a, names);
    await say(b, room, "hello all", names);
    const homes = await agentsByHome(a, room, names);
    console.log(`homes: ${[...homes].map(([home, list]) => `${home ?? "people"} ${list.length}`).join(", ")}`);
    const stream = await openStream(`${a.url}/api/rooms/${room.roomId}/events`, room.token);
    await eventually(
      () => agentAt(b, room, "mia"),
      (mia) => mia?.status === "idle",
    );
    stream.close();
    // A message posted at one process shows at the other without a poll.
    for (let round = 0; round < 10; round += 1) {
      const [from, to] = round % 2 === 0 ? [a, b] : [b, a];
      await say(from, room, `hello r${round}`, [names[round % 8] ?? ""]);
      await until("the answer is seen at the other", () => heard(to, room, `r${round}`), patience);
    }
    // Processes learn each other's address within seconds.
    await until(
      "a command is decided at the other",
      async () => {
        for (const at of [a, b]) await say(at, room, "hello again", [names[0] ?? ""]);
        return (await handedAt(a)) + (await handedAt(b)) > 0;
      },
      patience,
    );
    const victim = homes.has("b") ? b : a;
    const [victimName, survivor, other] = victim === b ? ["b", a, "a"] : ["a", b, "b"];
    const lost = homes.get(victimName)?.[0] ?? "";
    await victim.kill("SIGKILL");
    const killedMs = performance.now();
    const gone = await eventually(
      () => agentAt(survivor, room, lost),
      (agent) => agent?.status === "offline",
    );
    console.log(`offline ${Math.round(performance.now() - killedMs)} ms after kill -9`);
    expect(gone?.note).toContain(`its process ${victimName} is not there`);
    await say(survivor, room, "hello back", [lost]);
    const going = homes.get(other)?.[0];
    if (going !== undefined) {
      await say(survivor, room, "hello on", [going]);
      await until("the others go on", () => heard(survivor, room, "on"), patience);
    }
    expect(await heard(survivor, room, "back")).toBe(false);
    const again = await fleet.start(victimName);
    await until("what waited is done when it is back", () => heard(again, room, "back"), patience);
    const events = await exportEvents(again.url, room.roomId, room.token);
    const versions = [...new Set(events.map(({ version }) => version))];
    expect(versions).toEqual(Array.from({ length: versions.length }, (_, index) => index + 1));
    expect(await again.kill("SIGTERM")).toBe(0);
  }, 180_000);

  test("an agent at a worker: watched at another process as it speaks, moved when its worker is gone for good", async () => {
    fleet = await open();
    const a = await fleet.start("a", { env: { PARLEY_WORKERS: "1" } });
    const room = await makeRoom(a, []);
    const worker = await fleet.start("w", { worker: true });
    expect(worker.url).toBeUndefined();
    // Until one of them has its home at the worker.
    let atWorker = "";
    for (let index = 0; atWorker === "" && index < 30; index += 1) {
      const name = `coder-${index}`;
      const added = await call(`${a.url}/api/rooms/${room.roomId}/agents`, { token: room.token, body: scripted(name) });
      expect(added.status).toBe(201);
      await say(a, room, "hello you", [name]);
      const agent = await eventually(
        () => agentAt(a, room, name),
        (seen) => seen?.home !== undefined,
      );
      if (agent?.home === "w") atWorker = name;
    }
    expect(atWorker).not.toBe("");
    const stream = await openStream(`${a.url}/api/rooms/${room.roomId}/events?activity=1`, room.token);
    await say(a, room, "slow please", [atWorker]);
    await until("its words come as it says them", () => stream.types().includes("activity.text"), patience);
    const spoken = () => stream.types().indexOf("message.posted", stream.types().indexOf("activity.text"));
    await until("and then the message", () => spoken() > 0, patience);
    stream.close();

    await worker.kill("SIGKILL");
    await eventually(
      () => agentAt(a, room, atWorker),
      (agent) => agent?.status === "offline",
    );
    await say(a, room, "hello moved", [atWorker]);
    const path = `${a.url}/api/rooms/${room.roomId}/agents/${atWorker}/move`;
    expect((await call(path, { token: room.token, body: {} })).status).toBe(200);
    await until("another runs it", () => heard(a, room, "moved"), patience);
    expect(await agentAt(a, room, atWorker)).toMatchObject({ home: "a", status: "idle" });
  }, 180_000);

  test("with Redis killed posting and reading continue at both, agents too, and health reports it", async () => {
    fleet = await open();
    const [a, b] = await Promise.all([fleet.start("a"), fleet.start("b")]);
    const room = await makeRoom(a, ["coder"]);
    await say(a, room, "hello before", ["coder"]);
    await until("it answers", () => heard(b, room, "before"), patience);
    await fleet.redis.signal("SIGKILL");
    const tookMs: number[] = [];
    for (const [index, at] of [a, b, a, b].entries()) {
      const startedMs = performance.now();
      const version = await say(at, room, `hello without-${index}`, ["coder"]);
      await roomAt(at === a ? b : a, room, version);
      tookMs.push(Math.round(performance.now() - startedMs));
    }
    console.log(`posting at one and reading at the other without Redis: ${tookMs.join(", ")} ms`);
    expect(Math.max(...tookMs)).toBeLessThan(9_000);
    await until("the agent answers, woken by the sweep", () => heard(a, room, "without-3"), patience);
    const health = await eventually(
      () => call<AnswerOf<"getHealth">>(`${a.url}/api/health`, { token: a.adminToken }),
      ({ body }) => body.degraded?.length === 2,
    );
    expect([health.status, health.body.healthy, health.body.degraded]).toEqual([200, true, ["wakeups", "nodes"]]);
    await fleet.redis.start();
    await until(
      "all is well again",
      async () =>
        (await call<AnswerOf<"getHealth">>(`${b.url}/api/health`, { token: b.adminToken })).body.degraded?.length === 0,
      patience,
    );
    await say(b, room, "hello after", ["coder"]);
    await until("it answers", () => heard(a, room, "after"), patience);
  }, 180_000);
}
