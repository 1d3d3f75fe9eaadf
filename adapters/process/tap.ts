import { closeSync, readSync } from "node:fs";
import { Socket } from "node:net";
import type { PassThrough } from "node:stream";

/** The reading end of one named pipe, handed on to one reader at a time. */
export interface Tap {
  /** Redirects output to `target`; the previous target ends. It gets `missed` first, or otherwise the output that was not taken yet. */
  connect(target: PassThrough, missed?: Buffer): void;
  /** Drops the contents of the pipe (they are in the log all the same). */
  skip(): void;
  /** The main process ended: the rest is passed on, then the reader ends. */
  finish(): void;
  /** Releases the pipe; the reader ends. */
  close(): void;
}

export interface TapOptions {
  /** Opened for reading, not blocking. */
  descriptor: number;
  /** Keeps reading while no target takes the output; beyond this many bytes it is dropped. Absent: the main process is held back. */
  dropBeyondBytes?: number;
  log: (bytes: Buffer) => void;
}

const chunkBytes = 64 * 1_024;

export function createTap({ descriptor, dropBeyondBytes, log }: TapOptions): Tap {
  let socket: Socket | undefined;
  let target: PassThrough | undefined;
  let waiting: Buffer[] = [];
  let isClosed = false;
  let isFinishing = false;

  function listen(): void {
    if (socket || isClosed) return;
    socket = new Socket({ fd: descriptor, readable: true, writable: false });
    socket.on("data", (bytes: Buffer) => take(bytes));
    socket.on("error", () => end());
    socket.on("end", () => end());
  }

  function take(bytes: Buffer): void {
    log(bytes);
    if (!target) {
      const held = waiting.reduce((sum, { length }) => sum + length, 0);
      if (held + bytes.length <= (dropBeyondBytes ?? Number.POSITIVE_INFINITY)) waiting.push(bytes);
      return;
    }
    if (dropBeyondBytes !== undefined && target.writableLength + bytes.length > dropBeyondBytes) return;
    // A pipe holds 64 KiB at most: the rest at the end need not wait for its reader.
    if (target.write(bytes) || dropBeyondBytes !== undefined || isFinishing) return;
    const source = socket;
    source?.pause();
    target.once("drain", () => source?.resume());
  }

  function end(): void {
    target?.end();
    if (isClosed) return;
    isClosed = true;
    if (socket) socket.destroy();
    else closeSync(descriptor);
  }

  if (dropBeyondBytes !== undefined) listen();

  return {
    connect(next, missed) {
      target?.end();
      target = next;
      next.write(missed ?? Buffer.concat(waiting));
      waiting = [];
      if (isClosed) next.end();
      else listen();
      socket?.resume();
    },
    skip() {
      if (isClosed || socket) return;
      for (const bytes of drain(descriptor)) log(bytes);
    },
    finish() {
      isFinishing = true;
      if (socket) socket.resume();
      else if (!isClosed) for (const bytes of drain(descriptor)) take(bytes);
      if (!socket) end();
    },
    close: end,
  };
}

/** Everything that waits in the pipe now. */
function drain(descriptor: number): Buffer[] {
  const found: Buffer[] = [];
  const buffer = Buffer.alloc(chunkBytes);
  try {
    for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer)) {
      found.push(Buffer.from(buffer.subarray(0, count)));
    }
  } catch {
    // EAGAIN: nothing waits any more.
  }
  return found;
}
