import type { Commit } from "../../src/core/room/commit.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { Agent, AgentInput, Agents, Output } from "../../src/ports/agents.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import type { SimulationCounts } from "./counts.js";
import type { PlantedBug } from "./world.js";

/** A defect by its name, and a counter that finds it. */
export interface NamedBug extends PlantedBug {
  name: string;
  foundBy: keyof SimulationCounts;
}

const died = () => new PortError("exit code 137", { code: "died", retryable: true });
const isOutage = (error: unknown): error is PortError => error instanceof PortError && error.outage !== undefined;

/** Agents whose sessions `change` alters. */
const sessions =
  (change: (agent: Agent) => Agent) =>
  (agents: Agents): Agents => ({ ...agents, open: async (...asked) => change(await agents.open(...asked)) });

/** Agents whose failures to start `change` alters. */
const startFailures =
  (change: (error: PortError) => PortError) =>
  (agents: Agents): Agents => ({
    ...agents,
    open: (...asked) =>
      agents.open(...asked).catch((error: unknown) => {
        throw isOutage(error) ? change(error) : error;
      }),
  });

/** Agents whose outputs `change` alters; undefined drops one. */
const outputs = (newChange: () => (output: Output) => Output | undefined) =>
  sessions((agent) => {
    async function* changed() {
      const change = newChange();
      for await (const output of agent.outputs) {
        const passed = change(output);
        if (passed) yield passed;
      }
    }
    return { ...agent, outputs: changed() };
  });

/** A log that stores a room's events as `change` alters them. */
const storedEvents =
  (change: (event: RoomEvent) => RoomEvent) =>
  (log: EventLog): EventLog => ({
    ...log,
    append(stream, commits) {
      if (!stream.startsWith("room/")) return log.append(stream, commits);
      const altered = commits.map((commit) => ({ ...commit, events: (commit.events as RoomEvent[]).map(change) }));
      return log.append(stream, altered as Commit[]);
    },
  });

/** Mistakes that an adapter or a transition could make where agents are attached. */
export const plantedBugs: readonly NamedBug[] = [
  {
    name: "an engine that does not answer is taken for a dead sandbox",
    foundBy: "retriesSpent",
    agents: startFailures(died),
  },
  {
    name: "an engine that answers 500 is taken for a refusal of the agent",
    foundBy: "failedTurns",
    agents: startFailures((error) => new PortError(error.message, { code: "refused", retryable: false })),
  },
  {
    name: "a container that the engine ended is taken for one that died",
    foundBy: "retriesSpent",
    agents: sessions((agent) => ({ ...agent, outputs: deadly(agent) })),
  },
  {
    name: "something that an agent put out while the connection was cut is dropped",
    foundBy: "unanswered",
    agents: outputs(() => {
      let isBack = false;
      return (output) => {
        if (output.kind === "link") isBack = output.outage === undefined;
        const isMissed = isBack && ["block", "ask", "turnEnded"].includes(output.kind);
        if (isMissed) isBack = false;
        return isMissed ? undefined : output;
      };
    }),
  },
  {
    name: "a failed call to the provider fails the turn",
    foundBy: "failedTurns",
    agents: outputs(() => (output) => {
      if (output.kind !== "turnEnded") return output;
      const { outage: _outage, ...failed } = output;
      return failed;
    }),
  },
  {
    name: "a failed call to the provider ends the turn as done",
    foundBy: "unanswered",
    agents: outputs(
      () => (output) =>
        output.kind === "turnEnded" && output.outage !== undefined ? { kind: "turnEnded", outcome: "done" } : output,
    ),
  },
  {
    name: "messages that are delivered again are taken for answered",
    foundBy: "failedTurns",
    agents: (agents) => {
      const known = new Set<string>();
      const isNew = ({ id }: AgentInput) => !known.has(id) && known.add(id) !== undefined;
      return sessions((agent) => ({
        ...agent,
        send: async (input) => (isNew(input) ? agent.send(input) : undefined),
      }))(agents);
    },
  },
  {
    name: "a block that is repeated comes under another id",
    foundBy: "saidTwice",
    agents: (agents) => {
      let count = 0;
      return outputs(() => (output) => {
        count += 1;
        return output.kind === "block" ? { ...output, outputId: `${output.outputId}-${count}` } : output;
      })(agents);
    },
  },
  {
    name: "a sandbox is said to be ready although its engine is away",
    foundBy: "noticesTooMany",
    agents: (agents) => ({
      ...agents,
      open: (...asked) => agents.open(...asked).catch((error: unknown) => endedAgent(error as Error)),
    }),
  },
  {
    name: "a log without space says that it has stored",
    foundBy: "lostMessages",
    log: (log) => ({
      ...log,
      append: (stream, commits) =>
        log.append(stream, commits).catch((error: unknown) => {
          if (error instanceof PortError && error.code === "full") return { kind: "appended" };
          throw error;
        }),
    }),
  },
  {
    name: "the end of an outage is not told",
    foundBy: "outagesWithoutEnd",
    log: storedEvents((event) =>
      event.type === "notice.posted" && event.text.startsWith("Agents can be reached")
        ? { ...event, text: "…" }
        : event,
    ),
  },
  {
    name: "a stopped turn leaves its permission open",
    foundBy: "orphanedAsks",
    log: storedEvents((event) =>
      event.type === "gate.resolved" && event.outcome === "withdrawn" ? { ...event, gateId: "another" } : event,
    ),
  },
];

/** Ends with the death of its process if the engine ended it. */
async function* deadly(agent: Agent) {
  try {
    yield* agent.outputs;
  } catch (error) {
    throw isOutage(error) ? died() : error;
  }
}

/** Accepts messages although it has ended. */
function endedAgent(error: Error): Agent {
  async function* fail(): AsyncGenerator<Output> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    yield* [];
    throw error;
  }
  const nothing = async () => {};
  return { outputs: fail(), send: nothing, answer: nothing, interrupt: nothing, close: nothing };
}
