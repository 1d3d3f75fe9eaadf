import { setTimeout as pause } from "node:timers/promises";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { type Answer, type CreatedRoom, call, type GateSeen, untilAnswered } from "../support/parley-client.js";
import { type ChatRoom, openChatLoad } from "./chat/chat-load.js";
import type { FaultFleet, Member } from "./fault-fleet.js";

/** The work that was acknowledged, in all rooms. */
export interface Acknowledged {
  /** Message to task. */
  messages: Map<string, string>;
  /** Tasks that only `worker` and `careful` answer. */
  shortTasks: Set<string>;
  /** Decision by gate: `approved`, or the edited text. */
  decisions: Map<string, string>;
  /** Unexpected answers, in words. */
  refusals: string[];
  /** From the first try to the answer. */
  slowestPostMs: number;
}

export interface Load {
  /** Those shown in threads are among them. */
  rooms: readonly CreatedRoom[];
  chatRooms: readonly ChatRoom[];
  acknowledged: Acknowledged;
  /** People write and decide until this is called; resolves when the last has its answer. */
  begin(): () => Promise<void>;
  /** Everything that waits, except where it is decided in a thread. */
  decideAll(): Promise<void>;
  stop(): Promise<void>;
}

export const agentNames = ["worker", "checker", "careful"] as const;

/** `turnMs`: how long a turn takes at least. `isShort`: the worker's result is not reviewed. */
const scripted = (turnMs: number, { isShort = false } = {}) => [
  {
    name: "worker",
    role: "coder",
    runtime: "scripted",
    script: [
      {
        match: "^task (\\S+)",
        reply: isShort ? "@mia did {1}" : "@checker check {1}\n@mia did {1}",
        delayMs: turnMs,
        work: [{ tool: "Edit", ms: 5 }],
      },
    ],
  },
  {
    name: "checker",
    role: "reviewer",
    runtime: "scripted",
    script: [{ match: "^check (\\S+)", reply: "@mia checked {1}", delayMs: turnMs }],
  },
  {
    name: "careful",
    role: "planner",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "^task (\\S+)", reply: "@mia held {1}", delayMs: turnMs }],
  },
];

/** A person, or the proxy before the processes, goes to another process after this. */
const timeoutMs = 3_000;
const deadlineMs = 60_000;
const betweenPostsMs = 200;
/** While one process is frozen for long: more would fill a room, which then bounces its agents' messages. */
const maxPostsPerWriterAndRoom = 40;
export const loadTurnMs = 15;
const writers = ["a", "b", "c"];

/** People's requests, each to the process that `url` names at that moment; without an answer it is retried there. */
export interface People {
  post(room: CreatedRoom, task: string, url: () => string): Promise<void>;
  /** Decides every open gate. Edits and approvals leave different words in the log. */
  decide(room: CreatedRoom, way: "approve" | "edit", url: () => string): Promise<number>;
  /** Adds an agent, which has no home yet, and writes to it. */
  addAgent(room: CreatedRoom, name: string, url: () => string): Promise<void>;
}

export const nothingAcknowledged = (): Acknowledged => ({
  messages: new Map(),
  shortTasks: new Set(),
  decisions: new Map(),
  refusals: [],
  slowestPostMs: 0,
});

export async function makeRoom(
  fleet: Pick<FaultFleet, "ups">,
  name: string,
  turnMs: number,
  { isShort = false } = {},
): Promise<CreatedRoom> {
  const { url = "", adminToken: token } = (fleet.ups[0] as Member).process;
  const body = { name, owner: "mia", agents: scripted(turnMs, { isShort }), policy: { loopGuard: false } };
  const { status, body: room } = await call<CreatedRoom>(`${url}/api/rooms`, { token, body });
  if (status !== 201) throw new Error(`room not made: ${JSON.stringify(room)}`);
  return room;
}

export function createPeople(acknowledged: Acknowledged): People {
  function expectStatus({ status, body }: Answer<unknown>, allowed: readonly number[], what: string): boolean {
    if (!allowed.includes(status)) acknowledged.refusals.push(`${what}: ${status} ${JSON.stringify(body)}`);
    return allowed.includes(status);
  }

  return {
    async post(room, task, url) {
      const fromMs = performance.now();
      const answer = await untilAnswered<AnswerOf<"postMessage">>(
        () => `${url()}/api/rooms/${room.roomId}/messages`,
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
    },
    async decide(room, way, url) {
      const base = () => `${url()}/api/rooms/${room.roomId}/gates`;
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
    },
    async addAgent(room, name, url) {
      const { roomId, token } = room;
      const post = async (path: string, body: unknown) => {
        const answer = await untilAnswered(
          () => `${url()}/api/rooms/${roomId}/${path}`,
          { token, body, key: `key-${path}-${name}` },
          deadlineMs,
        );
        expectStatus(answer, [201], `${path} ${name}`);
      };
      await post("agents", { ...scripted(5)[1], name });
      await post("messages", { body: `check ${name}`, to: [name] });
    },
  };
}

/** Rooms with three agents each, people who write to any of the processes, and two who decide the same gates. */
export async function openLoad(
  fleet: FaultFleet,
  { rooms: count, random }: { rooms: number; random: () => number },
): Promise<Load> {
  const acknowledged = nothingAcknowledged();
  const people = createPeople(acknowledged);
  const anyUrl = () => fleet.ups[Math.floor(random() * fleet.ups.length)]?.process.url ?? "";
  const rooms: CreatedRoom[] = [];
  for (let index = 0; index < count; index += 1) rooms.push(await makeRoom(fleet, `faults ${index}`, loadTurnMs));
  const chat = await openChatLoad(fleet, { random, acknowledged });
  let posted = 0;
  let over = false;

  async function write(who: string): Promise<void> {
    for (let left = maxPostsPerWriterAndRoom * count; !over; left -= 1) {
      if (left <= 0) {
        await pause(betweenPostsMs);
        continue;
      }
      posted += 1;
      const room = rooms[Math.floor(random() * rooms.length)] as CreatedRoom;
      await people.post(room, `${who}${posted}`, anyUrl);
      await pause(betweenPostsMs);
    }
  }

  async function decide(way: "approve" | "edit"): Promise<void> {
    while (!over) {
      for (const room of rooms) await people.decide(room, way, anyUrl);
      await pause(30 + random() * 60);
    }
  }

  return {
    rooms: [...rooms, ...chat.rooms.map(({ room }) => room)],
    chatRooms: chat.rooms,
    acknowledged,
    begin() {
      over = false;
      acknowledged.slowestPostMs = 0;
      const busy = [...writers.map(write), decide("approve"), decide("edit")];
      const endChat = chat.begin();
      return async () => {
        over = true;
        await Promise.all([...busy, endChat()]);
      };
    },
    decideAll: async () => void (await Promise.all(rooms.map((room) => people.decide(room, "approve", anyUrl)))),
    stop: chat.stop,
  };
}
