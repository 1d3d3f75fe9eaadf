import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import type { SpawnedProcess } from "@anthropic-ai/claude-agent-sdk";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, SandboxPipes } from "../../src/ports/sandboxes.js";
import { carryLines, outageOf } from "../kit/lasting-pipes.js";
import { createLineLimit } from "../kit/line-limit.js";
import { type Pace, paceWhileRunning } from "../kit/output-pace.js";

export interface ProcessEnd {
  /** Undefined: this process released the sandbox, or could not start it. */
  code?: number;
  outOfMemory: boolean;
  /** The engine ended it. */
  byEngine?: true;
  /** It never ran, or its pipes were lost. */
  error?: unknown;
}

/** Claude Code's main process in its sandbox, as the SDK wants a process to be. */
export interface ClaudeProcess {
  spawned: SpawnedProcess;
  /** The last lines of stderr, without secrets. */
  complaints(): string;
  /** Its sandbox is there, or will not be. Never rejects. */
  started: Promise<void>;
  /** Never rejects. */
  ended: Promise<ProcessEnd>;
  stop(graceMs: number): Promise<void>;
  /** Lines over `maxLineBytes` or `maxLineValues`, which were dropped. */
  readonly droppedLines: number;
  /** Called for each line that is dropped from now on. One listener. */
  onDroppedLine(listener: () => void): void;
  /** Reads no further line until `until` settles: the process is held back. */
  holdOutput(until: Promise<unknown>): void;
  /** Calls `listener` with a clause for people when the connection is lost, and with undefined when it is there again. */
  watchLink(listener: (outage: string | undefined) => void): void;
  /** Reports like a lost connection that the sandbox is kept frozen from outside, and why; undefined: it goes on. */
  tellHeld(why: string | undefined): void;
  /** Freezes the sandbox, and undoes that. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface ClaudeProcessOptions {
  start: () => Promise<Sandbox>;
  /** The process runs already: its missed output comes first. */
  runningSinceMs?: number | undefined;
  /** Values that must never appear in output or logs. */
  secrets: readonly string[];
  /** A longer line of its output is dropped, bytes. Default `maxLineBytes`. */
  maxLineBytes?: number;
  /** How fast its output is read. Default: as it comes. */
  pace?: Pace | undefined;
  clock: Clock;
}

/**
 * Longest line read from Claude Code, bytes. Anything in its sandbox may write into its output. The longest lines of its own hold an image twice,
 * as Base64, of at most 3.75 MB.
 */
export const maxLineBytes = 8 * 1_024 * 1_024;

/**
 * Most JSON values in a line from Claude Code. The SDK parses a line at once, and this many take it at most about 40 ms; 8 MiB of empty objects, 2.8 million values, took
 * 900 ms, in which no other room was served. Claude Code's own largest lines hold long texts and few values.
 */
export const maxLineValues = 15_000;

/** The event the SDK listens for: `exit` or `error`. */
type Listener = Parameters<EventEmitter["on"]>[1];

const maxComplaintChars = 4_000;
const complaintLines = 8;
/** After its end, lines that were printed still arrive. */
const drainMs = 2_000;
const killGraceMs = 2_000;

/** The SDK spawns at once; a sandbox takes a moment. Until then its input waits. */
export function spawnInSandbox(options: ClaudeProcessOptions): ClaudeProcess {
  const { start, runningSinceMs, secrets, clock } = options;
  const events = new EventEmitter();
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  for (const stream of [stdin, stdout]) stream.on("error", () => {});
  let exitCode: number | null = null;
  let isKilled = false;
  let complaints = "";
  let droppedLines = 0;
  let tellOfDropped = () => {};
  const starting = start();
  const lines = createLineLimit({
    maxBytes: options.maxLineBytes ?? maxLineBytes,
    maxValues: maxLineValues,
    onTooLong() {
      droppedLines += 1;
      tellOfDropped();
    },
    pace: options.pace && paceWhileRunning(starting, options.pace),
  });
  const abandoned = new AbortController();
  const started = starting.then(
    () => {},
    () => {},
  );

  async function run(): Promise<ProcessEnd> {
    const sandbox = await starting;
    const first = await (runningSinceMs === undefined ? sandbox.attach() : goOn(sandbox, runningSinceMs));
    lines.stream.pipe(stdout, { end: false });
    try {
      return await carryLines({
        sandbox,
        first,
        input: stdin,
        output: lines.stream,
        onStderr(bytes) {
          complaints = (complaints + bytes.toString()).slice(-maxComplaintChars);
        },
        onLink: (cause) => events.emit("link", cause === undefined ? undefined : outageOf(cause)),
        abandoned: abandoned.signal,
        clock,
      });
    } finally {
      await passRestOn();
    }
  }

  /** Lines that were read before the end still reach the SDK, unless it has stopped reading. */
  async function passRestOn(): Promise<void> {
    const passed = new Promise((resolve) => lines.stream.once("end", resolve));
    lines.stream.end();
    await Promise.race([passed, new Promise<void>((resolve) => clock.after(drainMs, resolve))]);
    lines.stream.unpipe(stdout);
  }

  /** It was greeted by the router that started it: a second greeting is answered here. */
  async function goOn(sandbox: Sandbox, missedSinceMs: number): Promise<SandboxPipes> {
    if (!sandbox.reattached) throw new PortError("It does not run any more.", { code: "closed", retryable: false });
    stdout.write(`${JSON.stringify(greetingOf(await firstLine(stdin)))}\n`);
    return sandbox.attach({ missedSinceMs });
  }

  const ended = run()
    .catch((error: unknown): ProcessEnd => ({ outOfMemory: false, error }))
    .then((end) => {
      exitCode = end.code ?? 1;
      stdout.end();
      events.emit("exit", exitCode, null);
      return end;
    });

  async function stop(graceMs: number): Promise<void> {
    const sandbox = await starting.catch(() => undefined);
    await sandbox?.stop({ graceMs }).catch((error: unknown) => abandoned.abort(error));
    await ended;
  }

  const pause = async () => (await starting).pause();
  const resume = async () => (await starting).resume();

  const spawned: SpawnedProcess = {
    stdin,
    stdout,
    get killed() {
      return isKilled;
    },
    get exitCode() {
      return exitCode;
    },
    kill(signal) {
      isKilled = true;
      void stop(signal === "SIGKILL" ? 0 : killGraceMs);
      return true;
    },
    on: (event: string, listener: Listener) => void events.on(event, listener),
    once: (event: string, listener: Listener) => void events.once(event, listener),
    off: (event: string, listener: Listener) => void events.off(event, listener),
  };

  return {
    spawned,
    complaints: () => withoutSecrets(complaints, secrets),
    started,
    ended,
    stop,
    get droppedLines() {
      return droppedLines;
    },
    onDroppedLine(listener) {
      tellOfDropped = listener;
    },
    holdOutput: lines.hold,
    tellHeld: (why) => void events.emit("link", why),
    watchLink: (listener) => void events.on("link", listener),
    pause,
    resume,
  };
}

/** The SDK's first request, taken out of the output. */
async function firstLine(stream: PassThrough): Promise<string> {
  let text = "";
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) {
      await once(stream, "readable");
      continue;
    }
    text += chunk.toString();
    const at = text.indexOf("\n");
    if (at < 0) continue;
    if (at + 1 < text.length) stream.unshift(Buffer.from(text.slice(at + 1)));
    return text.slice(0, at);
  }
}

/** The answer of Claude Code to `initialize`, as far as it is used here. */
function greetingOf(request: string): object {
  const { request_id, request: asked } = JSON.parse(request) as { request_id: string; request?: { subtype?: string } };
  if (asked?.subtype !== "initialize")
    throw new Error("the Claude Agent SDK did not begin with `initialize`: not the version this was written for");
  const response = {
    commands: [],
    agents: [],
    models: [],
    account: {},
    output_style: "default",
    available_output_styles: [],
  };
  return { type: "control_response", response: { subtype: "success", request_id, response } };
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/sk-ant-[A-Za-z0-9_-]+/g, "(key)");
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "(token)");
  return clean.trim().split("\n").slice(-complaintLines).join("\n");
}

/** Words for how it ended; `name` is the agent's. */
export function deathOf(name: string, options: { end: ProcessEnd; complaints: string; memoryMb: number }): PortError {
  const { end, complaints, memoryMb } = options;
  if (end.error instanceof PortError) return end.error;
  if (end.byEngine) {
    const text = `The engine ended the sandbox of @${name}: it was stopped or restarted. Its conversation is kept.`;
    return new PortError(text, { code: "unavailable", retryable: true, outage: "Docker was stopped or restarted" });
  }
  const said = complaints === "" ? "" : ` Its last words:\n${complaints}`;
  const how = end.outOfMemory
    ? `it needed more than its ${memoryMb} MB of memory`
    : `exit code ${end.code ?? "unknown"}`;
  const isMissing = end.code === 126 || end.code === 127;
  const next = isMissing
    ? "Claude Code cannot be run in it: check the agents' image or the path of the binary."
    : "Its conversation is kept and goes on with the next turn.";
  return new PortError(`The sandbox of @${name} ended: ${how}. ${next}${said}`, {
    code: isMissing ? "refused" : "died",
    retryable: !isMissing,
    cause: end.error,
  });
}
