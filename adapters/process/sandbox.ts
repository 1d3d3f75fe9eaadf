import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { PassThrough, Writable } from "node:stream";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, SandboxPipes } from "../../src/ports/sandboxes.js";
import { createOutputLog } from "./output-log.js";
import { type Descriptors, exitCodeOf, type Folders, type ProcessId, signal, stateOf } from "./run-folder.js";
import { createTap } from "./tap.js";

export interface HeldSandboxOptions {
  id: string;
  folders: Folders;
  process: ProcessId;
  outputs: Descriptors;
  reattached: boolean;
  clock: Clock;
}

/** A sandbox in this process' hand. */
export interface HeldSandbox {
  readonly sandbox: Sandbox;
  readonly hasExited: boolean;
  /** A second handle on the same sandbox, for a caller that starts it again. */
  again(): Sandbox;
  /** Lets go: pipes end, `exited` rejects, the main process runs on. */
  release(): void;
}

const maxUnreadStderrBytes = 1_024 * 1_024;
const exitPollMs = 50;
/** A process that escaped its group may hold a pipe open after the main process ended. */
const drainMs = 1_000;

const closed = (message: string) => new PortError(message, { code: "closed", retryable: false });

export function holdSandbox(options: HeldSandboxOptions): HeldSandbox {
  const { id, folders, process, clock } = options;
  const log = createOutputLog(folders.log, () => clock.nowMs());
  const outputs = {
    stdout: createTap({ descriptor: options.outputs.stdout, log: (bytes) => log.append("stdout", bytes) }),
    stderr: createTap({
      descriptor: options.outputs.stderr,
      dropBeyondBytes: maxUnreadStderrBytes,
      log: (bytes) => log.append("stderr", bytes),
    }),
  };
  const exit = watchExit(options);
  let hasExited = false;
  let stdin: Stdin | undefined;
  let isFresh = !options.reattached;

  exit.ended.then(
    () => {
      hasExited = true;
      for (const tap of [outputs.stdout, outputs.stderr]) tap.finish();
      clock.after(drainMs, () => closePipes());
    },
    () => {},
  );

  function closePipes(): void {
    stdin?.close();
    for (const tap of [outputs.stdout, outputs.stderr]) tap.close();
  }

  function attach(missedSinceMs: number | undefined): SandboxPipes {
    if (hasExited && missedSinceMs === undefined && !isFresh)
      throw closed(`The sandbox ${id} has ended. Start it again.`);
    const isFromNow = missedSinceMs === undefined && !isFresh;
    isFresh = false;
    if (isFromNow) outputs.stdout.skip();
    stdin?.close();
    stdin = hasExited ? closedStdin() : (openStdin(folders.pipes.stdin) ?? closedStdin());
    const pipes = { stdin: stdin.stream, stdout: new PassThrough(), stderr: new PassThrough() };
    for (const name of ["stdout", "stderr"] as const) {
      pipes[name].on("error", () => {});
      if (missedSinceMs === undefined) outputs[name].connect(pipes[name]);
      else outputs[name].connect(pipes[name], log.since(name, missedSinceMs));
    }
    return pipes;
  }

  async function stop(graceMs: number): Promise<void> {
    if (hasExited) return;
    signal(process.main, "SIGTERM");
    signal(-process.keeper.pid, "SIGCONT");
    const cancel = clock.after(graceMs, () => signal(-process.keeper.pid, "SIGKILL"));
    await exit.ended;
    cancel();
  }

  const sandboxAs = (reattached: boolean): Sandbox => ({
    id,
    reattached,
    attach: async ({ missedSinceMs } = {}) => attach(missedSinceMs),
    exited: () => exit.ended,
    stop: ({ graceMs }) => stop(graceMs),
    async pause() {
      signal(-process.keeper.pid, "SIGSTOP");
    },
    async resume() {
      signal(-process.keeper.pid, "SIGCONT");
    },
  });

  return {
    sandbox: sandboxAs(options.reattached),
    get hasExited() {
      return hasExited;
    },
    again: () => sandboxAs(true),
    release() {
      exit.giveUp();
      closePipes();
    },
  };
}

/** After a restart the process is not a child of this one, so it is polled. */
function watchExit({ id, folders, process, clock }: HeldSandboxOptions) {
  let cancel = () => {};
  let giveUp = () => {};
  const ended = new Promise<{ code: number; outOfMemory: boolean }>((resolve, reject) => {
    const look = () => {
      if (stateOf(process) === "exited") resolve({ code: exitCodeOf(folders), outOfMemory: false });
      else cancel = clock.after(exitPollMs, look);
    };
    giveUp = () => {
      cancel();
      reject(closed(`This process let go of the sandbox ${id}; it runs on.`));
    };
    look();
  });
  ended.catch(() => {});
  return { ended, giveUp: () => giveUp() };
}

interface Stdin {
  stream: Writable;
  close(): void;
}

function closedStdin(): Stdin {
  const stream = new Writable();
  stream.on("error", () => {});
  stream.destroy();
  return { stream, close: () => {} };
}

/** Its end does not close the pipe: the main process holds it open itself. Undefined: the process has just ended, and nothing reads. */
function openStdin(path: string): Stdin | undefined {
  const fd = openToWrite(path);
  if (fd === undefined) return undefined;
  const socket = new Socket({ fd, readable: false, writable: true });
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      socket.write(chunk, (error) => done(error));
    },
    final: (done) => done(),
  });
  for (const each of [socket, stream]) each.on("error", () => {});
  return {
    stream,
    close() {
      stream.destroy();
      socket.destroy();
    },
  };
}

function openToWrite(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO") return undefined;
    throw error;
  }
}
