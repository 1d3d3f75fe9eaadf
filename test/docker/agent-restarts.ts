import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { createClient } from "../../src/client/client.js";
import { type ClaudeParley, startClaudeParley } from "../support/claude-parley.js";
import type { SecondEngine } from "../support/second-engine.js";
import { until } from "../support/until.js";
import { doneFile, newOrderBook, type OrderBook, workerRole, workerScript } from "./agent-load.js";
import { type AgentRestartCounts, countRestart } from "./agent-restart-counts.js";

const orderEveryMs = 300;
/** Until every agent has finished a turn: after a restart all processes of Claude Code begin at once. */
const workTimeoutMs = 300_000;
const settleTimeoutMs = 300_000;

export interface AgentRestartOptions {
  engine: SecondEngine;
  agents: number;
  runs: number;
  /** After each run. */
  onRun?: (counts: AgentRestartCounts) => void;
}

/** A Parley with its engine, and its agents with their orders. */
interface Bench {
  parley: ClaudeParley;
  engine: SecondEngine;
  names: readonly string[];
  book: OrderBook;
}

/**
 * Restarts the engine of a whole Parley while all agents of a room, each a Claude Code in a container, are in turns. One result per run; Parley and
 * its room are the same in all.
 */
export async function restartUnderAgents(options: AgentRestartOptions): Promise<AgentRestartCounts[]> {
  const names = Array.from({ length: options.agents }, (_, n) => `worker-${n + 1}`);
  const folder = await mkdtemp(join(tmpdir(), "parley-roles-"));
  try {
    const role = join(folder, "roles", "worker");
    await mkdir(role, { recursive: true });
    await writeFile(join(role, "SKILL.md"), workerRole);
    const parley = await startClaudeParley({
      script: workerScript,
      agents: names.map((name) => ({ name, role: "worker" })),
      env: {
        DOCKER_HOST: options.engine.host,
        PARLEY_SKILLS_DIR: folder,
        PARLEY_MAX_MESSAGES_PER_MINUTE: "10000",
        PARLEY_MAX_MODEL_CALLS_PER_MINUTE: "10000",
      },
    });
    try {
      return await restartEach({ parley, names, engine: options.engine, book: newOrderBook() }, options);
    } finally {
      await parley.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function restartEach(bench: Bench, { runs, onRun }: AgentRestartOptions): Promise<AgentRestartCounts[]> {
  const over = new AbortController();
  const following = follow(bench, over.signal);
  const results: AgentRestartCounts[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      const counts = await restartOnce(bench, 500 + ((run * 700) % 4_000));
      results.push(counts);
      onRun?.(counts);
    }
    return results;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${await describe(bench)}`);
  } finally {
    over.abort();
    await following;
  }
}

/** What a person needs to find out why agents do not go on. */
async function describe({ parley, engine, names, book }: Bench): Promise<string> {
  const containers = await engine.docker.listContainers({ all: true }).catch(() => []);
  return [
    ...names.map((name) => `${name}: in a turn ${book.isInTurn(name)}, unanswered ${book.unanswered(name).join(" ")}`),
    ...containers.map(({ Names, State, Status }) => `${Names.join(" ")} ${State} ${Status}`),
    ...book.events.slice(-60).map((event) => JSON.stringify(event).slice(0, 400)),
    ...parley.server.output().split("\n").slice(-60),
  ].join("\n");
}

/** Reads the room into the book until `signal` fires. */
async function follow({ parley: { server, room }, book }: Bench, signal: AbortSignal): Promise<void> {
  const client = createClient({ url: server.url, token: room.token });
  try {
    for await (const item of client.follow({ roomId: room.roomId, signal }))
      if (item.kind === "event") book.read(item.event);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One restart of the engine, which is away for `downMs`. */
async function restartOnce(bench: Bench, downMs: number): Promise<AgentRestartCounts> {
  const { parley, names, book, engine } = bench;
  const before = { events: book.events.length, orders: book.orders.length };
  parley.model.requests.clear();
  const endLoad = giveOrders(bench);
  try {
    await untilFinished(bench, "before the engine ends");
    await until("every agent is in a turn", () => names.every(book.isInTurn), workTimeoutMs);
    await engine.end("SIGTERM");
    await sleep(downMs);
    await engine.start();
    await untilFinished(bench, "after the engine has started again");
  } finally {
    await endLoad();
  }
  const isSettled = (name: string) => book.unanswered(name).length === 0 && !book.isInTurn(name);
  // An order that is not answered by then counts as lost.
  await until("every order is answered", () => names.every(isSettled), settleTimeoutMs).catch(() => {});
  return countRestart({
    orders: book.orders.slice(before.orders),
    events: book.events.slice(before.events),
    done: await ordersDone(bench),
    prompts: parley.model.requests.messages().map(({ input }) => input?.prompt ?? ""),
  });
}

/** Orders without a pause, to every agent that does not have enough. */
function giveOrders({ parley, names, book }: Bench): () => Promise<void> {
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      for (const name of names) {
        const order = book.next(name);
        if (order !== undefined) await parley.say(`@${name} order ${order}`);
      }
      await sleep(orderEveryMs);
    }
  })();
  return async () => {
    isOver = true;
    await load;
  };
}

/** Resolves when every agent has finished a turn from now on. */
async function untilFinished({ names, book }: Bench, moment: string): Promise<void> {
  const known = names.map((name) => ({ name, turns: book.finished(name) }));
  const isDone = () => known.every(({ name, turns }) => book.finished(name) > turns);
  await until(`every agent finishes a turn ${moment}`, isDone, workTimeoutMs);
}

/** Every order that any agent has written down. */
async function ordersDone({ parley, engine, names }: Bench): Promise<number[]> {
  const files = await Promise.all(names.map((name) => readDone(engine.docker, parley.room.roomId, name)));
  return files.flatMap((text) => text.split("\n").filter((line) => line !== "")).map(Number);
}

async function readDone(docker: Docker, roomId: string, agent: string): Promise<string> {
  const label = [`dev.parley.label.room=${roomId}`, `dev.parley.label.agent=${agent}`];
  const [found] = await docker.listContainers({ filters: { label } });
  if (!found) throw new Error(`${agent} has no container`);
  const command = await docker.getContainer(found.Id).exec({ Cmd: ["cat", doneFile], AttachStdout: true });
  const stream = await command.start({});
  const output = new PassThrough();
  docker.modem.demuxStream(stream, output, output);
  stream.once("end", () => output.end());
  let text = "";
  for await (const chunk of output) text += String(chunk);
  return text;
}
