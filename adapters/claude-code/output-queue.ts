import type { Output } from "../../src/ports/agents.js";

/** Outputs on their way to their one reader: what was pushed before `end` or `fail` is still read. */
export interface OutputQueue {
  readonly outputs: AsyncIterable<Output>;
  push(output: Output): void;
  /** Resolves when the reader has caught up to some extent: who fills the queue waits for it now and then. */
  room(): Promise<void>;
  end(): void;
  /** Ends too: the reader's next step after the last output throws `error`, once. */
  fail(error: Error): void;
}

/** Outputs that may wait before the agent's process is held back. */
const maxWaiting = 1_000;

export function createOutputQueue(): OutputQueue {
  const waiting: Output[] = [];
  let finished: { error?: Error } | undefined;
  let wakeReader = () => {};
  let wakeWriter = () => {};

  async function* read(): AsyncGenerator<Output, void> {
    while (true) {
      for (let output = waiting.shift(); output !== undefined; output = waiting.shift()) {
        if (waiting.length < maxWaiting) wakeWriter();
        yield output;
      }
      if (finished) break;
      await new Promise<void>((resolve) => {
        wakeReader = resolve;
      });
    }
    if (finished.error) throw finished.error;
  }

  const finish = (how: { error?: Error }) => {
    finished ??= how;
    wakeReader();
    wakeWriter();
  };

  return {
    outputs: read(),
    push(output) {
      if (finished) return;
      waiting.push(output);
      wakeReader();
    },
    async room() {
      if (waiting.length < maxWaiting || finished) return;
      await new Promise<void>((resolve) => {
        wakeWriter = resolve;
      });
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
  };
}
