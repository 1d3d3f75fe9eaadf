import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import {
  type CreatedRoom,
  call,
  eventually,
  exportEvents,
  type GateSeen,
  type LoggedEvent,
  untilAnswered,
} from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { brokenChain, countBy, deliveriesTo, tasksGivenUp, turnsNaming } from "../support/room-counts.js";
import { seededRandom } from "../support/seeded-random.js";

/** The counters of one crash story. Every figure but the totals must be 0. */
export interface CrashCounts {
  kills: number;
  messagesAcknowledged: number;
  decisionsAcknowledged: number;
  turns: number;
  turnsLost: number;
  lostMessages: number;
  lostDecisions: number;
  messagesWithoutTurn: number;
  messagesInTwoTurns: number;
  saidTwice: number;
  unansweredTasks: number;
  /** Tasks of turns that were given up after ten restarts, as the room was told. */
  givenUpTasks: number;
  brokenChain: number;
  slowestRestartMs: number;
}

const agents = [
  {
    name: "worker",
    role: "coder",
    runtime: "scripted",
    script: [
      {
        match: "^task (\\S+)",
        reply: "@checker check {1}\n@mia did {1}",
        delayMs: 15,
        work: [{ tool: "Edit", ms: 5 }],
      },
    ],
  },
  {
    name: "checker",
    role: "reviewer",
    runtime: "scripted",
    script: [{ match: "^check (\\S+)", reply: "@mia checked {1}", delayMs: 5 }],
  },
  {
    name: "careful",
    role: "planner",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "^task (\\S+)", reply: "@mia held {1}", delayMs: 10 }],
  },
];

const agentNames = agents.map(({ name }) => name);

interface Acknowledged {
  messages: Map<string, string>;
  decisions: Map<string, string>;
}

/** People (`writers`, default 2) write and decide, agents answer, gates open, and the server is killed with -9 at random moments. */
export async function runCrashStory({
  kills,
  seed,
  writers = 2,
}: {
  kills: number;
  seed: number;
  writers?: number;
}): Promise<CrashCounts> {
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), "parley-crash-"));
  let server = await startParley({ dataDir });
  let slowestRestartMs = 0;
  const state = { over: false, url: () => server.url };
  try {
    const room = await newRoom(server);
    const acknowledged: Acknowledged = { messages: new Map(), decisions: new Map() };
    const people = Promise.all([
      ...Array.from({ length: writers }, (_, n) => write(room, `${"abcdefghijklmnop"[n]}`, acknowledged, state)),
      decide(room, acknowledged, state),
    ]);
    // One who fails while the server is away is heard below, and fails no other test.
    people.catch(() => {});
    for (let kill = 0; kill < kills; kill++) {
      await pause(100 + random() * 600);
      await server.kill("SIGKILL");
      server = await startParley({ dataDir });
      slowestRestartMs = Math.max(slowestRestartMs, server.readyMs);
    }
    await pause(200);
    state.over = true;
    await people;
    await settle(server, room, acknowledged);
    const events = await exportEvents(server.url, room.roomId, room.token);
    return { kills, slowestRestartMs: Math.round(slowestRestartMs), ...count(events, acknowledged) };
  } finally {
    state.over = true;
    await server.kill("SIGTERM");
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function newRoom(server: ParleyProcess): Promise<CreatedRoom> {
  const body = { name: "crash", owner: "mia", agents, policy: { loopGuard: false } };
  const { status, body: room } = await call<CreatedRoom>(`${server.url}/api/rooms`, { token: server.adminToken, body });
  if (status !== 201) throw new Error(`room not made: ${JSON.stringify(room)}`);
  return room;
}

interface Running {
  over: boolean;
  url: () => string;
}

async function write(room: CreatedRoom, who: string, acknowledged: Acknowledged, state: Running): Promise<void> {
  for (let n = 0; !state.over; n++) {
    const task = `${who}${n}`;
    const body = { body: `task ${task}`, to: ["worker", "careful"] };
    const answer = await untilAnswered<AnswerOf<"postMessage">>(
      () => `${state.url()}/api/rooms/${room.roomId}/messages`,
      { token: room.token, key: `key-${task}`, body },
    );
    if (answer.status === 201) acknowledged.messages.set(answer.body.messageId, task);
    else await pause(100);
    // Slow enough that turns stay short: one that is cut off ten times is given up, and this is about those that are not.
    await pause(60);
  }
}

async function decide(room: CreatedRoom, acknowledged: Acknowledged, state: Running): Promise<void> {
  const base = () => `${state.url()}/api/rooms/${room.roomId}/gates`;
  while (!state.over) {
    await decideOpen(room, acknowledged, base);
    await pause(20);
  }
}

async function decideOpen(room: CreatedRoom, acknowledged: Acknowledged, base: () => string): Promise<number> {
  const { body } = await untilAnswered<{ gates: GateSeen[] }>(base, { token: room.token });
  for (const gate of body.gates) {
    const decision = gate.body.endsWith("3")
      ? { action: "edit", hash: gate.hash, body: `${gate.body} (edited)` }
      : { action: "approve", hash: gate.hash };
    const answer = await untilAnswered<Partial<AnswerOf<"decideGate">>>(() => `${base()}/${gate.gateId}/decision`, {
      token: room.token,
      body: decision,
    });
    if (answer.status === 200) acknowledged.decisions.set(gate.gateId, decision.action);
  }
  return body.gates.length;
}

/** Until no agent works, no message waits and every gate is decided. */
async function settle(server: ParleyProcess, room: CreatedRoom, acknowledged: Acknowledged): Promise<void> {
  const url = `${server.url}/api/rooms/${room.roomId}`;
  await eventually(
    async () => {
      await decideOpen(room, acknowledged, () => `${url}/gates`);
      return (
        await call<AnswerOf<"getRoom">>(url, {
          token: room.token,
        })
      ).body;
    },
    ({ participants, gates }) =>
      gates.length === 0 &&
      participants.every(({ kind, status, unread }) => kind === "human" || (status === "idle" && unread === 0)),
    60_000,
  );
}

type CountedEvents = Omit<CrashCounts, "kills" | "slowestRestartMs">;

function count(events: LoggedEvent[], acknowledged: Acknowledged): CountedEvents {
  const posted = events.filter(({ type }) => type === "message.posted");
  const ids = new Set(posted.map(({ messageId }) => messageId as string));
  const resolved = new Set(events.filter(({ type }) => type === "gate.resolved").map(({ gateId }) => gateId as string));
  const named = turnsNaming(events);
  const said = countBy(
    posted
      .filter(({ from }) => from !== "mia")
      .map(({ from, body }) => `${from}: ${String(body).replace(" (edited)", "")}`),
  );
  const tasks = [...acknowledged.messages.values()];
  const givenUp = tasksGivenUp(events, acknowledged.messages);
  return {
    messagesAcknowledged: acknowledged.messages.size,
    decisionsAcknowledged: acknowledged.decisions.size,
    turns: events.filter(({ type }) => type === "turn.started").length,
    turnsLost: events.filter(({ type, outcome }) => type === "turn.ended" && outcome === "lost").length,
    lostMessages: [...acknowledged.messages.keys()].filter((id) => !ids.has(id)).length,
    lostDecisions: [...acknowledged.decisions.keys()].filter((id) => !resolved.has(id)).length,
    messagesWithoutTurn: deliveriesTo(agentNames, posted).filter((delivery) => !named.has(delivery)).length,
    messagesInTwoTurns: [...named.values()].filter((turns) => turns > 1).length,
    saidTwice: [...said.values()].filter((times) => times > 1).length + (posted.length - ids.size),
    givenUpTasks: givenUp.size,
    unansweredTasks: tasks.filter(
      (task) =>
        !givenUp.has(task) &&
        (!said.has(`worker: did ${task}`) ||
          !said.has(`checker: checked ${task}`) ||
          !said.has(`careful: held ${task}`)),
    ).length,
    brokenChain: brokenChain(events),
  };
}
