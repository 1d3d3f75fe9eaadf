import { setTimeout as pause } from "node:timers/promises";
import { type Answer, type CreatedRoom, call, type GateSeen, untilAnswered } from "../support/parley-client.js";
import type { FaultFleet } from "./fault-fleet.js";

/** What was answered as done, in all rooms. */
export interface Acknowledged {
  /** Message to task. */
  messages: Map<string, string>;
  /** Gate to how it was decided: `approved`, or the edited text. */
  decisions: Map<string, string>;
  /** Answers nobody expects, in words. */
  refusals: string[];
  /** From the first try to the answer. */
  slowestPostMs: number;
}

export interface Load {
  rooms: readonly CreatedRoom[];
  acknowledged: Acknowledged;
  /** People write and decide until this is called; resolves when the last has its answer. */
  begin(): () => Promise<void>;
  decideAll(): Promise<number>;
}

export const agentNames = ["worker", "checker", "careful"] as const;

const scripted = [
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

/** A person, or the proxy before the processes, goes to another process after this. */
const timeoutMs = 3_000;
const deadlineMs = 60_000;
const betweenPostsMs = 200;
const writers = ["a", "b", "c"];

/** Rooms with three agents each, people who write to any of the processes, and two who decide the same gates. */
export async function openLoad(
  fleet: FaultFleet,
  { rooms: count, random }: { rooms: number; random: () => number },
): Promise<Load> {
  const acknowledged: Acknowledged = { messages: new Map(), decisions: new Map(), refusals: [], slowestPostMs: 0 };
  const anyUrl = () => fleet.ups[Math.floor(random() * fleet.ups.length)]?.process.url ?? "";
  const rooms: CreatedRoom[] = [];
  for (let index = 0; index < count; index += 1) {
    const body = { name: `faults ${index}`, owner: "mia", agents: scripted, policy: { loopGuard: false } };
    const token = fleet.ups[0]?.process.adminToken ?? "";
    const { status, body: room } = await call<CreatedRoom>(`${anyUrl()}/api/rooms`, { token, body });
    if (status !== 201) throw new Error(`room not made: ${JSON.stringify(room)}`);
    rooms.push(room);
  }
  let posted = 0;
  let over = false;

  function expectStatus({ status, body }: Answer<unknown>, allowed: readonly number[], what: string): boolean {
    if (!allowed.includes(status)) acknowledged.refusals.push(`${what}: ${status} ${JSON.stringify(body)}`);
    return allowed.includes(status);
  }

  async function write(who: string): Promise<void> {
    while (!over) {
      const room = rooms[Math.floor(random() * rooms.length)] as CreatedRoom;
      posted += 1;
      const task = `${who}${posted}`;
      const fromMs = performance.now();
      const answer = await untilAnswered<{ messageId: string }>(
        () => `${anyUrl()}/api/rooms/${room.roomId}/messages`,
        {
          token: room.token,
          key: `key-${task}`,
          body: { body: `task ${task}`, to: ["worker", "careful"] },
          timeoutMs,
        },
        deadlineMs,
      );
      if (expectStatus(answer, [201], `post ${task}`)) acknowledged.messages.set(answer.body.messageId, task);
      acknowledged.slowestPostMs = Math.max(acknowledged.slowestPostMs, performance.now() - fromMs);
      await pause(betweenPostsMs);
    }
  }

  /** Each of the two decides in its own way, so that what the log has tells who was first. */
  async function decideIn(room: CreatedRoom, way: "approve" | "edit"): Promise<number> {
    const base = () => `${anyUrl()}/api/rooms/${room.roomId}/gates`;
    const seen = await untilAnswered<{ gates: GateSeen[] }>(base, { token: room.token, timeoutMs }, deadlineMs);
    if (!expectStatus(seen, [200], "gates")) return 0;
    for (const gate of seen.body.gates) {
      const edited = `${gate.body} (edited)`;
      const decision =
        way === "edit" ? { action: "edit", hash: gate.hash, body: edited } : { action: "approve", hash: gate.hash };
      const answer = await untilAnswered<unknown>(
        () => `${base()}/${gate.gateId}/decision`,
        { token: room.token, body: decision, timeoutMs },
        deadlineMs,
      );
      // 409: the other was first, or this one was, and did not hear it.
      if (expectStatus(answer, [200, 409], `decide ${gate.body}`) && answer.status === 200)
        acknowledged.decisions.set(gate.gateId, way === "edit" ? edited : "approved");
    }
    return seen.body.gates.length;
  }

  async function decide(way: "approve" | "edit"): Promise<void> {
    while (!over) {
      for (const room of rooms) await decideIn(room, way);
      await pause(30 + random() * 60);
    }
  }

  return {
    rooms,
    acknowledged,
    begin() {
      over = false;
      acknowledged.slowestPostMs = 0;
      const people = [...writers.map(write), decide("approve"), decide("edit")];
      return async () => {
        over = true;
        await Promise.all(people);
      };
    },
    async decideAll() {
      const counts = await Promise.all(rooms.map((room) => decideIn(room, "approve")));
      return counts.reduce((sum, one) => sum + one, 0);
    },
  };
}
