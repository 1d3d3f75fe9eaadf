import { type ClientConnection, client } from "@agentclientprotocol/sdk";
import type { AgentSpec, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { createOutputQueue, type OutputQueue } from "../kit/output-queue.js";
import { deathOf } from "../kit/process-end.js";
import { type AcpAsks, createAcpAsks } from "./acp-asks.js";
import type { AcpProcess } from "./acp-process.js";
import { type AcpTranslator, createAcpTranslator } from "./acp-translator.js";
import { type AcpTurnRunner, createAcpTurnRunner } from "./acp-turn-runner.js";
import { type AcpProgram, type AcpRole, maxAcpLineBytes, maxAcpLineValues } from "./options.js";
import { readUpdate, type SessionUpdateRead } from "./update.js";
import { type AcpWire, createAcpWire } from "./wire.js";

export interface AcpSessionOptions {
  spec: AgentSpec;
  role: AcpRole;
  program: AcpProgram;
  /** The process is in the middle of a turn that another router began. */
  isTakenOver: boolean;
  /** Starts the process. */
  spawn: (listeners: { onDroppedLine: () => void; onLink: (outage: string | undefined) => void }) => AcpProcess;
  /** Of the process; with it an input's id makes the ids of what is said. */
  processNonce: string;
  /** Of this router's hold on the process. */
  life: string;
  finished: { has(id: string): boolean; add(id: string): void };
  /** Standing instructions for the first prompt, where the program has no file for them. */
  preamble: string | undefined;
  memoryMb: number;
  cancelGraceMs: number;
  /** The process is gone; `isGraceful`: as it was asked to; `isLetGo`: it runs on, for another router. */
  onGone: (how: { isGraceful: boolean; isLetGo: boolean }) => Promise<void>;
  sha256: (text: string) => string;
  clock: Clock;
  logger: Logger;
}

/** An agent's process, its connection, and the outputs made of what it tells. */
export interface AcpSession {
  outputs: AsyncIterable<Output>;
  process: AcpProcess;
  connection: ClientConnection;
  wire: AcpWire;
  turns: AcpTurnRunner;
  asks: AcpAsks;
  /** Resolves with the folder the process was started in. */
  started: Promise<string>;
  /** The agent's own id of the session; what it tells before is passed over. */
  opened(sessionId: string): void;
  notify(text: string): void;
  /** Marks the end of the process as expected from now on. */
  expectEnd(how: { isGraceful: boolean }): void;
  /** Resolves when the process ended and everything it said was passed on. */
  gone: Promise<void>;
}

const stopGraceMs = 2_000;
/** Of outputs that wait for the runtime; from then on the sandbox is held back. In UTF-16 units. */
const maxWaitingChars = 4 * 1_024 * 1_024;
const idDigits = 32;
/** Outputs that are recorded by their ids, however often they come. */
const recordedById: ReadonlySet<Output["kind"]> = new Set(["block", "ask", "askWithdrawn", "turnEnded"]);

/** Starts the process, or listens to the one that was taken over. */
export function startAcpSession(options: AcpSessionOptions): AcpSession {
  const { spec, role, program, isTakenOver, life, sha256 } = options;
  const queue = createOutputQueue<Output>({ pauseAtSize: maxWaitingChars, sizeOf: charsOf });
  let sessionId: string | undefined;
  let end: "unexpected" | "graceful" | "forced" = "unexpected";
  const startedAt = createPromise<string>();
  const firstInput = createPromise<void>();
  if (!isTakenOver) firstInput.settle();

  const digest = (parts: readonly unknown[]) =>
    sha256(JSON.stringify([options.processNonce, ...parts])).slice(0, idDigits);
  const translator = createAcpTranslator({ namesMessages: program.namesItsMessages === true, digest });
  const notify = (text: string) => queue.push({ kind: "notice", severity: "warning", text });

  function emit(...outputs: readonly Output[]): void {
    for (const output of outputs) if (!turns.isCatchingUp || recordedById.has(output.kind)) queue.push(output);
  }

  const process = spawnWithNotices(options, { queue, isBusy: () => turns.isBusy });
  const wire = createAcpWire({
    stdin: process.stdin,
    stdout: process.stdout,
    life,
    onPrompt: (prompt) => turns.promptTold(prompt),
    onStarted: startedAt.settle,
    room: queue.room,
  });

  const asks = asksOf(role, { sessionId: () => sessionId, turns: () => turns, translator, emit });
  const turns = createAcpTurnRunner({
    ...options,
    wire,
    sessionId: () => sessionId,
    translator,
    withdrawAsks: () => asks.withdrawAll({ isTold: true }),
    emit,
    onFirst: firstInput.settle,
    onStuck: () => void process.stop(0),
  });

  const hear = createHearing({ title: program.title, name: spec.name, notify });
  const heard = (params: unknown) =>
    hear(readUpdate(params, sessionId), (update) => {
      if (turns.isBusy) emit(...translator.read(update));
      return turns.isBusy;
    });

  const app = client({ name: "parley" }).onNotification("session/update", { parse: (params) => params }, ({ params }) =>
    heard(params),
  );
  const connection = asks.serve(app).connect(wire.stream);
  const gone = Promise.race([firstInput.settled, process.ended])
    .then(wire.read)
    .catch((error: unknown) => {
      options.logger.debug({ roomId: spec.roomId, agent: spec.name, error }, "an agent's output ended with an error");
    })
    .then(() => finish(options, { process, turns, asks, connection, queue, endOf: () => end }));

  return {
    outputs: queue.outputs,
    process,
    connection,
    wire,
    turns,
    asks,
    started: startedAt.settled,
    opened: (id) => {
      sessionId = id;
    },
    notify,
    expectEnd: ({ isGraceful }) => {
      end = isGraceful ? "graceful" : "forced";
    },
    gone,
  };
}

/** The agent's requests to people, within what its turn says. */
function asksOf(
  role: AcpRole,
  parts: {
    sessionId: () => string | undefined;
    turns: () => AcpTurnRunner;
    translator: AcpTranslator;
    emit: (...outputs: readonly Output[]) => void;
  },
): AcpAsks {
  const { sessionId, turns, translator, emit } = parts;
  return createAcpAsks({
    role,
    sessionId,
    isInTurn: () => turns().isBusy,
    emit,
    onAsked: (call) => emit(...translator.boundary(), ...(call ? translator.calls.read(call) : [])),
    callOf: translator.calls.known,
    idOf: translator.idOf,
    note: (text, isAsked) => turns().note({ text, isAsked }),
  });
}

/** Gives updates to `take`, which says whether a turn is under way; words outside of one are told of once, and not taken. */
function createHearing({ title, name, notify }: { title: string; name: string; notify: (text: string) => void }) {
  let hasTold = false;
  return (update: SessionUpdateRead | undefined, take: (update: SessionUpdateRead) => boolean): void => {
    if (!update || take(update) || update.sessionUpdate !== "agent_message_chunk" || hasTold) return;
    hasTold = true;
    notify(`${title} of @${name} went on talking after its turn had ended. Parley did not take that.`);
  };
}

/** Tells the room of lost lines, once, and of a lost connection. */
function spawnWithNotices(
  { spawn, spec }: AcpSessionOptions,
  { queue, isBusy }: { queue: OutputQueue<Output>; isBusy: () => boolean },
): AcpProcess {
  let hasTold = false;
  return spawn({
    onDroppedLine() {
      if (hasTold || !isBusy()) return;
      hasTold = true;
      queue.push({ kind: "notice", severity: "warning", text: droppedLineNotice(spec.name) });
    },
    onLink: (outage) => queue.push({ kind: "link", ...(outage !== undefined && { outage }) }),
  });
}

/** Ends what is left of a session whose output has ended. */
async function finish(
  { spec, program, memoryMb, onGone }: AcpSessionOptions,
  parts: {
    process: AcpProcess;
    turns: AcpTurnRunner;
    asks: AcpAsks;
    connection: ClientConnection;
    queue: OutputQueue<Output>;
    endOf: () => "unexpected" | "graceful" | "forced";
  },
): Promise<void> {
  const { process, turns, asks, connection, queue, endOf } = parts;
  if (!process.hasEnded) await process.stop(stopGraceMs);
  const end = await process.ended;
  turns.abandon();
  // A dead process withdraws nothing: its questions wait for the next one.
  asks.withdrawAll({ isTold: false });
  try {
    const isLetGo = end.error instanceof PortError && end.error.code === "closed";
    await onGone({ isGraceful: endOf() === "graceful", isLetGo });
  } finally {
    const how = { program: program.title, end, complaints: process.complaints(), memoryMb };
    if (endOf() === "unexpected") queue.fail(deathOf(spec.name, how));
    else queue.end();
    connection.close();
  }
}

function droppedLineNotice(name: string): string {
  const megabytes = maxAcpLineBytes / 1_024 / 1_024;
  return `The sandbox of @${name} printed a line of more than ${megabytes} MB or ${maxAcpLineValues.toLocaleString("en")} JSON values. Parley dropped that line: what it said is lost, and the turn goes on. Further lines of that size are dropped without a notice.`;
}

/** Approximate memory of a queued output. */
function charsOf(output: Output): number {
  if (output.kind === "block" || output.kind === "delta" || output.kind === "thinking") return output.text.length;
  if (output.kind === "toolResult") return output.text.length;
  return output.kind === "ask" ? JSON.stringify(output.input ?? "").length : 0;
}

interface Settled<T> {
  settled: Promise<T>;
  settle(value: T): void;
}

function createPromise<T>(): Settled<T> {
  let settle: (value: T) => void = () => {};
  const settled = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { settled, settle: (value) => settle(value) };
}
