import { setImmediate as nextIteration } from "node:timers/promises";
import { type Options, type Query, query, type SDKUserMessage } from "@anthropic-ai/claude-agent-sdk";
import type { AgentSpec, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { createOutputQueue } from "../kit/output-queue.js";
import { type Asks, createAsks } from "./asks.js";
import { type ClaudeProcess, deathOf, maxLineBytes } from "./claude-process.js";
import { readLine } from "./line.js";
import { createTranslator } from "./translator.js";
import { createTurns, type Turns, type TurnsOptions } from "./turns.js";
import { createUsageMeter, type UsageMeter } from "./usage.js";

export interface ClaudeSessionOptions {
  spec: AgentSpec;
  /** The options of the query without its transport. */
  query: Options;
  /** Starts the process with the arguments the SDK wants. */
  spawn: (args: readonly string[], env: Record<string, string | undefined>) => ClaudeProcess;
  /** The process is in the middle of a turn that another router began: its output is replayed, without the parts that were only shown live. */
  isTakenOver?: boolean;
  uuidOf: TurnsOptions["uuidOf"];
  finished: TurnsOptions["finished"];
  /** Tools that run without asking, whatever their input. */
  neverAsk: ReadonlySet<string>;
  memoryMb: number;
  reportsUsage: boolean;
  /** The process is gone; `isGraceful`: as it was asked to; `isLetGo`: it runs on, for another router. */
  onGone: (how: { isGraceful: boolean; isLetGo: boolean }) => Promise<void>;
  clock: Clock;
  logger: Logger;
}

/** The SDK's query, and the outputs made of its messages. */
export interface ClaudeSession {
  outputs: AsyncIterable<Output>;
  query: Query;
  process: ClaudeProcess;
  turns: Turns;
  asks: Asks;
  meter: UsageMeter;
  /** Sends a request without waiting for the answer. */
  control(request: { subtype: string } & Record<string, unknown>): void;
  /** Tells the room. */
  notify(text: string): void;
  /** The replay ends with the messages that the SDK has not passed on yet. */
  caughtUp(): Promise<void>;
  /** From now on the end of the process is no accident. */
  expectEnd(how: { isGraceful: boolean }): void;
  /** Resolves when the process ended and everything it said was passed on. */
  gone: Promise<void>;
}

const stopGraceMs = 2_000;
/** Of outputs that wait for the runtime; from then on the sandbox is held back. */
const maxWaitingChars = 4 * 1_024 * 1_024;
/** Recorded once however often it comes. */
const recordedById: ReadonlySet<Output["kind"]> = new Set(["block", "ask", "askWithdrawn"]);

export function startSession(options: ClaudeSessionOptions): ClaudeSession {
  const { spec, clock, logger } = options;
  const queue = createOutputQueue<Output>({ pauseAtSize: maxWaitingChars, sizeOf: charsOf });
  const meter = createUsageMeter();
  const translator = createTranslator({ usage: meter, neverAsk: options.neverAsk });
  const input = createOpenInput();
  const asks = createAsks({ emit, onEdited: translator.editInput });
  const { session, process } = spawnQuery(options, { prompts: input.messages, asks });
  process.watchLink((outage) => queue.push({ kind: "link", ...(outage !== undefined && { outage }) }));
  let expected: { isGraceful: boolean } | undefined;
  let requests = 0;
  let hasToldOfDropped = false;
  process.onDroppedLine(() => {
    // The room hears of an agent only within a turn.
    if (hasToldOfDropped || !turns.isBusy) return;
    hasToldOfDropped = true;
    notify(droppedLineNotice(spec.name));
  });
  let isCatchingUp = options.isTakenOver === true;
  let progress: "reads" | "waits for room" | "has read" = "reads";
  const begun = createSignal();
  if (!isCatchingUp) begun.fire();

  /** Written around the SDK, which passes prompts on a little later than requests: an interrupt must not overtake its prompt. */
  function write(line: object): void {
    process.spawned.stdin.write(`${JSON.stringify(line)}\n`);
  }

  function control(request: { subtype: string } & Record<string, unknown>): void {
    write({ type: "control_request", request_id: `parley-${requests++}`, request });
  }

  const turns = createTurns({
    write({ uuid, text }) {
      write(promptOf(uuid, text));
      begun.fire();
    },
    stop: () => control({ subtype: "interrupt", cancel_queued: true }),
    uuidOf: options.uuidOf,
    emitEnd(end) {
      for (const output of translator.endTools()) queue.push(output);
      queue.push(end);
    },
    finished: options.finished,
    clock,
  });

  function emit(output: Output): void {
    // A dead process withdraws nothing: its questions wait for the next process.
    if (output.kind === "askWithdrawn" && process.spawned.exitCode !== null) return;
    // A question of a running turn does not begin a turn until the turn's messages have been sent again.
    const isWork = output.kind === "block" || output.kind === "tool" || output.kind === "ask";
    if (isWork && begun.hasFired) turns.working();
    queue.push(output);
    // The SDK buffers unread output without a limit.
    if (queue.isFull) process.holdOutput(queue.room());
  }

  function pass(raw: unknown): void {
    const line = readLine(raw);
    if (!line) return;
    for (const output of translator.read(line)) if (isPassedOn(output)) emit(output);
    turns.read(line);
  }

  /** Not every version marks a text that an interrupt cut off. */
  function isPassedOn({ kind }: Output): boolean {
    if (isCatchingUp && !recordedById.has(kind)) return false;
    if (kind === "usage") return options.reportsUsage;
    return kind !== "block" || !turns.isStopping;
  }

  async function pump(): Promise<void> {
    // Before the turn's messages were sent again, its end could not be told from that of none.
    await Promise.race([begun.fired, process.ended]);
    for await (const message of session) {
      pass(message);
      progress = "waits for room";
      await queue.room();
      progress = "reads";
    }
  }

  /** The SDK may give up on a process that still runs. */
  async function finish(): Promise<void> {
    input.end();
    if (process.spawned.exitCode === null) await process.stop(stopGraceMs);
    const end = await process.ended;
    if (process.droppedLines > 0) {
      const told = { roomId: spec.roomId, agent: spec.name, lines: process.droppedLines, maxLineBytes };
      logger.warn(told, "lines of Claude Code's output were dropped because they were too long");
    }
    const how = { end, complaints: process.complaints(), memoryMb: options.memoryMb };
    turns.abandon();
    try {
      const isLetGo = end.error instanceof PortError && end.error.code === "closed";
      await options.onGone({ isGraceful: expected?.isGraceful ?? false, isLetGo });
    } finally {
      if (expected) queue.end();
      else queue.fail(deathOf(spec.name, how));
      session.close();
    }
  }

  const gone = pump()
    .catch((error: unknown) => {
      logger.debug({ roomId: spec.roomId, agent: spec.name, error }, "Claude Code's output ended with an error");
    })
    .then(finish);
  const expectEnd: ClaudeSession["expectEnd"] = (how) => {
    expected = how;
  };
  const notify = (text: string) => queue.push({ kind: "notice", severity: "warning", text });
  async function caughtUp(): Promise<void> {
    await begun.fired;
    do {
      progress = progress === "reads" ? "has read" : progress;
      await nextIteration();
    } while (progress !== "has read");
    isCatchingUp = false;
  }

  return {
    outputs: queue.outputs,
    query: session,
    process,
    turns,
    asks,
    meter,
    control,
    notify,
    caughtUp,
    expectEnd,
    gone,
  };
}

/** Told to the room once for each process. */
function droppedLineNotice(name: string): string {
  const megabytes = maxLineBytes / 1_024 / 1_024;
  return `The sandbox of @${name} printed a line of more than ${megabytes} MB. Parley dropped that line: what it said is lost, and the turn goes on. Further lines of that length are dropped without a notice.`;
}

/** Approximate memory of a queued output. Outputs without text are small. */
function charsOf(output: Output): number {
  if (output.kind === "block" || output.kind === "delta") return output.text.length;
  return output.kind === "ask" ? JSON.stringify(output.input ?? "").length : 0;
}

interface Signal {
  fired: Promise<void>;
  readonly hasFired: boolean;
  fire(): void;
}

function createSignal(): Signal {
  let resolve = () => {};
  let hasFired = false;
  const fired = new Promise<void>((done) => {
    resolve = done;
  });
  return {
    fired,
    get hasFired() {
      return hasFired;
    },
    fire() {
      hasFired = true;
      resolve();
    },
  };
}

/** The SDK spawns its process before `query` returns. */
function spawnQuery(
  options: ClaudeSessionOptions,
  { prompts, asks }: { prompts: AsyncIterable<SDKUserMessage>; asks: Asks },
): { session: Query; process: ClaudeProcess } {
  let process: ClaudeProcess | undefined;
  const session = query({
    prompt: prompts,
    options: {
      ...options.query,
      canUseTool: asks.canUseTool,
      spawnClaudeCodeProcess({ args, env }) {
        process = options.spawn(args, env);
        return process.spawned;
      },
    },
  });
  if (!process)
    throw new Error("the Claude Agent SDK did not start its process at once: not the version this was written for");
  return { session, process };
}

/** `client_composed`: `@path` and `/command` in it are words. */
function promptOf(uuid: string, text: string): object {
  const message = { role: "user", content: text };
  return { type: "user", uuid, message, parent_tool_use_id: null, client_composed: true };
}

/** The SDK ends a session whose input ends; this one says nothing until then. */
function createOpenInput(): { messages: AsyncIterable<SDKUserMessage>; end(): void } {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  async function* nothing(): AsyncGenerator<SDKUserMessage, void> {
    await ended;
    yield* [];
  }
  return { messages: nothing(), end };
}
