import type { Duplex, Readable } from "node:stream";
import type { Container } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox } from "../../src/ports/sandboxes.js";
import { toEngineError, unless } from "./engine-errors.js";
import { createFrameReader, splitOutput } from "./frames.js";
import { openLine } from "./missed-output.js";
import { createPipes, type HeldPipes, type PipedOutput } from "./pipes.js";
import { killedCode, untilExit } from "./until-exit.js";

const maxExecBytes = 1_024 * 1_024;
/** How far back to look for the start of a line that was incomplete when missed output begins. */
const leadInMs = 10_000;

export interface SandboxOptions {
  id: string;
  reattached: boolean;
  container: Container;
  /** Attached before the container started, so that nothing is missed. */
  connection?: Duplex;
  /** Fires when this process releases the sandbox, which keeps running. */
  released: AbortSignal;
  clock: Clock;
  logger: Logger;
}

export function createSandbox(options: SandboxOptions): Sandbox {
  const { id, container, clock, logger, released } = options;
  let isStopping = false;
  const exit = untilExit({ ...options, isStopping: () => isStopping });
  let first = options.connection;
  let hasExited = false;
  let held: HeldPipes | undefined;
  const release = () => {
    first?.destroy();
    held?.close();
  };
  released.addEventListener("abort", release);
  const forget = () => {
    hasExited = true;
    released.removeEventListener("abort", release);
  };
  exit.then(forget, forget);

  async function hold(connection: Duplex, readLog?: () => Promise<PipedOutput>) {
    held?.close();
    held = createPipes({ connection, exited: exit, clock, logger, ...(readLog && { readLog }) });
    return held.pipes;
  }

  const doing = <T>(what: string, call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      throw toEngineError(error, `${what} the sandbox ${id}`);
    });

  async function stop(graceMs: number): Promise<void> {
    isStopping = true;
    await resume();
    await signal(container, "SIGTERM");
    let cancel = () => {};
    const graceOver = new Promise<"over">((resolve) => {
      cancel = clock.after(graceMs, () => resolve("over"));
    });
    const outcome = await Promise.race([exit, graceOver]);
    cancel();
    if (outcome !== "over") return;
    await signal(container, "SIGKILL");
    await exit;
  }

  async function resume(): Promise<void> {
    const info = await unless(container.inspect(), 404);
    // Between the look and the call it may have ended or been resumed.
    if (info?.State.Paused) await unless(container.unpause(), 404, 409, 500);
  }

  async function pause(): Promise<void> {
    const info = await unless(container.inspect(), 404);
    if (info?.State.Running && !info.State.Paused) await unless(container.pause(), 404, 409);
  }

  return {
    id,
    reattached: options.reattached,
    async attach({ missedSinceMs } = {}) {
      const connection = first;
      first = undefined;
      if (connection && missedSinceMs === undefined) return hold(connection);
      connection?.destroy();
      if (hasExited && missedSinceMs === undefined) {
        throw new PortError(`The sandbox ${id} has ended. Start it again.`, { code: "closed", retryable: false });
      }
      const fresh = await doing("Attaching to", connect(container));
      return hold(fresh, missedSinceMs === undefined ? undefined : await logReader(container, missedSinceMs));
    },
    exited: () => exit,
    stop: ({ graceMs }) => doing("Stopping", stop(graceMs)),
    pause: () => doing("Pausing", pause()),
    resume: () => doing("Resuming", resume()),
    async exec(command) {
      const { code, stdout, stderr } = await doing("Running a command in", execute(container, command));
      return { code, output: stdout + stderr };
    },
  };
}

/** Opens the connection to all three pipes of the main process, from now on. */
export async function connect(container: Container): Promise<Duplex> {
  const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
  return (await container.attach(options)) as Duplex;
}

/** Nothing happens to one that ended. */
async function signal(container: Container, name: "SIGTERM" | "SIGKILL"): Promise<void> {
  await unless(container.kill({ signal: name }), 404, 409);
}

/** Unix seconds with nine places, as the engine takes them. */
function engineTime(ns: bigint): string {
  const billion = 1_000_000_000n;
  return `${ns / billion}.${String(ns % billion).padStart(9, "0")}`;
}

/**
 * Reads the output since a moment. A line that was incomplete then is returned whole. Never with time stamps: in lines over 16 KiB the engine puts
 * them into the middle.
 */
async function logReader(container: Container, sinceMs: number): Promise<() => Promise<PipedOutput>> {
  const sinceNs = BigInt(Math.floor(sinceMs)) * 1_000_000n;
  const fromNs = sinceNs - BigInt(leadInMs) * 1_000_000n;
  const both = { stdout: true, stderr: true, follow: false } as const;
  const read = async (range: { since: string; until?: string }) =>
    splitOutput((await container.logs({ ...both, ...range })) as Buffer);
  const before = await read({ since: engineTime(fromNs > 0n ? fromNs : 0n), until: engineTime(sinceNs - 1n) });
  return async () => {
    const output = await read({ since: engineTime(sinceNs) });
    return {
      stdout: Buffer.concat([openLine(before.stdout), output.stdout]),
      stderr: Buffer.concat([openLine(before.stderr), output.stderr]),
    };
  };
}

export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command beside the main process. Of each stream the first mebibyte is kept. */
export async function execute(container: Container, command: readonly string[]): Promise<ExecResult> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: false });
  const stream = (await exec.start({ Detach: false, Tty: false })) as Readable;
  const frames = createFrameReader();
  const kept = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) } as PipedOutput;
  for await (const chunk of stream) {
    for (const frame of frames.read(chunk as Buffer)) {
      const room = maxExecBytes - kept[frame.stream].length;
      if (room > 0) kept[frame.stream] = Buffer.concat([kept[frame.stream], frame.bytes.subarray(0, room)]);
    }
  }
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? killedCode, stdout: kept.stdout.toString("utf8"), stderr: kept.stderr.toString("utf8") };
}
