import { createInterface } from "node:readline/promises";
import { InterruptedError } from "../client/errors.js";
import type { Context } from "./command.js";

/** Whether there is a person at both ends. */
export function canAsk({ stdin, stdout }: Context): boolean {
  return stdin.isTTY === true && stdout.isTTY === true;
}

/** Reads one line from a person. Throws `InterruptedError` on Ctrl-C and at the end of the input. */
export async function askLine({ stdin, stdout, signal }: Context, question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stdout, terminal: false });
  const ended = new AbortController();
  lines.once("close", () => ended.abort());
  try {
    return (await lines.question(question, { signal: AbortSignal.any([signal, ended.signal]) })).trim();
  } catch {
    throw new InterruptedError();
  } finally {
    lines.close();
    stdin.pause();
  }
}

/** True only for a clear yes. */
export async function askYes(context: Context, question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await askLine(context, `${question} [y/N] `));
}
