import { InterruptedError } from "../../client/errors.js";
import type { Context } from "../command.js";

const enter = /\r\n|\r|\n/;
const [ctrlC, ctrlD, backspaces] = ["\u0003", "\u0004", /[\b\u007f]/] as const;

/** Questions to a person, one after another over one standard input. Each rejects with `InterruptedError` on Ctrl-C and at the end of the input. */
export interface Prompts {
  /** One line, trimmed. */
  line(question: string): Promise<string>;
  /** One line that the terminal does not show. */
  secret(question: string): Promise<string>;
  close(): void;
}

/** Reads lines from a terminal or a pipe; what was typed ahead waits for the next question. */
export function createPrompts({ stdin, stdout, signal }: Context): Prompts {
  let typed = "";
  let isOver = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer | string): void => {
    typed += String(chunk);
    wake();
  };
  const onEnd = (): void => {
    isOver = true;
    wake();
  };
  stdin.setEncoding("utf8");
  stdin.on("data", onData);
  stdin.once("end", onEnd);
  signal.addEventListener("abort", onEnd, { once: true });

  async function nextLine(): Promise<string> {
    for (;;) {
      if (typed.includes(ctrlC) || (typed === ctrlD && stdin.isTTY === true)) throw new InterruptedError();
      const end = enter.exec(typed);
      if (end !== null) {
        const line = typed.slice(0, end.index);
        typed = typed.slice(end.index + end[0].length);
        return erase(line).trim();
      }
      if (isOver) throw new InterruptedError();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  const ask = (question: string): Promise<string> => {
    stdout.write(question);
    return nextLine();
  };
  return {
    line: ask,
    async secret(question) {
      stdin.setRawMode?.(true);
      try {
        return await ask(question);
      } finally {
        stdin.setRawMode?.(false);
        stdout.write("\n");
      }
    },
    close() {
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.pause();
    },
  };
}

/** Carries out backspaces, which a terminal leaves in the text while it shows nothing. */
function erase(line: string): string {
  const kept: string[] = [];
  for (const char of line) {
    if (backspaces.test(char)) kept.pop();
    else kept.push(char);
  }
  return kept.join("");
}
