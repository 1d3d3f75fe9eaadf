import { Worker } from "node:worker_threads";

/** The outcome of trying several patterns on a text. Members of `tooSlow` are indexes of patterns that took too long on it alone. */
export type FirstMatch =
  | { kind: "found"; index: number; groups: readonly (string | undefined)[]; tooSlow: readonly number[] }
  | { kind: "none"; tooSlow: readonly number[] }
  /** The time was over before every pattern was tried. */
  | { kind: "spent"; tooSlow: readonly number[] };

/** Tries regular expressions in a thread of its own, so that none holds up the process. */
export interface PatternWorker {
  /** The first of `patterns`, without regard to case, that fits `text`. Requests are served one after another. Never rejects. */
  firstMatch(patterns: readonly string[], text: string): Promise<FirstMatch>;
}

export interface PatternWorkerOptions {
  /** How long one pattern may take, ms. Default 50. */
  patternMs?: number;
  /** How long all patterns of one request may take together, ms. Default 100. */
  requestMs?: number;
  /** So long after `requestMs` a thread that did not answer is ended and another takes its place, ms. Default 400. */
  killAfterMs?: number;
}

interface Request {
  patterns: readonly string[];
  text: string;
  resolve: (match: FirstMatch) => void;
}

interface Running {
  request: Request;
  timer: NodeJS.Timeout | undefined;
}

/** Requests that wait at most; one more is answered as `spent`. */
const maxWaiting = 1_000;

/**
 * The thread's program. It is text because a worker is loaded from a JavaScript file, which sources run by a loader do not have. `node:vm` is the one
 * way to stop a running regular expression; ending the thread stops the rest.
 */
const program = `
const { parentPort } = require("node:worker_threads");
const { Script, createContext } = require("node:vm");
const context = createContext({ run: () => {} });
const call = new Script("run()");
let compiled = new Map();

function expressionOf(pattern) {
  if (compiled.size >= 1000) compiled = new Map();
  const known = compiled.get(pattern) ?? new RegExp(pattern, "i");
  compiled.set(pattern, known);
  return known;
}

/** The match, null, or undefined when the time was over. */
function exec(pattern, text, timeout) {
  let found = null;
  context.run = () => { found = expressionOf(pattern).exec(text); };
  try {
    call.runInContext(context, { timeout });
    return found;
  } catch (error) {
    if (error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  }
}

function firstMatch({ patterns, text, patternMs, requestMs }) {
  const endsAtMs = performance.now() + requestMs;
  const tooSlow = [];
  for (const [index, pattern] of patterns.entries()) {
    const leftMs = Math.floor(endsAtMs - performance.now());
    if (leftMs < 1) return { kind: "spent", tooSlow };
    const found = exec(pattern, text, Math.min(leftMs, patternMs));
    if (found) return { kind: "found", index, groups: [...found], tooSlow };
    if (found === undefined && leftMs >= patternMs) tooSlow.push(index);
  }
  return { kind: "none", tooSlow };
}

parentPort.on("message", (request) => parentPort.postMessage(firstMatch(request)));
`;

/** Makes a worker whose thread starts with the first request and does not keep the process alive. */
export function createPatternWorker(options: PatternWorkerOptions = {}): PatternWorker {
  const { patternMs = 50, requestMs = 100, killAfterMs = 400 } = options;
  const waiting: Request[] = [];
  let worker: Worker | undefined;
  let running: Running | undefined;

  function start(): Worker {
    const started = new Worker(program, { eval: true });
    started.unref();
    started.on("message", (match: FirstMatch) => worker === started && settle(match));
    const end = () => {
      if (worker !== started) return;
      worker = undefined;
      settle({ kind: "spent", tooSlow: [] });
    };
    started.on("error", end);
    started.on("exit", end);
    return started;
  }

  function settle(match: FirstMatch): void {
    const done = running;
    running = undefined;
    clearTimeout(done?.timer);
    done?.request.resolve(match);
    next();
  }

  function next(): void {
    if (running) return;
    const request = waiting.shift();
    if (!request) return;
    const isNew = worker === undefined;
    const thread = worker ?? start();
    worker = thread;
    const current: Running = { request, timer: undefined };
    running = current;
    const send = () => {
      if (running !== current) return;
      // The time counts from here on, in real time: a thread that starts on a busy machine is not late.
      current.timer = setTimeout(() => void thread.terminate(), requestMs + killAfterMs).unref();
      const { patterns, text } = request;
      thread.postMessage({ patterns, text, patternMs, requestMs });
    };
    if (isNew) thread.once("online", send);
    else send();
  }

  return {
    firstMatch: (patterns, text) =>
      new Promise((resolve) => {
        if (waiting.length >= maxWaiting) {
          resolve({ kind: "spent", tooSlow: [] });
          return;
        }
        waiting.push({ patterns, text, resolve });
        next();
      }),
  };
}
