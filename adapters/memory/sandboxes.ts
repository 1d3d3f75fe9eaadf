import { PassThrough, type Readable, type Writable } from "node:stream";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, Sandboxes, SandboxPipes, SandboxSpec } from "../../src/ports/sandboxes.js";

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

/** State that outlives the process that holds the sandboxes: pass it to the next one. */
export interface SandboxMachine {
  readonly sandboxes: Map<string, Running>;
  readonly homes: Map<string, Map<string, string>>;
  /** Of the homes. */
  readonly labels: Map<string, Record<string, string>>;
}

export const createSandboxMachine = (): SandboxMachine => ({
  sandboxes: new Map(),
  homes: new Map(),
  labels: new Map(),
});

export interface MemorySandboxes extends Sandboxes {
  /** The sandbox dies without warning. */
  kill(id: string, options?: { outOfMemory?: boolean }): void;
}

interface Exit {
  code: number;
  outOfMemory: boolean;
}

export interface Running {
  readonly spec: SandboxSpec;
  state: "running" | "paused" | "exited";
  stdin: PassThrough;
  /** The process's output with its timestamps; keeps the newest mebibyte, as a container's log does. */
  printed: { atMs: number; name: "stdout" | "stderr"; chunk: Buffer }[];
  attached: { stdout: PassThrough; stderr: PassThrough } | undefined;
  /** Its output was passed on from the start; from then on only requested output is repeated. */
  wasAttached: boolean;
  stopping: AbortController;
  exited: Promise<Exit>;
  exit(exit: Exit): void;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const keptBytes = 1024 * 1024;

function keep(running: Running, entry: Running["printed"][number]): void {
  running.printed.push(entry);
  let bytes = running.printed.reduce((sum, { chunk }) => sum + chunk.length, 0);
  while (bytes > keptBytes) bytes -= running.printed.shift()?.chunk.length ?? bytes;
  running.attached?.[entry.name].write(entry.chunk);
}

/** A pipe of the process: kept for later readers, passed on to the attached one. */
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
    wasAttached: false,
    stopping: new AbortController(),
    exited,
    exit(how) {
      running.state = "exited";
      detach(running);
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

const closed = (message: string) => new PortError(message, { code: "closed", retryable: false });

function detach(running: Running): void {
  running.attached?.stdout.end();
  running.attached?.stderr.end();
  running.attached = undefined;
}

/** Output printed since `sinceMs`, cut at the start of a line. */
function missedOf(running: Running, name: "stdout" | "stderr", sinceMs: number): Buffer {
  const ofPipe = running.printed.filter((entry) => entry.name === name);
  const first = ofPipe.findIndex(({ atMs }) => atMs >= sinceMs);
  if (first === -1) return Buffer.alloc(0);
  const before = Buffer.concat(ofPipe.slice(0, first).map(({ chunk }) => chunk));
  const lineStart = before.subarray(before.lastIndexOf(10) + 1);
  return Buffer.concat([lineStart, ...ofPipe.slice(first).map(({ chunk }) => chunk)]);
}

function attach(running: Running, sinceMs: number | undefined): SandboxPipes {
  if (running.state === "exited" && sinceMs === undefined) throw closed("The sandbox has ended. Start it again.");
  detach(running);
  const pipes = { stdout: new PassThrough(), stderr: new PassThrough() };
  const from = sinceMs ?? (running.wasAttached ? undefined : Number.NEGATIVE_INFINITY);
  for (const name of ["stdout", "stderr"] as const) {
    if (from !== undefined) pipes[name].write(missedOf(running, name, from));
  }
  running.attached = pipes;
  running.wasAttached = true;
  if (running.state === "exited") detach(running);
  const stdin = new PassThrough();
  stdin.pipe(running.stdin, { end: false });
  return { stdin, ...pipes };
}

/** One process' hold on a sandbox; `letGo` rejects when that process closes. */
function toSandbox(options: { running: Running; reattached: boolean; clock: Clock; letGo: Promise<never> }): Sandbox {
  const { running, reattached, clock, letGo } = options;
  return {
    id: running.spec.id,
    reattached,
    attach: async ({ missedSinceMs } = {}) => attach(running, missedSinceMs),
    exited: () => Promise.race([running.exited, letGo]),
    async stop({ graceMs }) {
      if (running.state === "exited") return;
      running.stopping.abort();
      const cancel = clock.after(graceMs, () => running.exit({ code: 137, outOfMemory: false }));
      await running.exited;
      cancel();
    },
    async pause() {
      if (running.state !== "running") return;
      running.state = "paused";
      running.stdin.cork();
    },
    async resume() {
      if (running.state !== "paused") return;
      running.state = "running";
      running.stdin.uncork();
    },
  };
}

/** Settings that cannot be changed while the sandbox runs. */
const isolationOf = ({ limits, env, socketDir, readOnlyDir }: SandboxSpec): string =>
  JSON.stringify([limits, env, socketDir, readOnlyDir]);

/** Sandboxes inside this process. They have no walls: for tests and simulation only. */
export function createMemorySandboxes(options: {
  main: MainProcess;
  clock: Clock;
  machine?: SandboxMachine;
}): MemorySandboxes {
  const { main, clock, machine = createSandboxMachine() } = options;
  const { sandboxes, homes } = machine;
  let letGoNow: (error: Error) => void = () => undefined;
  const letGo = new Promise<never>((_, reject) => {
    letGoNow = reject;
  });
  letGo.catch(() => undefined);

  function stopNow(id: string, outOfMemory = false): void {
    sandboxes.get(id)?.exit({ code: 137, outOfMemory });
  }

  return {
    async start(spec) {
      if (!idPattern.test(spec.id)) {
        throw new PortError(`${JSON.stringify(spec.id)} is not an id. Nothing ran.`, {
          code: "refused",
          retryable: false,
        });
      }
      const standing = sandboxes.get(spec.id);
      if (standing !== undefined && standing.state !== "exited" && isolationOf(standing.spec) === isolationOf(spec)) {
        standing.wasAttached = true;
        const held = toSandbox({ running: standing, reattached: true, clock, letGo });
        await held.resume();
        return held;
      }
      stopNow(spec.id);
      const home = homes.get(spec.id) ?? new Map<string, string>();
      if (!homes.has(spec.id)) machine.labels.set(spec.id, { ...spec.labels });
      homes.set(spec.id, home);
      const running = begin({ spec: structuredClone(spec), main, clock, home });
      sandboxes.set(spec.id, running);
      return toSandbox({ running, reattached: false, clock, letGo });
    },
    list: async () => [...sandboxes].map(([id, { spec, state }]) => ({ id, labels: { ...spec.labels }, state })),
    homes: async () => [...homes.keys()].map((id) => ({ id, labels: { ...machine.labels.get(id) } })),
    async remove(id, { volumes }) {
      stopNow(id);
      sandboxes.delete(id);
      if (volumes) homes.delete(id);
    },
    check: async () => ({ ok: true }),
    async close() {
      letGoNow(closed("The sandboxes were let go; they run on."));
      for (const running of sandboxes.values()) detach(running);
    },
    kill: (id, { outOfMemory = false } = {}) => stopNow(id, outOfMemory),
  };
}
