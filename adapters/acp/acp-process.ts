import { PassThrough, type Readable, type Writable } from "node:stream";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, SandboxPipes } from "../../src/ports/sandboxes.js";
import { carryLines, outageOf } from "../kit/lasting-pipes.js";
import { createLineLimit } from "../kit/line-limit.js";
import { type Pace, paceWhileRunning } from "../kit/output-pace.js";
import { type ProcessEnd, withoutSecrets } from "../kit/process-end.js";
import { maxAcpLineBytes, maxAcpLineValues } from "./options.js";

/** The main process of an agent's sandbox: lines in, lines out. */
export interface AcpProcess {
  stdin: Writable;
  /** Whole lines of at most `maxAcpLineBytes`. Ends after the process ended and its last lines came. */
  stdout: Readable;
  /** The last lines of stderr, without secrets. */
  complaints(): string;
  /** Its sandbox is there, or will not be. Never rejects. */
  started: Promise<void>;
  /** Never rejects. */
  ended: Promise<ProcessEnd>;
  readonly hasEnded: boolean;
  stop(graceMs: number): Promise<void>;
  /** Reports like a lost connection that the sandbox is kept frozen from outside, and why; undefined: it goes on. */
  tellHeld(why: string | undefined): void;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface AcpProcessOptions {
  start: () => Promise<Sandbox>;
  /** The process runs already: its missed output comes first. */
  runningSinceMs?: number | undefined;
  /** Values that must never appear in logs. */
  secrets: readonly string[];
  pace?: Pace | undefined;
  /** Called for each line that is dropped because it is too large. */
  onDroppedLine: () => void;
  /** Called with a clause for people when the connection is lost, and with undefined when it is there again. */
  onLink: (outage: string | undefined) => void;
  clock: Clock;
}

const maxComplaintChars = 4_000;
/** After its end, lines that were printed still arrive. */
const drainMs = 2_000;

/** Starts the process, or takes hold of the one that runs. A sandbox takes a moment; until then its input waits. */
export function startAcpProcess(options: AcpProcessOptions): AcpProcess {
  const { start, runningSinceMs, secrets, onDroppedLine, onLink, clock } = options;
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  for (const stream of [stdin, stdout]) stream.on("error", () => {});
  let complaints = "";
  let hasEnded = false;
  const starting = start();
  const lines = createLineLimit({
    maxBytes: maxAcpLineBytes,
    maxValues: maxAcpLineValues,
    onTooLong: onDroppedLine,
    pace: options.pace && paceWhileRunning(starting, options.pace),
  });
  const abandoned = new AbortController();
  const nothing = () => {};

  async function run(): Promise<ProcessEnd> {
    const sandbox = await starting;
    const first = await (runningSinceMs === undefined ? sandbox.attach() : attachRunning(sandbox, runningSinceMs));
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
        onLink: (cause) => onLink(cause === undefined ? undefined : outageOf(cause)),
        abandoned: abandoned.signal,
        clock,
      });
    } finally {
      await passRestOn();
    }
  }

  async function passRestOn(): Promise<void> {
    const passed = new Promise((resolve) => lines.stream.once("end", resolve));
    lines.stream.end();
    await Promise.race([passed, new Promise<void>((resolve) => clock.after(drainMs, resolve))]);
    lines.stream.unpipe(stdout);
  }

  const ended = run()
    .catch((error: unknown): ProcessEnd => ({ outOfMemory: false, error }))
    .then((end) => {
      hasEnded = true;
      stdout.end();
      return end;
    });

  return {
    stdin,
    stdout,
    complaints: () => withoutSecrets(complaints, secrets),
    started: starting.then(nothing, nothing),
    ended,
    get hasEnded() {
      return hasEnded;
    },
    async stop(graceMs) {
      const sandbox = await starting.catch(() => undefined);
      await sandbox?.stop({ graceMs }).catch((error: unknown) => abandoned.abort(error));
      await ended;
    },
    tellHeld: onLink,
    pause: async () => (await starting).pause(),
    resume: async () => (await starting).resume(),
  };
}

/** Rejects where another process runs than the one that was started. */
function attachRunning(sandbox: Sandbox, missedSinceMs: number): Promise<SandboxPipes> {
  if (sandbox.reattached) return sandbox.attach({ missedSinceMs });
  return Promise.reject(new PortError("It does not run any more.", { code: "closed", retryable: false }));
}
