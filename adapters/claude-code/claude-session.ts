import { setImmediate as nextIteration } from "node:timers/promises";
import type { Query } from "@anthropic-ai/claude-agent-sdk";
import type { AgentSpec, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { createOutputQueue, type OutputQueue } from "../kit/output-queue.js";
import { deathOf } from "../kit/process-end.js";
import { type Asks, createAsks } from "./asks.js";
import { type ClaudeProcess, maxLineBytes, maxLineValues } from "./claude-process.js";
import { readLine } from "./line.js";
import { promptOf, type QueryToSpawn, type SpawnedQuery, spawnQuery } from "./session-query.js";
import {
  endExpected,
  hasReadAll,
  isPassedOn,
  isTurnWork,
  lineDropped,
  newSession,
  promptWritten,
  readGoesOn,
  readHeld,
  readProbed,
  replayRead,
  requestSent,
  type SessionState,
} from "./session-state.js";
import { createTranslator } from "./translator.js";
import { createTurns, type Turns, type TurnsOptions } from "./turns.js";
import { createUsageMeter, type UsageMeter } from "./usage.js";

export interface ClaudeSessionOptions extends QueryToSpawn {
  spec: AgentSpec;
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
  /** Marks the end of the process as expected from now on. */
  expectEnd(how: { isGraceful: boolean }): void;
  /** Resolves when the process ended and everything it said was passed on. */
  gone: Promise<void>;
}

const stopGraceMs = 2_000;
const program = "Claude Code";
/** Of outputs that wait for the runtime; from then on the sandbox is held back. */
const maxWaitingChars = 4 * 1_024 * 1_024;
/** Starts the process, or listens to the one that was taken over. */
export function startSession(options: ClaudeSessionOptions): ClaudeSession {
  const { spec, clock, logger, reportsUsage } = options;
  let state = newSession({ isTakenOver: options.isTakenOver === true });
  const queue = createOutputQueue<Output>({ pauseAtSize: maxWaitingChars, sizeOf: charsOf });
  const meter = createUsageMeter();
  const translator = createTranslator({ usage: meter, neverAsk: options.neverAsk });
  const asks = createAsks({ emit, onEdited: translator.editInput });
  const spawned = spawnQuery(options, asks);
  const { session, process } = spawned;
  process.watchLink((outage) => queue.push({ kind: "link", ...(outage !== undefined && { outage }) }));
  process.onDroppedLine(() => {
    const dropped = lineDropped(state, turns.isBusy);
    state = dropped.state;
    if (dropped.isTold) notify(droppedLineNotice(spec.name));
  });
  const begun = createSignal();
  if (!options.isTakenOver) begun.fire();

  /** Written around the SDK, which passes prompts on a little later than requests: an interrupt must not overtake its prompt. */
  function write(line: object): void {
    process.spawned.stdin.write(`${JSON.stringify(line)}\n`);
  }

  function control(request: { subtype: string } & Record<string, unknown>): void {
    const sent = requestSent(state);
    state = sent.state;
    write({ type: "control_request", request_id: sent.requestId, request });
  }

  const turns = createTurns({
    write({ uuid, text }) {
      write(promptOf(uuid, text));
      state = promptWritten(state);
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
    if (isTurnWork(state, output.kind)) turns.working();
    queue.push(output);
    // The SDK buffers unread output without a limit.
    if (queue.isFull) process.holdOutput(queue.room());
  }

  function pass(raw: unknown): void {
    const line = readLine(raw);
    if (!line) return;
    for (const output of translator.read(line)) {
      if (isPassedOn(state, output.kind, { reportsUsage, isStopping: turns.isStopping })) emit(output);
    }
    turns.read(line);
  }

  async function pump(): Promise<void> {
    // Before the turn's messages were sent again, its end could not be told from that of none.
    await Promise.race([begun.fired, process.ended]);
    for await (const message of session) {
      pass(message);
      state = readHeld(state);
      await queue.room();
      state = readGoesOn(state);
    }
  }

  const gone = pump()
    .catch((error: unknown) => {
      logger.debug({ roomId: spec.roomId, agent: spec.name, error }, "Claude Code's output ended with an error");
    })
    .then(() => finish(options, { spawned, turns, queue, endOf: () => state.end }));
  const expectEnd: ClaudeSession["expectEnd"] = (how) => {
    state = endExpected(state, how);
  };
  const notify = (text: string) => queue.push({ kind: "notice", severity: "warning", text });
  async function caughtUp(): Promise<void> {
    await begun.fired;
    do {
      state = readProbed(state);
      await nextIteration();
    } while (!hasReadAll(state));
    state = replayRead(state);
  }

  const { outputs } = queue;
  return { outputs, query: session, process, turns, asks, meter, control, notify, caughtUp, expectEnd, gone };
}

/** Ends what is left of a session whose output has ended. The SDK may give up on a process that still runs. */
async function finish(
  { spec, memoryMb, onGone, logger }: ClaudeSessionOptions,
  parts: { spawned: SpawnedQuery; turns: Turns; queue: OutputQueue<Output>; endOf: () => SessionState["end"] },
): Promise<void> {
  const { spawned, turns, queue, endOf } = parts;
  const { session, process } = spawned;
  spawned.endInput();
  if (process.spawned.exitCode === null) await process.stop(stopGraceMs);
  const end = await process.ended;
  if (process.droppedLines > 0) {
    const told = { roomId: spec.roomId, agent: spec.name, lines: process.droppedLines, maxLineBytes, maxLineValues };
    logger.warn(told, "lines of Claude Code's output were dropped because they were too large");
  }
  const how = { program, end, complaints: process.complaints(), memoryMb };
  turns.abandon();
  try {
    const isLetGo = end.error instanceof PortError && end.error.code === "closed";
    await onGone({ isGraceful: endOf() === "graceful", isLetGo });
  } finally {
    if (endOf() === "unexpected") queue.fail(deathOf(spec.name, how));
    else queue.end();
    session.close();
  }
}

/** Told to the room once for each process. */
function droppedLineNotice(name: string): string {
  const megabytes = maxLineBytes / 1_024 / 1_024;
  return `The sandbox of @${name} printed a line of more than ${megabytes} MB or ${maxLineValues.toLocaleString("en")} JSON values. Parley dropped that line: what it said is lost, and the turn goes on. Further lines of that size are dropped without a notice.`;
}

/** Approximate memory of a queued output. Outputs without text are small. */
function charsOf(output: Output): number {
  if (output.kind === "block" || output.kind === "delta") return output.text.length;
  return output.kind === "ask" ? JSON.stringify(output.input ?? "").length : 0;
}

interface Signal {
  fired: Promise<void>;
  fire(): void;
}

function createSignal(): Signal {
  let fire = () => {};
  const fired = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { fired, fire: () => fire() };
}
