import { InterruptedError } from "../client/errors.js";
import type { Context } from "./command.js";

/** Keys of a terminal, one at a time, without Enter. */
export interface KeyReader {
  /** The next key: a character, `enter`, or `escape` for every key that sends a sequence. Rejects with `InterruptedError` on Ctrl-C and at the end of the input. */
  next(): Promise<string>;
  /** Lets something else read the terminal, line by line, while it works: a question, an editor. */
  lend<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): void;
}

/** What one read of the terminal holds, as keys: a sequence of the cursor keys is one, and a pasted text is its characters. */
export function keysOf(typed: string): string[] {
  const keys: string[] = [];
  for (let at = 0; at < typed.length; ) {
    const [sequence] = escapeSequence.exec(typed.slice(at)) ?? [];
    const char = sequence ?? String.fromCodePoint(typed.codePointAt(at) ?? 0);
    keys.push(sequence !== undefined ? "escape" : char === "\r" || char === "\n" ? "enter" : char);
    at += char.length;
  }
  return keys;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: cursor keys and others begin with it
const escapeSequence = /^\u001b(\[[0-9;]*[ -/]*[@-~]|O.)?/;
const [ctrlC, ctrlD] = ["\u0003", "\u0004"];

/** Takes over the terminal's input until `close`. */
export function createKeyReader({ stdin, signal }: Pick<Context, "stdin" | "signal">): KeyReader {
  const waiting: string[] = [];
  let isOver = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer | string): void => {
    waiting.push(...keysOf(String(chunk)));
    wake();
  };
  const onEnd = (): void => {
    isOver = true;
    wake();
  };
  function listen(): void {
    stdin.setEncoding("utf8");
    stdin.setRawMode?.(true);
    stdin.on("data", onData);
    stdin.once("end", onEnd);
    stdin.resume();
  }
  function letGo(): void {
    stdin.off("data", onData);
    stdin.off("end", onEnd);
    stdin.setRawMode?.(false);
    stdin.pause();
  }
  signal.addEventListener("abort", onEnd, { once: true });
  listen();
  return {
    async next() {
      for (;;) {
        const key = waiting.shift();
        if (key === ctrlC || key === ctrlD) throw new InterruptedError();
        if (key !== undefined) return key;
        if (isOver) throw new InterruptedError();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async lend(work) {
      letGo();
      try {
        return await work();
      } finally {
        if (!signal.aborted) listen();
      }
    },
    close: letGo,
  };
}
