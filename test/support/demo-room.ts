import { readFileSync } from "node:fs";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import { resolveBlock } from "../../src/core/grammar/address.js";
import { parseDirectives } from "../../src/core/grammar/directive.js";
import { roomNames } from "../../src/core/grammar/known.js";
import { scriptSchema } from "../../src/core/values/script.js";
import type { Agent, AskDecision, Output } from "../../src/ports/agents.js";
import { agentSpec } from "./agent-spec.js";
import { sha256 } from "./sha256.js";
import { createStubClock } from "./stub-clock.js";

export interface DemoMessage {
  from: string;
  to: "room" | string[];
  body: string;
  atMs: number;
}

/** A room of agents with their roles' demo scripts and the person mia, on a clock that jumps. */
export interface DemoRoom {
  messages: DemoMessage[];
  bounced: string[];
  outputs: { from: string; output: Output }[];
  /** The questions put to mia; `decide` answered each at once. */
  asked: Extract<Output, { kind: "ask" }>[];
  start(name: string): void;
  write(body: string, to?: string[]): void;
  /** Until no agent has work. Returns the time that took. */
  run(): Promise<number>;
}

interface Seat {
  name: string;
  role: string;
}

const STEP_MS = 100;
const MAX_STEPS = 3_000;

export function demoScript(role: string) {
  const path = new URL(`../../skills/roles/${role}/demo.json`, import.meta.url);
  return scriptSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}

export async function createDemoRoom(seats: Seat[], decide: (ask: DemoRoom["asked"][number]) => AskDecision) {
  const clock = createStubClock();
  const agents = createScriptedAgents({ clock, sha256 });
  const participants = [
    { name: "mia", kind: "human" as const, role: "owner" },
    ...seats.map(({ name, role }) => ({ name, kind: "agent" as const, role })),
  ];
  const members = new Map<string, Agent>();
  const room: DemoRoom = { messages: [], bounced: [], outputs: [], asked: [], start, write, run };

  function start(name: string) {
    void members.get(name)?.send({ id: "start", text: "", message: { kind: "start" }, class: "deliver" });
  }
  function post(message: Omit<DemoMessage, "atMs">) {
    room.messages.push({ ...message, atMs: clock.monotonicMs() });
    const { from, to, body } = message;
    const messageId = `m${room.messages.length}`;
    for (const [name, agent] of members) {
      if (name === from || (to !== "room" && !to.includes(name))) continue;
      void agent.send({ id: messageId, text: body, message: { messageId, from, body }, class: "deliver" });
    }
  }
  function write(body: string, to?: string[]) {
    post({ from: "mia", to: to ?? "room", body });
  }
  function take(name: string, output: Output) {
    room.outputs.push({ from: name, output });
    if (output.kind === "ask") {
      room.asked.push(output);
      void members.get(name)?.answer(output.requestId, decide(output));
    }
    if (output.kind !== "block") return;
    for (const { directive, resolution } of resolveBlock({
      directives: parseDirectives(output.text, roomNames(participants)),
      sender: name,
      participants,
    })) {
      if (resolution.kind === "bounce") room.bounced.push(resolution.detail);
      else post({ from: name, to: resolution.to, body: directive.body });
    }
  }
  async function run() {
    const startedMs = clock.monotonicMs();
    for (let step = 0; step < MAX_STEPS; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.pending() === 0) return clock.monotonicMs() - startedMs;
      clock.advance(STEP_MS);
    }
    throw new Error(`The room did not come to rest: ${JSON.stringify(room.messages.slice(-5))}`);
  }

  for (const { name, role } of seats) {
    const spec = agentSpec({ name, role, script: demoScript(role), participants });
    const agent = await agents.open(spec, { sessionId: name, resume: false });
    members.set(name, agent);
    void (async () => {
      for await (const output of agent.outputs) take(name, output);
    })();
  }
  return room;
}
