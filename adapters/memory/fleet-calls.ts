import type { FleetCalls } from "../../src/ports/fleet-calls.js";
import { PortError } from "../../src/ports/port-error.js";

/** What each process of a simulated fleet answers, by its name. */
export type FleetCallTable = Map<string, (from: string, request: unknown) => Promise<unknown>>;

/** How a call goes wrong: it never arrives, or its answer is lost. */
export type CallTrouble = "unreachable" | "answer-lost";

/** Calls between processes of a simulated fleet that share a `table`. `trouble`: asked at each call. Time-outs are not kept: what has no answer fails at once. */
export function createMemoryFleetCalls(options: {
  node: string;
  table: FleetCallTable;
  trouble?: (node: string) => CallTrouble | undefined;
}): FleetCalls {
  const { node, table, trouble = () => undefined } = options;
  const fail = (to: string): never => {
    throw new PortError(`${to} does not answer`, { code: "unavailable", retryable: true });
  };
  return {
    async call(to, request) {
      const wrong = trouble(to);
      const answer = table.get(to);
      if (!answer || wrong === "unreachable") return fail(to);
      const given = JSON.stringify(await answer(node, JSON.parse(JSON.stringify(request))).catch(() => fail(to)));
      return wrong === "answer-lost" ? fail(to) : JSON.parse(given);
    },
    serve(answer) {
      table.set(node, answer);
      return () => {
        if (table.get(node) === answer) table.delete(node);
      };
    },
    isReachable: () => table.has(node),
  };
}
