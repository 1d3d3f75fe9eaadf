import type { AgentTools } from "../../adapters/memory/agents.js";
import type { AgentInput } from "../../src/ports/agents.js";
import { filler } from "./bench-runtime.js";

/** The behaviour of one process's agents, and its counters. */
export interface Crew {
  behave(input: AgentInput, tools: AgentTools): void;
  /** Since it was asked last. */
  take(): Taken;
}

export interface Taken {
  heard: number;
  latenciesMs: number[];
}

export type CrewKind = { kind: "ping-pong" } | { kind: "relay"; agents: number; broadcast: boolean };

/** The clock all processes of a machine share, in nanoseconds. */
const now = (): bigint => process.hrtime.bigint();

/** Two agents, one message: `hop <hops left> <when it was said>`. The agent that hears the last hop calls `onFinished`. */
function createPingPong(onFinished: () => void): Crew {
  let taken: Taken = { heard: 0, latenciesMs: [] };
  return {
    behave({ message }, tools) {
      if (!("body" in message)) return;
      const [, left, saidAt] = /^hop (\d+) (\d+)/.exec(message.body) ?? [];
      if (left === undefined || saidAt === undefined) return;
      taken.heard += 1;
      if (saidAt !== "0") taken.latenciesMs.push(Number(now() - BigInt(saidAt)) / 1e6);
      if (left === "0") return onFinished();
      tools.say(`@${tools.spec.name === "ping" ? "pong" : "ping"} hop ${Number(left) - 1} ${now()} ${filler}`);
    },
    take: () => {
      const all = taken;
      taken = { heard: 0, latenciesMs: [] };
      return all;
    },
  };
}

/** Tokens that go round: `t<token> n<agent>`; the agent that gets one passes it on, to the next or to everybody. */
function createRelay({ agents, broadcast }: { agents: number; broadcast: boolean }): Crew {
  let heard = 0;
  return {
    behave({ message }, tools) {
      if (!("body" in message)) return;
      const [, token, next] = /^(t\d+) n(\d+)/.exec(message.body) ?? [];
      const own = Number(tools.spec.name.slice(1));
      if (token === undefined || Number(next) !== own) return;
      heard += 1;
      const after = (own + 1) % agents;
      tools.say(`${broadcast ? "@room" : `@a${after}`} ${token} n${after} ${filler}`);
    },
    take: () => {
      const all = { heard, latenciesMs: [] };
      heard = 0;
      return all;
    },
  };
}

export function createCrew(kind: CrewKind, onFinished: () => void): Crew {
  return kind.kind === "ping-pong" ? createPingPong(onFinished) : createRelay(kind);
}
