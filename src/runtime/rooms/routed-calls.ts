import type { FleetCalls } from "../../ports/fleet-calls.js";

/** Answers a question of another process; undefined: it is for somebody else. */
export type AnswerSome = (from: string, request: unknown) => Promise<unknown> | undefined;

/** Calls whose questions are shared out among several parts of a process. */
export interface RoutedCalls extends FleetCalls {
  /** `answer` is asked before the part that called `serve`. */
  answerFirst(answer: AnswerSome): void;
}

/** Wraps the calls of a process. */
export function routeCalls(calls: FleetCalls): RoutedCalls {
  const first: AnswerSome[] = [];
  return {
    call: (node, request, options) => calls.call(node, request, options),
    isReachable: () => calls.isReachable(),
    answerFirst: (answer) => void first.push(answer),
    serve: (answer) =>
      calls.serve((from, request) => {
        for (const some of first) {
          const answered = some(from, request);
          if (answered) return answered;
        }
        return answer(from, request);
      }),
  };
}
