import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, SandboxExit, SandboxPipes } from "../../src/ports/sandboxes.js";

/** Clocks of this machine and of the engine may differ by less than this. */
const overlapMs = 30_000;
/** A line written so long before the loss of a connection was found may not have arrived. */
const doubtMs = 20_000;
const firstRetryMs = 250;
const maxRetryMs = 2_000;
/** Output that was printed before the end still arrives after it. */
const drainMs = 2_000;
/** A longer line is passed on in pieces. */
const maxHeldBytes = 1_024 * 1_024;
const newline = 0x0a;

export interface LastingPipesOptions {
  sandbox: Pick<Sandbox, "attach" | "exited">;
  /** Pipes of the first connection. */
  first: SandboxPipes;
  /** Lines to send to the process. It MUST accept a line only once if it comes twice. */
  input: Readable;
  /** Receives the process's stdout, each line once. */
  output: Writable;
  onStderr: (bytes: Buffer) => void;
  /** Called with the cause when the connection is lost, and with undefined when it is there again. */
  onLink: (cause: unknown) => void;
  /** Fires when the pipes are no longer needed although the process may keep running. */
  abandoned: AbortSignal;
  clock: Clock;
}

/**
 * Carries the lines of a sandbox's main process until it has ended, and resolves to its exit. A connection that is lost while the process lives is
 * reopened: output printed meanwhile comes next, lines that came before are left out, and lines that may not have arrived are written again. Rejects
 * if this process releases the sandbox, or `abandoned` fires while the connection is lost.
 */
export async function carryLines(options: LastingPipesOptions): Promise<SandboxExit> {
  const { sandbox, clock, abandoned } = options;
  const reader = createLineReader(options);
  const writer = createLineWriter(options);
  const exited = sandbox.exited().then((exit) => ({ exit }));
  exited.catch(() => {});
  const givenUp = new Promise<never>((_, reject) => {
    const refuse = () => reject(abandoned.reason);
    if (abandoned.aborted) refuse();
    abandoned.addEventListener("abort", refuse, { once: true });
  });
  givenUp.catch(() => {});
  let pipes: SandboxPipes | undefined = options.first;
  for (;;) {
    const read = reader.read(pipes);
    writer.writeTo(pipes.stdin);
    const lost = read.then(
      () => new Promise<never>(() => {}),
      (error: unknown) => ({ error }),
    );
    const next = await Promise.race([exited, lost]);
    if ("exit" in next) {
      const drained = read.catch(() => reader.readRest(sandbox));
      await Promise.race([drained, after(clock, drainMs)]);
      return next.exit;
    }
    writer.pause();
    options.onLink(next.error);
    pipes = await attachAgain(options, { exited, givenUp, sinceMs: () => reader.missedSinceMs() });
    if (!pipes) {
      await Promise.race([reader.readRest(sandbox), after(clock, drainMs)]);
      return (await exited).exit;
    }
    options.onLink(undefined);
  }
}

/** Undefined: the process has ended. */
async function attachAgain(
  { sandbox, clock }: LastingPipesOptions,
  how: { exited: Promise<unknown>; givenUp: Promise<never>; sinceMs: () => number },
): Promise<SandboxPipes | undefined> {
  const isOver = how.exited.then(() => "over" as const);
  isOver.catch(() => {});
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(maxRetryMs, retryMs * 2)) {
    const attaching = sandbox.attach({ missedSinceMs: how.sinceMs() }).catch(() => undefined);
    const pipes = await Promise.race([attaching, isOver, how.givenUp]);
    if (pipes === "over") return undefined;
    if (pipes) return pipes;
    if ((await Promise.race([after(clock, retryMs), isOver, how.givenUp])) === "over") return undefined;
  }
}

function createLineReader({ output, onStderr, clock }: LastingPipesOptions) {
  let recent: { digest: string; atMs: number }[] = [];
  let known = new Set<string>();
  let lastLineMs = clock.nowMs();
  let isAgain = false;

  function forgetOld(): void {
    const fresh = recent.findIndex(({ atMs }) => atMs >= lastLineMs - overlapMs);
    // In batches, so that a line costs little.
    if (fresh < 1_024) return;
    recent = recent.slice(fresh);
    known = new Set(recent.map(({ digest }) => digest));
  }

  async function passOn(line: Buffer): Promise<void> {
    const digest = createHash("sha1").update(line).digest("base64");
    if (isAgain && known.has(digest)) return;
    lastLineMs = clock.nowMs();
    recent.push({ digest, atMs: lastLineMs });
    known.add(digest);
    forgetOld();
    await write(line);
  }

  /** Once the output was ended it has no reader, and further lines of the process are dropped. */
  async function write(bytes: Buffer): Promise<void> {
    if (output.writableEnded) return;
    if (!output.write(bytes) && !output.destroyed) await Promise.race([once(output, "drain"), once(output, "close")]);
  }

  /** Resolves at the end of `stdout`; rejects when the connection is lost. */
  async function read({ stdout, stderr }: SandboxPipes): Promise<void> {
    stderr.on("error", () => {}).on("data", onStderr);
    const lines = createLineCutter();
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      for (const { bytes, isWhole } of lines.cut(chunk)) await (isWhole ? passOn(bytes) : write(bytes));
    }
    for (const piece of lines.rest()) await write(piece);
  }

  return {
    read,
    missedSinceMs(): number {
      isAgain = true;
      return Math.max(0, lastLineMs - overlapMs / 2);
    },
    /** Output that an ended process printed after the connection was lost. */
    async readRest(sandbox: Pick<Sandbox, "attach">): Promise<void> {
      isAgain = true;
      const pipes = await sandbox.attach({ missedSinceMs: lastLineMs - overlapMs / 2 }).catch(() => undefined);
      if (pipes) await read(pipes).catch(() => {});
    },
  };
}

/** Cuts a stream into lines with their ends; one over `maxHeldBytes` comes in pieces, which are not `isWhole`. */
function createLineCutter() {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isLong = false;

  function take(): Buffer[] {
    const pieces = held;
    [held, heldBytes] = [[], 0];
    return pieces;
  }

  return {
    *cut(chunk: Buffer): Generator<{ bytes: Buffer; isWhole: boolean }> {
      let from = 0;
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
        yield { bytes: Buffer.concat([...take(), chunk.subarray(from, at + 1)]), isWhole: !isLong };
        [from, isLong] = [at + 1, false];
      }
      if (from === chunk.length) return;
      held.push(chunk.subarray(from));
      heldBytes += chunk.length - from;
      if (heldBytes <= maxHeldBytes) return;
      isLong = true;
      for (const bytes of take()) yield { bytes, isWhole: false };
    },
    rest: take,
  };
}

function createLineWriter({ input, clock }: LastingPipesOptions) {
  let sent: { line: Buffer; atMs: number }[] = [];
  let waiting: Buffer[] = [];
  let target: Writable | undefined;
  let rest = "";

  function flush(): void {
    const nowMs = clock.nowMs();
    for (const line of target ? waiting.splice(0) : []) {
      sent.push({ line, atMs: nowMs });
      target?.write(line);
    }
    if (sent.length > 64) sent = sent.filter(({ atMs }) => atMs >= nowMs - doubtMs);
  }

  input.setEncoding("utf8");
  input.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    waiting.push(...lines.map((line) => Buffer.from(`${line}\n`)));
    flush();
  });
  // A stream that was read by hand before does not flow by itself.
  input.resume();

  return {
    writeTo(stdin: Writable): void {
      stdin.on("error", () => {});
      target = stdin;
      flush();
    },
    pause(): void {
      target = undefined;
      const inDoubt = sent.filter(({ atMs }) => atMs >= clock.nowMs() - doubtMs);
      waiting = [...inDoubt.map(({ line }) => line), ...waiting];
      sent = [];
    },
  };
}

function after(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** Why a connection is lost, as a clause for people: "Docker does not answer". */
export function outageOf(cause: unknown): string {
  return (cause instanceof PortError && cause.outage) || "The connection to the sandbox was lost";
}
