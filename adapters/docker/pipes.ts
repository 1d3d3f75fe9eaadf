import { type Duplex, PassThrough, Writable } from "node:stream";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { SandboxPipes } from "../../src/ports/sandboxes.js";
import { unless, wordsOf } from "./engine-errors.js";
import { createFrameReader, type OutputFrame } from "./frames.js";
import { createOutputJoin, type OutputJoin } from "./missed-output.js";

/** Unread stderr beyond this is dropped. */
const maxUnreadStderrBytes = 1_024 * 1_024;
/** The engine ends the connection a moment before it says that the container ended. */
const exitGraceMs = 5_000;
/** A live line is in the log long before this; the log is read again this many times at most. */
const logDelayMs = 100;
const logTries = 20;

export type PipedOutput = Record<OutputFrame["stream"], Buffer>;

export interface PipesOptions {
  /** The engine's connection, attached to all three pipes. */
  connection: Duplex;
  /** Settles when the main process ended. */
  exited: Promise<unknown>;
  /** Reads the container's output since the start of the missed output; without it output starts with the connection. */
  readLog?: () => Promise<PipedOutput>;
  clock: Clock;
  logger: Logger;
}

export interface HeldPipes {
  pipes: SandboxPipes;
  /** Releases the connection; the pipes end. */
  close(): void;
}

/** Makes the three pipes of a main process out of the engine's one connection. */
export function createPipes(options: PipesOptions): HeldPipes {
  const { connection, clock, logger, readLog } = options;
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = createStdin(connection);
  // A pipe without a listener must not end the router; its reader or writer gets the error all the same.
  for (const stream of [stdin, stdout, stderr, connection]) stream.on("error", () => {});
  const joins = readLog ? { stdout: createOutputJoin(), stderr: createOutputJoin() } : undefined;
  let isClosed = false;

  function passOn(stream: OutputFrame["stream"], bytes: Buffer): void {
    if (bytes.length === 0 || stdout.destroyed) return;
    if (stream === "stdout") stdout.write(bytes);
    else if (stderr.writableLength + bytes.length <= maxUnreadStderrBytes) stderr.write(bytes);
  }

  async function pump(): Promise<void> {
    const frames = createFrameReader();
    for await (const chunk of connection) {
      for (const { stream, bytes } of frames.read(chunk as Buffer)) {
        passOn(stream, joins ? joins[stream].live(bytes) : bytes);
      }
      seam?.lookSoon();
      if (stdout.writableNeedDrain) await untilDrained(stdout);
    }
  }

  async function end(failure?: unknown): Promise<void> {
    const hasExited = isClosed || (await endsWithin(options.exited, { clock, timeoutMs: exitGraceMs }));
    if (!hasExited) return lose(failure);
    if (!isClosed) await seam?.finish();
    stdout.end();
    stderr.end();
    stdin.destroy();
  }

  function lose(failure: unknown): void {
    const text = `The connection to the sandbox was lost${failure ? ` (${wordsOf(failure)})` : ""}. It may still run; attach again.`;
    const outage = "The connection to Docker was lost";
    const error = new PortError(text, { code: "unavailable", retryable: true, outage, cause: failure });
    logger.warn({ error: text }, "lost the pipes of a sandbox");
    for (const stream of [stdin, stdout, stderr]) stream.destroy(error);
  }

  const seam = readLog && joins && createSeam({ joins, readLog, passOn, clock, lose });
  seam?.lookSoon(0);
  pump()
    .then(() => end(), end)
    .catch(lose);

  return {
    pipes: { stdin, stdout, stderr },
    close() {
      isClosed = true;
      connection.destroy();
    },
  };
}

function untilDrained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}

/** Its end does not close the connection: output continues, and so does the main process. */
function createStdin(connection: Duplex): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      connection.write(chunk, (error) => done(error));
    },
    final: (done) => done(),
  });
}

interface Seam {
  /** Looks at the log after `delayMs` if something waits for it (with 0: in any case). */
  lookSoon(delayMs?: number): void;
  /** Nothing comes live any more. */
  finish(): Promise<void>;
}

interface SeamOptions {
  joins: Record<OutputFrame["stream"], OutputJoin>;
  readLog: () => Promise<PipedOutput>;
  passOn: (stream: OutputFrame["stream"], bytes: Buffer) => void;
  clock: Clock;
  lose: (failure: unknown) => void;
}

/** Reads the log when a join needs it. */
function createSeam({ joins, readLog, passOn, clock, lose }: SeamOptions): Seam {
  const streams = ["stdout", "stderr"] as const;
  let tries = 0;
  let looking: Promise<void> | undefined;

  async function look(delayMs: number): Promise<void> {
    if (delayMs > 0) await sleep(clock, delayMs);
    const output = await unless(readLog(), 404, 409);
    if (!output) return;
    for (const stream of streams) passOn(stream, joins[stream].log(output[stream]));
    const unjoined = streams.filter((stream) => joins[stream].needsLog());
    tries = unjoined.length === 0 ? 0 : tries + 1;
    if (tries < logTries) return;
    for (const stream of unjoined) passOn(stream, joins[stream].giveUp());
  }

  const seam: Seam = {
    lookSoon(delayMs = logDelayMs) {
      if (looking || (delayMs > 0 && !streams.some((stream) => joins[stream].needsLog()))) return;
      looking = look(delayMs)
        .catch(lose)
        .finally(() => {
          looking = undefined;
          seam.lookSoon();
        });
    },
    async finish() {
      await looking;
      // A container that is being removed gives no log any more.
      const output = await unless(readLog(), 404, 409);
      for (const stream of streams) {
        passOn(stream, output ? joins[stream].end(output[stream]) : joins[stream].giveUp());
      }
    },
  };
  return seam;
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

function endsWithin(ended: Promise<unknown>, options: { clock: Clock; timeoutMs: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = options.clock.after(options.timeoutMs, () => resolve(false));
    const done = () => {
      cancel();
      resolve(true);
    };
    ended.then(done, done);
  });
}
