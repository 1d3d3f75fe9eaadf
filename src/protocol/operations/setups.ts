import { plainQuery } from "../fields.js";
import { changeProblems, json, type Operation, readProblems } from "../operation.js";
import { decidedSetup, setupBody, setupView } from "../setups.js";

/** Operations on the set-up for agents that a room's repository brings along. */
export const setupOperations = {
  getSetup: {
    method: "GET",
    path: "/api/rooms/:id/setups",
    summary: "shows the set-up for agents that the room's repository brings along, with its text",
    access: "configure",
    query: plainQuery,
    answers: { 200: json(setupView) },
    problems: readProblems,
  },
  decideSetup: {
    method: "POST",
    path: "/api/rooms/:id/setups",
    summary: "says which files of that set-up agents use; none: nothing of it",
    note: "`hash` is the hash of the set-up that was shown: SHA-256 hex of `parley-setup-1`, a line feed, and a JSON list with one `[kind, path, bytes, sha256]` per file, in path order. With any other hash nothing changes (409 `setup_changed`).",
    access: "configure",
    body: setupBody,
    answers: { 200: json(decidedSetup) },
    problems: changeProblems,
  },
} as const satisfies Record<string, Operation>;
