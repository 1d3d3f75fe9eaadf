import { PassThrough, type Readable, type Writable } from "node:stream";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";

/** A sandbox's main process: a function over its pipes. It ends with the exit code it returns; `signal` is SIGTERM. */
export type MainProcess = (process: {
  spec: SandboxSpec;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  signal: AbortSignal;
  /** A map that outlives the process, as the home volume does. */
  home: Map<string, string>;
}) => Promise<number>;

export interface MemorySandboxes extends Sandboxes {
  /** The sandbox dies without warning. */
  kill(id: string, options?: { outOfMemory?: boolean }): void;
}

interface Exit {
  code: number;
  outOfMemory: boolean;
}

interface Running {
  spec: SandboxSpec;
  state: "running" | "paused" | "exited";
  stdin: PassThrough;
  /** What the process printed, with its time; the newest mebibyte, as a container's log. */
  printed: { atMs: number; name: "stdout" | "stderr"; chunk: Buffer }[];
  attached: { stdout: PassThrough; stderr: PassThrough } | undefined;
  stopping: AbortController;
  exited: Promise<Exit>;
  exit(exit: Exit): void;
}

const keptBytes = 1024 * 1024;

function keep(running: Running, entry: Running["printed"][number]): void {
  running.printed.push(entry);
  let bytes = running.printed.reduce((sum, { chunk }) => sum + chunk.length, 0);
  while (bytes > keptBytes) bytes -= running.printed.shift()?.chunk.length ?? bytes;
  running.attached?.[entry.name].write(entry.chunk);
}

/** A pipe of the process: kept for who attaches later, handed to who is attached now. */
function createOutput(running: () => Running, name: "stdout" | "stderr", clock: Clock): Writable {
  return new PassThrough().on("data", (chunk: Buffer) => keep(running(), { atMs: clock.nowMs(), name, chunk }));
}

function begin(options: { spec: SandboxSpec; main: MainProcess; clock: Clock; home: Map<string, string> }): Running {
  const { spec, main, clock, home } = options;
  let exit: Running["exit"] = () => undefined;
  const exited = new Promise<Exit>((resolve) => {
    exit = resolve;
  });
  const running: Running = {
    spec,
    state: "running",
    stdin: new PassThrough(),
    printed: [],
    attached: undefined,
    stopping: new AbortController(),
    exited,
    exit(how) {
      running.state = "exited";
      running.attached?.stdout.end();
      running.attached?.stderr.end();
      exit(how);
    },
  };
  const [stdout, stderr] = [createOutput(() => running, "stdout", clock), createOutput(() => running, "stderr", clock)];
  const ended = main({ spec, stdin: running.stdin, stdout, stderr, signal: running.stopping.signal, home });
  void ended.then(
    (code) => setImmediate(() => running.exit({ code, outOfMemory: false })),
    () => running.exit({ code: 1, outOfMemory: false }),
  );
  return running;
}

function attach(running: Running, missedSinceMs: number | undefined) {
  if (running.state === "exited") {
    throw new PortError("The sandbox has ended. Start it again.", { code: "closed", retryable: false });
  }
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  running.attached?.stdout.end();
  running.attached?.stderr.end();
  running.attached = streams;
  for (const { atMs, name, chunk } of running.printed) {
    if (missedSinceMs !== undefined && atMs >= missedSinceMs) streams[name].write(chunk);
  }
  const stdin = new PassThrough();
  stdin.pipe(running.stdin, { end: false });
  return { stdin, ...streams };
}

function toSandbox(id: string, running: Running, clock: Clock): Sandbox {
  return {
    id,
    attach: async (options = {}) => attach(running, options.missedSinceMs),
    exited: () => running.exited,
    async stop({ graceMs }) {
      if (running.state === "exited") return;
      running.stopping.abort();
      const cancel = clock.after(graceMs, () => running.exit({ code: 137, outOfMemory: false }));
      await running.exited;
      cancel();
    },
    async pause() {
      if (running.state === "running") running.state = "paused";
      running.stdin.cork();
    },
    async resume() {
      if (running.state === "paused") running.state = "running";
      running.stdin.uncork();
    },
  };
}

/** Sandboxes inside this process. They have no walls: for tests and simulation only. */
export function createMemorySandboxes(options: { main: MainProcess; clock: Clock }): MemorySandboxes {
  const { main, clock } = options;
  const sandboxes = new Map<string, Running>();
  const homes = new Map<string, Map<string, string>>();

  return {
    async start(spec) {
      const standing = sandboxes.get(spec.id);
      if (standing !== undefined && standing.state !== "exited") return toSandbox(spec.id, standing, clock);
      const home = homes.get(spec.id) ?? new Map<string, string>();
      homes.set(spec.id, home);
      const running = begin({ spec: structuredClone(spec), main, clock, home });
      sandboxes.set(spec.id, running);
      return toSandbox(spec.id, running, clock);
    },
    list: async () => [...sandboxes].map(([id, { spec, state }]) => ({ id, labels: { ...spec.labels }, state })),
    async remove(id, { volumes }) {
      sandboxes.get(id)?.exit({ code: 137, outOfMemory: false });
      sandboxes.delete(id);
      if (volumes) homes.delete(id);
    },
    check: async () => ({ ok: true }),
    kill(id, { outOfMemory = false } = {}) {
      sandboxes.get(id)?.exit({ code: 137, outOfMemory });
    },
  };
}
