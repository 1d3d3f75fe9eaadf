import type { Output } from "../../src/ports/agents.js";

/** Outputs on their way to their one reader: what was pushed before `end` or `fail` is still read. */
export interface OutputQueue {
  readonly outputs: AsyncIterable<Output>;
  push(output: Output): void;
  end(): void;
  /** Ends too: the reader's next step after the last output throws `error`, once. */
  fail(error: Error): void;
}

type Step = IteratorResult<Output>;
interface Reader {
  resolve(step: Step): void;
  reject(error: Error): void;
}

const DONE: Step = { done: true, value: undefined };

/** An unbounded queue: whoever opens an agent reads it, and a script says only so much. */
export function createOutputQueue(): OutputQueue {
  let waiting: Output[] = [];
  let position = 0;
  let reader: Reader | undefined;
  let finished: { error: Error | undefined } | undefined;

  const finish = (error: Error | undefined) => {
    if (finished !== undefined) return;
    finished = { error: reader === undefined ? error : undefined };
    if (error === undefined) reader?.resolve(DONE);
    else reader?.reject(error);
    reader = undefined;
  };

  const takeWaiting = (): Step | undefined => {
    const value = waiting[position];
    if (value === undefined) return undefined;
    position++;
    if (position === waiting.length) {
      waiting = [];
      position = 0;
    }
    return { done: false, value };
  };

  const next = (): Promise<Step> => {
    const step = takeWaiting();
    if (step !== undefined) return Promise.resolve(step);
    if (finished === undefined) {
      return new Promise((resolve, reject) => {
        reader = { resolve, reject };
      });
    }
    const { error } = finished;
    finished = { error: undefined };
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
  };

  const iterator: AsyncIterator<Output> = { next, return: () => Promise.resolve(DONE) };
  return {
    outputs: { [Symbol.asyncIterator]: () => iterator },
    push(output) {
      if (finished !== undefined) return;
      if (reader === undefined) {
        waiting.push(output);
        return;
      }
      const { resolve } = reader;
      reader = undefined;
      resolve({ done: false, value: output });
    },
    end: () => finish(undefined),
    fail: (error) => finish(error),
  };
}
