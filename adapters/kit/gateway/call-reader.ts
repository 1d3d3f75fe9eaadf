import { Worker } from "node:worker_threads";
import type { Clock } from "../../../src/ports/clock.js";
import type { BodyRules, ReadBody, ReadCall } from "./wire.js";

/** A call that was read; undefined: it is not one. `too-large`: it has more than `maxCallValues`, or reading it took too long or too much memory. */
export type CallReading = ReadCall | undefined | "too-large";

/** Reads calls without holding up the process: large ones in a thread of their own, one after another. */
export interface CallReader {
  /** Takes the body away: its memory is another thread's afterwards. Never rejects. */
  read(body: Uint8Array<ArrayBuffer>, rules: BodyRules): Promise<CallReading>;
}

export interface CallReaderOptions {
  readBody: ReadBody;
  clock: Clock;
  /** A body up to this size is read at once, bytes. Default 256 KiB, a few ms at worst. */
  inlineBytes?: number;
  /** How long the thread may take for one body, ms. Default 15 s. */
  deadlineMs?: number;
  /** Memory of the thread, MB. Default 512: the largest bodies of ordinary calls take a third of it. */
  maxMemoryMb?: number;
  /** The thread's program: a file that calls `serveReader` with the same `readBody`. */
  program: URL;
}

/** What the thread says: it is loaded, or what it read. */
export type CallReaderMessage = { kind: "ready" } | { kind: "read"; call: CallReading };

/**
 * Most JSON values of a large call, as `countValues` counts them. They are counted before the call is parsed, because a thread that passes its memory limit
 * while it parses can end the whole process.
 */
export const maxCallValues = 500_000;

interface Waiting {
  body: Uint8Array<ArrayBuffer>;
  rules: BodyRules;
  resolve: (reading: CallReading) => void;
}

/** A thread without work ends after this. */
const idleMs = 60_000;

/** Loads a program that is TypeScript, where sources are run as they are: Node's own threads know JavaScript alone. */
const sourceLoader = `
const { workerData } = require("node:worker_threads");
import("tsx/esm/api").then(({ register }) => { register(); return import(workerData); });`;

/** Makes a reader whose thread starts with the first large body and does not keep the process alive. */
export function createCallReader(options: CallReaderOptions): CallReader {
  const { readBody, program, clock, inlineBytes = 256 * 1_024, deadlineMs = 15_000, maxMemoryMb = 512 } = options;
  const waiting: Waiting[] = [];
  let thread: Worker | undefined;
  let running: { waiting: Waiting; cancel: () => void } | undefined;
  let cancelIdle = () => {};

  function start(): Worker {
    const limits = { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb } };
    const started = program.pathname.endsWith(".ts")
      ? new Worker(sourceLoader, { ...limits, eval: true, workerData: program.href })
      : new Worker(program, limits);
    started.unref();
    started.on("message", (message: CallReaderMessage) => {
      if (thread !== started) return;
      if (message.kind === "ready") send(started);
      else settle(message.call);
    });
    const end = () => {
      if (thread !== started) return;
      thread = undefined;
      settle("too-large");
    };
    started.on("error", end);
    started.on("exit", end);
    return started;
  }

  function settle(reading: CallReading): void {
    const done = running;
    running = undefined;
    done?.cancel();
    done?.waiting.resolve(reading);
    next();
  }

  function next(): void {
    if (running) return;
    cancelIdle();
    const first = waiting.shift();
    if (!first) {
      const idle = thread;
      if (idle) cancelIdle = clock.after(idleMs, () => void idle.terminate());
      return;
    }
    running = { waiting: first, cancel: () => {} };
    if (thread) send(thread);
    else thread = start();
  }

  /** The time counts from here on: a thread that starts on a busy machine is not late. */
  function send(to: Worker): void {
    if (!running) return;
    running.cancel = clock.after(deadlineMs, () => void to.terminate());
    const { body, rules } = running.waiting;
    const whole = body.byteLength === body.buffer.byteLength ? body : body.slice();
    to.postMessage({ body: whole, rules }, [whole.buffer]);
  }

  return {
    async read(body, rules) {
      if (body.length <= inlineBytes) return readBody(body, rules);
      return new Promise((resolve) => {
        waiting.push({ body, rules, resolve });
        next();
      });
    },
  };
}

/** The file of that name beside an adapter's module: TypeScript where sources are run as they are. */
export function readerProgram(name: string, moduleUrl: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith(".ts") ? ".ts" : ".js"}`, moduleUrl);
}
