import type { AppendFault } from "../../adapters/memory/event-log.js";
import type { Clock } from "../../src/ports/clock.js";
import { type Engine, outageError, type Provider } from "./sandboxed-agents.js";

/** The external services of agents and routers, and their current faults. */
export interface Outside {
  engines: Map<string, Engine>;
  provider: Provider;
  /** By the first part of a stream's name. */
  storeFaults: Map<string, AppendFault>;
}

/** Services without a fault, with one engine for each of these nodes. */
export function newOutside(engines: Map<string, Engine>): Outside {
  return { engines, provider: { problem: undefined, onBack: new Set() }, storeFaults: new Map() };
}

const maxOutageMs = 25_000;

/** Begins an outage and returns a function that ends it; undefined if one of its kind is under way already. */
type Begin = (outside: Outside, chance: { node: string; number: number }) => (() => void) | undefined;

const kinds: readonly Begin[] = [
  engineOutage("Docker does not answer", { endsContainers: true }),
  engineOutage("Docker answers with an error (500)", {}),
  engineOutage("The start timed out", { code: "timeout" }),
  restartedEngine,
  lostConnection,
  providerOutage("The model's provider cannot be reached"),
  providerOutage("The model's provider refuses connections"),
  storeOutage("agent", "unavailable"),
  storeOutage("agent", "full"),
  storeOutage("room", "unavailable"),
  storeOutage("room", "full"),
];

/** Begins an outage of a random kind on a random node, which ends by itself. Each has its own text, so that the notices of two can be told apart. */
export function beginOutage(
  outside: Outside,
  { random, clock, number }: { random: () => number; clock: Clock; number: number },
): boolean {
  const nodes = [...outside.engines.keys()];
  const node = nodes[Math.floor(random() * nodes.length)] ?? "";
  const end = kinds[Math.floor(random() * kinds.length)]?.(outside, { node, number });
  const lengthMs = 200 + random() ** 2 * maxOutageMs;
  if (!end) return false;
  clock.after(lengthMs, end);
  return true;
}

function engineOutage(clause: string, how: { endsContainers?: true; code?: "timeout" }): Begin {
  return ({ engines }, { node, number }) => {
    const engine = engines.get(node);
    if (!engine || engine.problem || engine.cut !== undefined) return undefined;
    const error = outageError(`${clause} (outage ${number})`, how.code);
    engine.problem = error;
    if (how.endsContainers) for (const session of [...engine.sessions]) session.end(error);
    return () => {
      engine.problem = undefined;
    };
  };
}

/** An engine without live restore: ends every container and is back at once. */
function restartedEngine({ engines }: Outside, { node, number }: { node: string; number: number }) {
  const engine = engines.get(node);
  if (!engine || engine.cut !== undefined) return undefined;
  const error = outageError(`Docker was stopped or restarted (outage ${number})`);
  for (const session of [...engine.sessions]) session.end(error);
  return () => {};
}

/** An engine with live restore: processes keep running, and nothing can start. */
function lostConnection({ engines }: Outside, { node, number }: { node: string; number: number }) {
  const engine = engines.get(node);
  if (!engine || engine.problem || engine.cut !== undefined) return undefined;
  const clause = `The connection to Docker was lost (outage ${number})`;
  engine.cut = clause;
  engine.problem = outageError(clause);
  for (const session of engine.sessions) session.cutOff(clause);
  return () => {
    engine.cut = undefined;
    engine.problem = undefined;
    for (const session of engine.sessions) session.attachAgain();
  };
}

function providerOutage(clause: string): Begin {
  return ({ provider }, { number }) => {
    if (provider.problem !== undefined) return undefined;
    provider.problem = `${clause} (outage ${number})`;
    return () => {
      provider.problem = undefined;
      for (const resume of [...provider.onBack]) resume();
    };
  };
}

function storeOutage(streams: string, fault: AppendFault): Begin {
  return ({ storeFaults }) => {
    if (storeFaults.has(streams)) return undefined;
    storeFaults.set(streams, fault);
    return () => void storeFaults.delete(streams);
  };
}
