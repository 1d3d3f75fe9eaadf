import { json, type Operation } from "../operation.js";
import { runtimeList } from "../runtimes.js";

/** Operations on the runtimes that agents can run with. */
export const runtimeOperations = {
  listRuntimes: {
    method: "GET",
    path: "/api/runtimes",
    summary: "lists the runtimes that agents can run with, and why one cannot be used here",
    access: "anyone",
    answers: { 200: json(runtimeList) },
    problems: [422],
  },
} as const satisfies Record<string, Operation>;
