import type { AskDecision, Output } from "../../src/ports/agents.js";

type Ask = Extract<Output, { kind: "ask" }>;

/** Requests to people that wait for their answer, by their ids. Nothing here times out. */
export interface WaitingAsks {
  readonly isFull: boolean;
  /** Asks, and resolves to what the decision means; to `cancelled` when the request is withdrawn. */
  wait<T>(ask: Ask, how: { signal: AbortSignal; resultOf: (decision: AskDecision) => T; cancelled: T }): Promise<T>;
  answer(requestId: string, decision: AskDecision): void;
  /** Cancels every request. `isTold`: people are told that it no longer waits. */
  withdrawAll(options: { isTold: boolean }): void;
}

interface Waiting {
  answer(decision: AskDecision): void;
  cancel(): void;
}

/** Requests that wait at once; a room has no more open gates. */
const maxWaiting = 100;

export function createWaitingAsks({ emit }: { emit: (output: Output) => void }): WaitingAsks {
  const waiting = new Map<string, Waiting>();
  return {
    get isFull() {
      return waiting.size >= maxWaiting;
    },
    wait: (ask, { signal, resultOf, cancelled }) =>
      new Promise((resolve) => {
        const { requestId } = ask;
        const settle = (result: typeof cancelled) => {
          waiting.delete(requestId);
          resolve(result);
        };
        const answer = (decision: AskDecision) => settle(resultOf(decision));
        waiting.set(requestId, { answer, cancel: () => settle(cancelled) });
        signal.addEventListener("abort", () => {
          if (!waiting.has(requestId)) return;
          emit({ kind: "askWithdrawn", requestId });
          settle(cancelled);
        });
        emit(ask);
      }),
    answer: (requestId, decision) => waiting.get(requestId)?.answer(decision),
    withdrawAll({ isTold }) {
      for (const [requestId, one] of [...waiting]) {
        if (isTold) emit({ kind: "askWithdrawn", requestId });
        one.cancel();
      }
    },
  };
}
